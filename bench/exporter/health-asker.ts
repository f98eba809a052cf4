// Asks /-/healthy again and again, in a process of its own so that nothing but the exporter holds up an answer.
// Each line on standard input is answered by what every request since the line before took, in milliseconds, as JSON.
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { scrape } from './rig.ts';

const PAUSE_MS = 2;
const port = Number(process.argv[2]);

let took: number[] = [];
createInterface({ input: process.stdin })
  .on('line', () => {
    process.stdout.write(`${JSON.stringify(took)}\n`);
    took = [];
  })
  .on('close', () => process.exit());
for (;;) {
  const from = performance.now();
  await scrape(port, '/-/healthy');
  took.push(performance.now() - from);
  await sleep(PAUSE_MS);
}
