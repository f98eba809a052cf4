// Can the engine keep up? Two weeks of 10,000 series, read over HTTP and forecast 24 hours ahead, then refreshed.
//   node bench/forecast/refresh.ts [--series N] [--threads N] [--shared-machine]
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { Command, InvalidArgumentError } from 'commander';
import { createForecastPool } from '../../analyzer/pipeline/forecast-pool.ts';
import { createQueryThread } from '../../analyzer/pipeline/query-thread.ts';
import {
  createForecastRefresher,
  type ForecastLoad,
} from '../../analyzer/pipeline/refresh-forecasts.ts';
import { watchLoop } from './loop-watch.ts';

const BARS = { seconds: 300, residentMb: 1536, blockedMs: 50 };
const DAY_SECONDS = 86_400;
const HISTORY_SECONDS = 14 * DAY_SECONDS;
/** As the engine's cycle calls it. */
const CYCLE_MS = 1000;
const REFRESH_SECONDS = DAY_SECONDS / 20;
const NOW = 1_700_000_000;

interface Flags {
  readonly series: number;
  readonly threads: number;
  readonly sharedMachine?: boolean;
}

const flags = new Command('bench/forecast/refresh')
  .option('--series <n>', 'how many', parseCount, 10_000)
  .option('--threads <n>', 'for the models', parseCount, 2)
  .option('--shared-machine', 'judge CPU time in place of the clock: other programs run beside')
  .parse()
  .opts<Flags>();

const child = fork(new URL('./server.ts', import.meta.url), [String(flags.series)]);
const [port] = (await once(child, 'message')) as [number];
const pool = createForecastPool({ maxThreads: flags.threads });
const querier = createQueryThread({ url: `http://127.0.0.1:${port}`, timeoutMs: 120_000 });
let load: ForecastLoad = { waiting: 0, lagSeconds: 0, cpuSeconds: 0 };
const refresher = createForecastRefresher({
  querier,
  pool,
  signals: { load: { expr: 'load', unit: 'other', limit: 200, history: HISTORY_SECONDS } },
  horizons: [DAY_SECONDS],
  maxSubjects: flags.series,
  cpuCores: flags.threads,
  onLoad: (latest) => {
    load = latest;
  },
});

const rows = [await measure('first time, every series fitted', NOW)];
for (let turn = 1; turn <= 5; turn += 1)
  rows.push(
    await measure(`refresh ${turn}, 72 minutes later`, NOW + turn * (REFRESH_SECONDS + 600)),
  );
console.log(
  `${flags.series} series, two weeks at 5 minutes, forecast 24 h ahead, ${flags.threads} threads`,
);
console.table(rows);
await Promise.all([pool.close(), querier.close()]);
child.disconnect();
const wrong = rows.flatMap(judge);
console.log(wrong.length === 0 ? 'Within all bars' : wrong.join('\n'));
process.exitCode = wrong.length === 0 ? 0 : 1;

type Row = Awaited<ReturnType<typeof measure>>;

/** Calls the refresher as the cycle does until nothing waits any more. */
async function measure(what: string, now: number) {
  const [started, cpu, models] = [performance.now(), process.cpuUsage(), load.cpuSeconds];
  const loop = watchLoop();
  let residentMb = 0;
  const probe = setInterval(() => {
    residentMb = Math.max(residentMb, process.memoryUsage.rss() / 2 ** 20);
  }, 100);
  const elapsed = () => (performance.now() - started) / 1000;
  do {
    await refresher.refresh(now + elapsed(), []);
    if (load.waiting > 0) await sleep(CYCLE_MS);
  } while (load.waiting > 0);
  clearInterval(probe);
  const { wallMs, cpuMs } = loop.stop();
  const { user, system } = process.cpuUsage(cpu);
  return {
    what,
    seconds: round(elapsed()),
    'CPU seconds': round((user + system) / 1e6),
    'of models': round(load.cpuSeconds - models),
    'resident MB, most': round(residentMb),
    'loop held up ms': round(wallMs),
    'by own CPU ms': round(cpuMs),
    forecasts: refresher.forecasts().length,
  };
}

function judge(row: Row): string[] {
  const shared = flags.sharedMachine === true;
  const seconds = shared ? row['CPU seconds'] / flags.threads : row.seconds;
  const blocked = shared ? row['by own CPU ms'] : row['loop held up ms'];
  const check = (holds: boolean, text: string) => (holds ? [] : [`${row.what}: ${text}`]);
  return [
    ...check(row.forecasts === flags.series, `${row.forecasts} forecasts of ${flags.series}`),
    ...check(seconds <= BARS.seconds, `${seconds} s, at most ${BARS.seconds} s`),
    ...check(row['resident MB, most'] <= BARS.residentMb, `more than ${BARS.residentMb} MB`),
    ...check(
      blocked <= BARS.blockedMs,
      `event loop held up for ${blocked} ms, at most ${BARS.blockedMs} ms`,
    ),
  ];
}

function parseCount(text: string): number {
  const count = Number(text);
  if (!Number.isInteger(count) || count < 1 || count > 100_000)
    throw new InvalidArgumentError('expected a whole number from 1 to 100000');
  return count;
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}
