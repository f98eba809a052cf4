// Does memory stay? 10,000 fits in one process, of series with and without a season, through the pool.
//   node bench/forecast/memory.ts [fits]
import { autoregressive, seriesOf } from '../../analyzer/forecast/generated-series.ts';
import { quantile } from '../../analyzer/math/quantile.ts';
import { createForecastPool } from '../../analyzer/pipeline/forecast-pool.ts';

const BAR_MB = 20;
const THREADS = 2;
const IN_FLIGHT = 8;
/** Until every path of the program has been taken and the workers were renewed a few times. */
const WARM_UP = 1 / 5;
const SAMPLES = 400;
const STEPS = 60;
const DAY_STEPS = 60;

const fits = Number(process.argv[2] ?? 10_000);
const pool = createForecastPool({ maxThreads: THREADS });
const resident: { fit: number; mb: number }[] = [];
const started = performance.now();
const seeds = Array.from({ length: fits }, (_, seed) => seed).values();
await Promise.all(Array.from({ length: IN_FLIGHT }, fitAll));
await pool.close();

const parts = [0, WARM_UP, 0.4, 0.6, 0.8];
const rows = parts.map((from, index) => describe(from, parts[index + 1] ?? 1));
console.log(
  `${fits} fits in ${THREADS} worker threads of one process, ${Math.round((performance.now() - started) / 1000)} s`,
);
console.table(rows);
const growth = rows.at(-1)!['median MB'] - rows[1]!['median MB'];
console.log(`Growth after the warm-up: ${growth.toFixed(1)} MB, at most ${BAR_MB} MB`);
process.exitCode = growth < BAR_MB ? 0 : 1;

async function fitAll(): Promise<void> {
  for (const seed of seeds) {
    const isSeasonal = seed % 2 === 0;
    const noise = autoregressive(isSeasonal ? 5 * DAY_STEPS : 120, 0.7, seed);
    const values = noise.map((value, i) =>
      isSeasonal ? value + 10 * Math.sin((2 * Math.PI * i) / DAY_STEPS) : value,
    );
    const season = isSeasonal ? { season: DAY_STEPS } : {};
    const answer = await pool.forecast(seriesOf(values), {
      steps: STEPS,
      levels: [0.8, 0.95],
      ...season,
    });
    if ('reason' in answer) throw new Error(`fit ${seed}: ${answer.reason}: ${answer.detail}`);
    if (seed % Math.ceil(fits / SAMPLES) === 0)
      resident.push({ fit: seed, mb: process.memoryUsage.rss() / 2 ** 20 });
  }
}

function describe(from: number, to: number) {
  const part = resident
    .filter(({ fit }) => fit >= from * fits && fit < to * fits)
    .map(({ mb }) => mb);
  const round = (value: number) => Math.round(value * 10) / 10;
  return {
    fits: `${from * fits} to ${to * fits}`,
    'median MB': round(quantile(part, 0.5)),
    'most MB': round(quantile(part, 1)),
  };
}
