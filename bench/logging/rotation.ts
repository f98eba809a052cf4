// Does a rotation lose lines? A process logs numbered lines at a steady pace while its file is rotated by size, and moved away by
// somebody else every few seconds; then every line is looked for. `node bench/logging/rotation.ts [seconds] [bytes a second]`; exits with 1 when one is missing.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createReadStream, mkdtempSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { createGunzip } from 'node:zlib';

const WRITER = new URL('../../service/log-writer.contract.ts', import.meta.url).pathname;
const LINE_BYTES = 250;
const ROTATE_BYTES = 10_000_000;
const MOVE_MS = 5_300;

const [seconds = '30', bytesPerSecond = '10000000'] = process.argv.slice(2);
const lines = Math.round((Number(seconds) * Number(bytesPerSecond)) / LINE_BYTES);
const folder = mkdtempSync(join(tmpdir(), 'guard-rotation-'));
try {
  const path = join(folder, 'a.log');
  const args = [WRITER, path, String(lines), bytesPerSecond, String(ROTATE_BYTES)];
  const writer = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] });
  let moved = 0;
  const mover = setInterval(() => {
    try {
      renameSync(path, join(folder, `moved.${moved}`));
      moved += 1;
    } catch {
      // It is being rotated at this moment.
    }
  }, MOVE_MS);
  writer.stdout.pipe(process.stdout);
  const [code] = await once(writer, 'exit');
  clearInterval(mover);
  const { found, twice } = await count();
  const files = readdirSync(folder).length;
  const result = { code, lines, found, missing: lines - found, twice, files, moved };
  process.stdout.write(`${JSON.stringify(result)}\n`);
  if (code !== 0 || found !== lines || twice > 0) process.exitCode = 1;
} finally {
  rmSync(folder, { recursive: true });
}

async function count(): Promise<{ found: number; twice: number }> {
  const seen = new Uint8Array(lines);
  let twice = 0;
  for (const name of readdirSync(folder)) {
    const raw = createReadStream(join(folder, name));
    const text = name.endsWith('.gz') ? raw.pipe(createGunzip()) : raw;
    for await (const line of createInterface({ input: text })) {
      const { number } = JSON.parse(line) as { number: number };
      if (seen[number] === 1) twice += 1;
      seen[number] = 1;
    }
  }
  return { found: seen.reduce((sum, one) => sum + one, 0), twice };
}
