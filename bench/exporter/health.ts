// How long GET /-/healthy takes while 4,000 processes are scraped, measured by a process of its own.
// Gate: no answer takes longer than 20 ms. The same without scrapes is printed beside: that much is the machine's.
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { median, quantile } from '../../analyzer/math/quantile.ts';
import { type Gate, milliseconds, printGates } from './gate.ts';
import { type Dialogue, ownExporter, type Rig, runBenchmark, scrape } from './rig.ts';

const PROCESSES = 4_000;
const LONGEST_MS = 20;
const WARM_UP_ROUNDS = 5;
const PAUSE_MS = 300;
const IDLE_MS = 5_000;

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    quick: { type: 'boolean', default: false },
    rounds: { type: 'string' },
  },
});
const population = positionals[0]!;
const rounds = Number(values.rounds ?? (values.quick ? 10 : 100));

await runBenchmark(async (rig) => printGates([await measureHealth(rig)]));

async function measureHealth(rig: Rig): Promise<Gate> {
  const people = rig.dialogue(population, ['spawn', String(PROCESSES), '0']);
  await people.next();
  const { port } = await rig.target('guard', (listen) => ownExporter(listen));
  const asker = join(import.meta.dirname, 'health-asker.ts');
  const answers = rig.dialogue(process.execPath, [asker, String(port)]);
  await scrapeRounds(port, WARM_UP_ROUNDS);
  await tookSince(answers);
  await sleep(IDLE_MS);
  describe('without scrapes', await tookSince(answers));
  const scrapes = await scrapeRounds(port, rounds);
  const took = await tookSince(answers);
  describe(`during ${rounds} scrapes of ${milliseconds(median(scrapes))}`, took);
  return {
    what: `longest answer of /-/healthy during scrapes of ${PROCESSES} processes`,
    figure: took.length === 0 ? Number.NaN : Math.max(...took),
    bar: LONGEST_MS,
    show: milliseconds,
  };
}

/** @returns how long each took, in milliseconds */
async function scrapeRounds(port: number, count: number): Promise<number[]> {
  const took: number[] = [];
  for (let round = 0; round < count; round += 1) {
    const from = performance.now();
    await scrape(port);
    took.push(performance.now() - from);
    await sleep(PAUSE_MS);
  }
  return took;
}

async function tookSince(answers: Dialogue): Promise<readonly number[]> {
  return JSON.parse(await answers.ask('')) as readonly number[];
}

function describe(when: string, took: readonly number[]): void {
  const figures = [median(took), quantile(took, 0.99), Math.max(...took)].map(milliseconds);
  const [half, most, longest] = figures;
  process.stdout.write(
    `${when}: ${took.length} answers, median ${half}, 99 % within ${most}, longest ${longest}\n`,
  );
}
