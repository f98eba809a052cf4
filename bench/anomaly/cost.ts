// What watching costs: CPU time per step and bytes per series. `node bench/anomaly/cost.ts [series] [steps]`
import { createWatch } from '../../analyzer/anomaly/watch.ts';
import { createNormal } from '../../analyzer/forecast/generated-series.ts';

const STEP_SECONDS = 15;
/** Steps before the clock runs, so that every hour and window is filled: ten minutes apart, two days. */
const WARM_UP_STEPS = 288;
const START = 1_774_224_000;

const series = Number(process.argv[2] ?? 10_000);
const steps = Number(process.argv[3] ?? 20);
const watch = createWatch();
const states = Array.from({ length: series }, () => new Float64Array(watch.stateLength));
const normal = createNormal(1);
// Drawn before: the noise itself is not what is measured.
const noise = Float64Array.from({ length: 65_536 }, () => 100 + normal());

for (let step = 0; step < WARM_UP_STEPS; step++) observeAll(START + step * 600, step);
const costs = Array.from({ length: steps }, (_, step) => {
  const before = process.cpuUsage();
  observeAll(START + WARM_UP_STEPS * 600 + step * STEP_SECONDS, step);
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1000;
}).sort((a, b) => a - b);

console.table([
  {
    series,
    'CPU ms per step, median': round(costs[Math.floor(steps / 2)]!),
    'CPU ms per step, worst': round(costs.at(-1)!),
    'µs per sample': round((costs[Math.floor(steps / 2)]! * 1000) / series),
    'bytes of state per series': watch.stateLength * 8,
  },
]);

function observeAll(time: number, step: number): void {
  for (let i = 0; i < series; i++)
    watch.observe(states[i]!, { time, value: noise[(i * 31 + step * 7) % noise.length]! });
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}
