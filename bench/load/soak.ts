// Does anything grow that should not? `node bench/load/soak.ts [--minutes 120]`: a fleet scraped every second, with groups that
// come and go, watched by a real analyzer; at the end every figure is tested for a slope. Exit code 1 where one rises.

import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Command, InvalidArgumentError } from 'commander';
import { mannKendall } from '../../analyzer/math/mann-kendall.ts';
import { type LoadRig, type Running, readMetrics, readProcess, startLoad } from './rig.ts';
import { type Slope, slopeWithInterval } from './slope.ts';

const LOOK_SECONDS = 5;
/** Until then caches fill, code is compiled and the first models are fitted. */
const WARM_UP_SHARE = 0.25;
/** Growth over the whole measured time that matters, as a share of the median, whatever the test says of less. */
const NEGLIGIBLE_SHARE = 0.02;
const SIGNIFICANT = 0.05;
/** What the WAL does belongs to Prometheus: it grows until its head is cut, after two or three hours. */
const SHOWN_ONLY: readonly string[] = ['Prometheus RSS, MiB', 'Prometheus WAL, MiB'];

interface Flags {
  readonly minutes: number;
  readonly hosts: number;
  readonly groups: number;
}

const flags = new Command('bench/load/soak')
  .option('--minutes <n>', 'how long', parseNumber, 120)
  .option('--hosts <n>', 'made-up hosts', parseNumber, 5)
  .option(
    '--groups <n>',
    'process groups of each, a fifth of them new every minute',
    parseNumber,
    20,
  )
  .parse()
  .opts<Flags>();

const rig = await startLoad({
  fleet: {
    ...{ hosts: flags.hosts, groups: flags.groups, churnRatio: 0.2, churnSeconds: 60 },
    start: Math.floor(Date.now() / 1000) - 86_400,
  },
  ...{ shards: 1, scrapeInterval: 1, cycleInterval: 1 },
});
for (const signal of ['SIGINT', 'SIGTERM'] as const)
  process.once(signal, () => void rig.end().then(() => process.exit(130)));
try {
  const samples = await watch(rig);
  process.exitCode = report(samples) ? 0 : 1;
} finally {
  await rig.end();
}

type Sample = Awaited<ReturnType<typeof look>>;

async function watch(load: LoadRig): Promise<Sample[]> {
  const samples: Sample[] = [];
  const started = performance.now();
  const seconds = flags.minutes * 60;
  while ((performance.now() - started) / 1000 < seconds) {
    await sleep(LOOK_SECONDS * 1000);
    samples.push(await look(load));
  }
  return samples.slice(Math.floor(samples.length * WARM_UP_SHARE));
}

async function look({ analyzers: [analyzer], prometheus, data }: LoadRig) {
  if (analyzer === undefined) throw new Error('no analyzer runs');
  const metrics = await readMetrics(analyzer);
  return {
    'analyzer RSS, MiB': readProcess(analyzer).residentBytes / 2 ** 20,
    'analyzer file descriptors': descriptorsOf(analyzer),
    'answer of /-/healthy, ms': await answerMs(analyzer),
    'cycle, s': metrics.get('guard_analyzer_cycle_duration_seconds') ?? Number.NaN,
    'series of /metrics': metrics.size,
    'Prometheus RSS, MiB': readProcess(prometheus).residentBytes / 2 ** 20,
    'Prometheus WAL, MiB': sizeOf(join(data, 'wal')) / 2 ** 20,
  };
}

function report(samples: readonly Sample[]): boolean {
  const names = Object.keys(samples[0] ?? {}) as (keyof Sample)[];
  const rows = names.map((name) => {
    const values = samples.map((sample) => sample[name]);
    const slope = slopeWithInterval(values);
    const isRising = rises(values, slope);
    return { name, slope, isRising, isJudged: !SHOWN_ONLY.includes(name) };
  });
  const perHour = 3_600 / LOOK_SECONDS;
  console.log(`${flags.minutes} minutes, the first quarter left out, ${samples.length} looks`);
  console.table(
    Object.fromEntries(
      rows.map(({ name, slope: { median, low, high, slope }, isRising, isJudged }) => [
        name,
        {
          median: round(median),
          'per hour': round(slope * perHour),
          '95 % interval': `${round(low * perHour)} … ${round(high * perHour)}`,
          verdict: Number.isNaN(median) ? 'not measured' : isRising ? 'rises' : 'flat',
          judged: isJudged,
        },
      ]),
    ),
  );
  return rows.every(({ isRising, isJudged }) => !isRising || !isJudged);
}

/** By the interval, by the test for autocorrelated data, and by more than a trifle. */
function rises(values: readonly number[], { low, slope, median }: Slope): boolean {
  const growth = slope * values.length;
  return (
    low > 0 &&
    mannKendall(values).p < SIGNIFICANT &&
    growth > NEGLIGIBLE_SHARE * Math.max(1, Math.abs(median))
  );
}

/** What holds up the event loop holds up this as well. */
async function answerMs({ url }: Running): Promise<number> {
  const asked = performance.now();
  await (await fetch(`${url}/-/healthy`)).text();
  return performance.now() - asked;
}

function descriptorsOf({ pid }: Running): number {
  return readdirSync(`/proc/${pid}/fd`).length;
}

function sizeOf(folder: string): number {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .map((name) => statSync(join(folder, name), { throwIfNoEntry: false }))
    .reduce((sum, stats) => sum + (stats?.isFile() === true ? stats.size : 0), 0);
}

function round(value: number): number {
  return Math.round(value * 100) / 100;
}

function parseNumber(text: string): number {
  const value = Number(text);
  if (!(value > 0 && value <= 100_000)) throw new InvalidArgumentError('expected a number above 0');
  return value;
}
