// Logs numbered lines into a file at a steady pace, in a process of its own: what a rotation loses is missing among the numbers.
// Arguments: file, lines, bytes a second, bytes at which it is rotated, old files to keep.
import { openLogger } from './log.ts';

const LINE_PADDING = 'x'.repeat(150);
const TURN_MS = 10;

const [path = '', lines, bytesPerSecond, maxBytes, maxFiles = '0'] = process.argv.slice(2);
const log = await openLogger(
  { name: 'writer', level: 'info', format: 'json' },
  { path, maxBytes: Number(maxBytes), maxAge: 0, maxFiles: Number(maxFiles), maxTotalBytes: 0 },
);
const started = performance.now();
const lineBytes = LINE_PADDING.length + 100;
let written = 0;
while (written < Number(lines)) {
  const due = ((performance.now() - started) / 1000) * (Number(bytesPerSecond) / lineBytes);
  while (written < Number(lines) && written < due) {
    log.info({ number: written, padding: LINE_PADDING }, 'line');
    written += 1;
  }
  await new Promise((resolve) => setTimeout(resolve, TURN_MS));
}
process.stdout.write(`${JSON.stringify({ seconds: (performance.now() - started) / 1000 })}\n`);
