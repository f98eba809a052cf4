// What a whole look costs at the limits: answers taken, every series fed and judged, events found. `node bench/anomaly/look.ts [series] [looks]`
import { setTimeout as sleep } from 'node:timers/promises';
import { anomaliesSchema, anomalySettings } from '../../analyzer/anomaly-config.ts';
import { createNormal } from '../../analyzer/forecast/generated-series.ts';
import { createAnomalyStore } from '../../analyzer/pipeline/anomaly-store.ts';
import { createAnomalyWatcher } from '../../analyzer/pipeline/watch-anomalies.ts';
import { watchedSources } from '../../analyzer/pipeline/watched-source.ts';
import type { Grid, Querier } from '../../analyzer/prometheus/querier.ts';

const STEP_SECONDS = 60;
const START = 1_774_224_000;
const SIGNALS = 10;
const HOSTS = 20;
const HISTORY_SECONDS = 3600;

const series = Number(process.argv[2] ?? 3_000);
const looks = Number(process.argv[3] ?? 10);
const normal = createNormal(1);
const perSignal = Math.ceil(series / SIGNALS);
const labelsOf = (index: number) => ({
  job: 'guard',
  instance: `host-${index % HOSTS}:10910`,
  group: `group-${index}`,
});

/** Answers as many series as are asked about: nothing of it is what a server costs. */
const querier: Querier = {
  instant: async (_promql, at) =>
    Array.from({ length: perSignal }, (_, index) => ({
      labels: labelsOf(index),
      time: at,
      value: 100 + normal(),
    })),
  range: async (_promql, { from, to, step }: Grid) =>
    Array.from({ length: perSignal }, (_, index) => ({
      labels: labelsOf(index),
      start: from,
      step,
      values: Float64Array.from(
        { length: Math.floor((to - from) / step) + 1 },
        () => 100 + normal(),
      ),
    })),
};
const limits = { max_series: 10_000, max_hosts: 0, max_groups: 0, cpu_cores: 16 };
const config = { ...limits, history: `${HISTORY_SECONDS}s`, warm_up: '0s' };
const settings = anomalySettings(anomaliesSchema.parse(config))!;
const signals = Object.fromEntries(
  Array.from({ length: SIGNALS }, (_, i) => [
    `s${i}`,
    { expr: `s${i}{$selector}`, unit: 'other' as const },
  ]),
);
const sources = watchedSources({ signals, features: {} }, settings);
const watcher = createAnomalyWatcher({
  ...{ querier, settings, sources: () => sources, forecasts: () => [] },
  store: createAnomalyStore(undefined),
  onProblem: (problem) => process.stderr.write(`${problem.message}\n`),
});

let at = START;
await lookOnce();
await watcher.idle();
const costs: number[] = [];
for (let look = 0; look < looks; look++) {
  await sleep(20);
  const before = process.cpuUsage();
  await lookOnce();
  const { user, system } = process.cpuUsage(before);
  costs.push((user + system) / 1000);
  await watcher.idle();
}
costs.sort((a, b) => a - b);
const warm = watcher.report().scores.filter(({ score }) => !Number.isNaN(score)).length;
console.table([
  { series, warm, 'CPU ms per look, median': costs[looks >> 1], worst: costs.at(-1) },
]);
await watcher.close();

async function lookOnce(): Promise<void> {
  at += STEP_SECONDS;
  await watcher.look(at + 5);
}
