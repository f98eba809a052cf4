// What a forecast costs: CPU time per series, and memory over many fits. `node bench/forecast/cost.ts [series]`
import { arima } from '../../analyzer/forecast/arima.ts';
import { forecastSeries } from '../../analyzer/forecast/forecast-series.ts';
import { autoregressive, seriesOf } from '../../analyzer/forecast/generated-series.ts';
import {
  createForecastPool,
  DEFAULT_TASKS_PER_WORKER,
} from '../../analyzer/pipeline/forecast-pool.ts';

const STEPS = 60;
const SEASON = 60;
const OPTIONS = { steps: STEPS, levels: [0.8, 0.95] };
const FITS = 2000;
const POOLED = 600;

type Shape = (length: number, seed: number) => Float64Array;
const shapes: Readonly<Record<string, Shape>> = {
  'white noise': (length, seed) => autoregressive(length, 0, seed),
  'AR(1), 0.8': (length, seed) => autoregressive(length, 0.8, seed),
  'random walk': (length, seed) => autoregressive(length, 1, seed),
  'noisy ramp': (length, seed) =>
    autoregressive(length, 0.5, seed).map((value, i) => value + 0.1 * i),
  'seasonal, known': (length, seed) =>
    autoregressive(length, 0.5, seed).map((value, i) => value + 10 * Math.sin((i * Math.PI) / 30)),
};

const series = Number(process.argv[2] ?? 50);
// Memory first: it never shrinks, so whatever ran before would hide the growth.
console.log(`Resident memory, ${FITS} fits of arima(0,1,1) on 720 values in this thread`);
console.table([memoryOfFits()]);
console.log(`Resident memory and time, ${POOLED} forecasts of 720 values through the pool`);
console.table([await memoryOfPool(DEFAULT_TASKS_PER_WORKER), await memoryOfPool(POOLED + 1)]);
console.log(`Forecasts of ${STEPS} steps with backtests, ${series} series each, CPU of one core`);
console.table(
  Object.entries(shapes).flatMap(([shape, generate]) =>
    [60, 240, 720].map((length) => ({ shape, length, ...cost(shape, length, generate) })),
  ),
);

function cost(shape: string, length: number, generate: Shape) {
  const models = new Map<string, number>();
  const season = shape.startsWith('seasonal') ? SEASON : 0;
  forecastSeries(seriesOf(generate(length, 0)), { ...OPTIONS, season });
  const [cpu, start] = [process.cpuUsage(), performance.now()];
  for (let seed = 1; seed <= series; seed++) {
    const answer = forecastSeries(seriesOf(generate(length, seed)), { ...OPTIONS, season });
    const model = 'reason' in answer ? answer.reason : answer.model;
    models.set(model, (models.get(model) ?? 0) + 1);
  }
  const wallMs = (performance.now() - start) / series;
  const { user, system } = process.cpuUsage(cpu);
  const chosen = [...models].map(([model, count]) => `${model} ${count}`).join(', ');
  return { 'CPU ms': round((user + system) / 1000 / series), 'wall ms': round(wallMs), chosen };
}

function memoryOfFits() {
  const values = autoregressive(720, 0.9, 1).map((value) => value / 10);
  arima([0, 1, 1]).fit(values)?.predict(STEPS);
  const before = process.memoryUsage.rss();
  for (let fit = 0; fit < FITS; fit++) arima([0, 1, 1]).fit(values)?.predict(STEPS);
  const growth = process.memoryUsage.rss() - before;
  return {
    fits: FITS,
    'growth MB': round(growth / 2 ** 20),
    'kB per fit': round(growth / 1024 / FITS),
  };
}

async function memoryOfPool(tasksPerWorker: number) {
  const pool = createForecastPool({ maxThreads: 1, tasksPerWorker });
  const forecast = (seed: number) =>
    pool.forecast(seriesOf(autoregressive(720, 0.9, seed)), OPTIONS);
  await forecast(0);
  const [before, start] = [process.memoryUsage.rss(), performance.now()];
  await Promise.all(Array.from({ length: POOLED }, (_, seed) => forecast(seed)));
  const row = {
    'tasks per worker': tasksPerWorker,
    'resident MB before': round(before / 2 ** 20),
    'resident MB after': round(process.memoryUsage.rss() / 2 ** 20),
    'wall ms per series': round((performance.now() - start) / POOLED),
  };
  await pool.close();
  return row;
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}
