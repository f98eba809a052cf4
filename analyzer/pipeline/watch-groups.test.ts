// A process group as a whole, a line that got stuck, and how far the watch is: against a real Prometheus with a known past.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { anomaliesSchema, anomalySettings } from '../anomaly-config.ts';
import { END, type PastPrometheus, startPastPrometheus } from '../cli/past-prometheus.contract.ts';
import { createNormal } from '../forecast/generated-series.ts';
import { createPrometheusClient } from '../prometheus/client.ts';
import { createAnomalyStore } from './anomaly-store.ts';
import { createAnomalyWatcher } from './watch-anomalies.ts';
import { watchedSources } from './watched-source.ts';

const STEP = 60;
const DAY = 86_400;
const LIVE = END - 2 * 3600;
/** From here on the requests of the group "db/1.2" do not come with the work that they always made. */
const TORN = LIVE + 1200;
const TORN_SECONDS = 1200;
/** From here on one of its figures stands still. */
const STUCK = LIVE - 1800;
/** The group "young" exists since then. */
const YOUNG = LIVE - 20 * 3600;
const SIGNALS = ['requests', 'work', 'reads', 'waits', 'sensor'] as const;

let prometheus: PastPrometheus;
before(async () => {
  prometheus = await startPastPrometheus(past());
});
after(() => prometheus.stop());

/** Load goes up and down by chance, all figures of a group with it: each alone may be anywhere. */
function past(): string {
  const lines: string[] = [];
  for (const [index, name] of SIGNALS.entries()) {
    lines.push(`# TYPE ${name} gauge`);
    for (const group of ['db/1.2', 'web', 'young']) {
      const normal = createNormal(7 + index + group.length);
      for (let time = LIVE - 3 * DAY; time <= END; time += STEP) {
        if (group === 'young' && time < YOUNG) continue;
        const value = figureOf(name, { time, group, noise: normal() });
        lines.push(`${name}{job="guard",instance="a",group="${group}"} ${value} ${time}`);
      }
    }
  }
  return `${lines.join('\n')}\n# EOF\n`;
}

function figureOf(
  name: (typeof SIGNALS)[number],
  { time, group, noise }: { time: number; group: string; noise: number },
): number {
  // Periods of no day's fraction: no hour has its own level.
  const load = 50 + 20 * Math.sin(time / 1733) + 15 * Math.sin(time / 419);
  const isTorn = group === 'db/1.2' && time >= TORN && time < TORN + TORN_SECONDS;
  if (name === 'sensor') return time >= STUCK && group === 'web' ? 41 : 40 + noise;
  if (name === 'work' && isTorn) return 100 - load + noise;
  if (name === 'reads' && isTorn) return 4 * (100 - load) + noise;
  return (name === 'reads' ? 4 : 1) * load + noise;
}

function watcherOf(config: object = {}) {
  const settings = anomalySettings(anomaliesSchema.parse({ history: '2d', ...config }))!;
  const signals = Object.fromEntries(
    SIGNALS.map((name) => [name, { expr: `${name}{$selector}`, unit: 'other' as const }]),
  );
  const sources = watchedSources({ signals, features: {} }, settings);
  const problems: string[] = [];
  const watcher = createAnomalyWatcher({
    querier: createPrometheusClient({ url: prometheus.url, timeoutMs: 20_000 }),
    sources: () => sources,
    settings,
    forecasts: () => [],
    store: createAnomalyStore(undefined),
    onProblem: ({ message }) => problems.push(message),
  });
  const look = async (at: number) => {
    await watcher.look(at + 5);
    await watcher.idle();
  };
  return { watcher, look, problems };
}

const scoreOf = ({ report }: ReturnType<typeof watcherOf>['watcher'], group: string) =>
  report().scores.find(({ signal, labels }) => signal === 'group' && labels.group === group);

test('what no series shows alone, the group shows as a whole, explained; its neighbour stays silent', async (t) => {
  const { watcher, look, problems } = watcherOf({ max_hosts: 0 });
  t.after(() => watcher.close());
  for (let at = LIVE; at < TORN; at += STEP) await look(at);
  assert.ok(scoreOf(watcher, 'db/1.2')!.score < 1);
  assert.deepEqual(
    watcher.report().events.map(({ evidence }) => evidence[0]?.text),
    [],
  );
  let loudest = 0;
  let told = '';
  for (let at = TORN; at < TORN + TORN_SECONDS; at += STEP) {
    await look(at);
    loudest = Math.max(loudest, scoreOf(watcher, 'db/1.2')!.score);
    const [event] = watcher.report().events;
    if (event !== undefined) told = event.evidence.map(({ text }) => text).join('\n');
    assert.ok(!(scoreOf(watcher, 'web')!.score >= 1), 'the neighbour is as usual');
  }
  assert.ok(loudest > 1, `${loudest}`);
  assert.match(told, /all series of the process group db\/1\.2 together/);
  assert.match(told, /^(work|reads)\{group="db\/1\.2"\} is/m);
  assert.equal(scoreOf(watcher, 'db/1.2')?.detector, 'multivariate');
  assert.deepEqual(problems, []);
});

test('a line that always moved and got stuck is told in words, with since when', async (t) => {
  const { watcher, look } = watcherOf();
  t.after(() => watcher.close());
  for (let at = LIVE; at <= STUCK + 65 * STEP; at += STEP) await look(at);
  const { conditions } = watcher.report();
  assert.deepEqual(
    conditions.map(({ kind, signal, labels }) => [kind, signal, labels.group]),
    [['flat_line', 'sensor', 'web']],
  );
  assert.ok(Math.abs(conditions[0]!.since - STUCK) <= 2 * STEP);
  assert.match(conditions[0]!.text, /^sensor\{group="web"\} has stood at 41 for .*it always moved/);
});

test('how many series are warm, and when the rest can be told', async (t) => {
  const { watcher, look } = watcherOf();
  t.after(() => watcher.close());
  await look(LIVE);
  const warmUp = watcher.report().warmUp!;
  const young = SIGNALS.length;
  assert.deepEqual([warmUp.warm, warmUp.warming, warmUp.learning], [2 * young, young, 0]);
  assert.ok(Math.abs(warmUp.lastAt - (YOUNG + DAY)) <= 2 * STEP, `${warmUp.lastAt - YOUNG}`);
  assert.deepEqual([warmUp.hosts, warmUp.groups.followed], [{ followed: 1, fitted: 1 }, 3]);
  assert.equal(warmUp.groups.fitted, 2, 'the young one has too little history');
});

test('more groups than allowed are judged series by series, which is said', async (t) => {
  const { watcher, look } = watcherOf({ max_groups: 1 });
  t.after(() => watcher.close());
  await look(LIVE);
  const cut = watcher.report().unavailable.find(({ reason }) => reason === 'group_cap');
  assert.match(cut?.detail ?? '', /^2 process groups more than anomalies\.max_groups \(1\)/);
});
