// Memory of the exporter while most of what it watches is replaced: 200 of 1,000 processes before each scrape.
import { join } from 'node:path';
import { residentMb, scrape, startDialogue, startTarget } from './rig.ts';

const [population, count = '1000', replaced = '200', rounds = '1000'] = process.argv.slice(2);
const MAIN = join(import.meta.dirname, '../../exporter/main.ts');
const PORT = 29110;
const REPORTS = 10;

const people = startDialogue(population!, ['spawn', count, '0']);
await people.next();
const command = [process.execPath, MAIN, '--log.level=error'];
const { pid, child } = await startTarget('guard', PORT, [
  ...command,
  `--web.listen-address=127.0.0.1:${PORT}`,
]);
try {
  const every = Math.max(1, Math.floor(Number(rounds) / REPORTS));
  for (let round = 1; round <= Number(rounds); round += 1) {
    await people.ask(replaced);
    const bytes = await scrape(PORT);
    if (round % every !== 0) continue;
    const line = `after ${round} scrapes: ${residentMb(pid).toFixed(1)} MB, ${bytes} bytes\n`;
    process.stdout.write(line);
  }
} finally {
  child.kill();
  people.end();
}
process.exit(0);
