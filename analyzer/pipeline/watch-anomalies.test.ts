import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { anomaliesSchema, anomalySettings } from '../anomaly-config.ts';
import { type PastPrometheus, startPastPrometheus } from '../cli/past-prometheus.contract.ts';
import { createPrometheusClient } from '../prometheus/client.ts';
import { createAnomalyStore } from './anomaly-store.ts';
import { createAnomalyWatcher } from './watch-anomalies.ts';
import { LIVE, ODD_ONE, SPIKE, SPIKE_SECONDS, STEP, watchedPast } from './watched-past.contract.ts';
import { watchedSources } from './watched-source.ts';

const LAG = 5;
let prometheus: PastPrometheus;
let folder: string;
before(async () => {
  prometheus = await startPastPrometheus(watchedPast());
  folder = mkdtempSync(join(tmpdir(), 'guard-anomalies-'));
});
after(async () => {
  await prometheus.stop();
  rmSync(folder, { recursive: true });
});

function watcherOf(config: object = {}, storagePath?: string) {
  const settings = anomalySettings(anomaliesSchema.parse({ history: '2d', ...config }))!;
  const signal = (expr: string, unit: 'ratio' | 'count' | 'bytes' | 'bytes_per_second') => ({
    expr: `${expr}{$selector}`,
    unit,
  });
  const signals = {
    host_cpu: signal('cpu_ratio', 'ratio'),
    run_queue: signal('run_queue', 'count'),
    network: signal('network_bytes', 'bytes_per_second'),
    limit: signal('limit_bytes', 'bytes'),
    disk: signal('disk_ratio', 'ratio'),
    group_threads: signal('threads', 'count'),
  };
  const sources = watchedSources({ signals, features: {} }, settings);
  const problems: string[] = [];
  const watcher = createAnomalyWatcher({
    querier: createPrometheusClient({ url: prometheus.url, timeoutMs: 20_000 }),
    sources: () => sources,
    settings,
    forecasts: () => [],
    store: createAnomalyStore(storagePath),
    onProblem: ({ message }) => problems.push(message),
  });
  const look = async (at: number) => {
    await watcher.look(at + LAG);
    await watcher.idle();
  };
  return { watcher, look, problems };
}

test('a past is learnt at once; a spike is found, explained and over; what is flat or seasonal stays silent', async (t) => {
  const { watcher, look, problems } = watcherOf();
  t.after(() => watcher.close());
  await look(LIVE);
  assert.deepEqual(watcher.report().events, []);
  for (let at = LIVE + STEP; at < SPIKE; at += STEP) {
    await look(at);
    assert.deepEqual(watcher.report().events, [], `nothing before the spike, ${at - LIVE} s`);
  }
  assert.deepEqual(watcher.report().unavailable, []);
  for (let at = SPIKE; at < SPIKE + SPIKE_SECONDS; at += STEP) await look(at);
  const [event, ...others] = watcher.report().events;
  assert.deepEqual(others, []);
  assert.deepEqual(event?.subject, { job: 'guard', instance: 'a' });
  assert.ok(event.since - SPIKE <= 2 * STEP, `found after ${event.since - SPIKE} s`);
  const named = new Set(event.contributions.map(({ signal }) => signal));
  assert.ok(
    named.has('run_queue') && named.has('host_cpu') && !named.has('limit'),
    `${[...named]}`,
  );
  assert.deepEqual(event.first, { name: 'host_cpu', time: SPIKE });
  assert.ok(event.correlated.some(({ name }) => name === 'network'));
  assert.ok(event.agreeing.includes('seasonal-band') && event.agreeing.includes('mahalanobis'));
  const [finding] = watcher.findings([]);
  assert.equal(finding?.kind, 'anomaly');
  assert.match(finding.evidence[0]!.text, /run_queue is 1[45][.\d]*, expected 3/);
  assert.equal(finding.evidence[0]!.promql, 'run_queue{instance="a",job="guard"}');
  for (let at = SPIKE + SPIKE_SECONDS; at < ODD_ONE; at += STEP) await look(at);
  assert.deepEqual(watcher.report().events, [], 'one event, and it is over');
  for (let at = ODD_ONE; at < ODD_ONE + 10 * STEP; at += STEP) await look(at);
  const open = watcher.report().scores.filter(({ isOpen }) => isOpen);
  const peers = open.find(({ detector }) => detector === 'peers');
  assert.deepEqual([peers?.signal, peers?.labels.instance], ['group_threads', 'b']);
  assert.deepEqual(problems, []);
});

test('stopped and started again it goes on with identical scores', async () => {
  const through = watcherOf();
  const first = watcherOf({}, folder);
  const half = LIVE + 5 * STEP;
  for (let at = LIVE; at <= half; at += STEP) await Promise.all([through.look(at), first.look(at)]);
  await first.watcher.close();
  const second = watcherOf({}, folder);
  for (let at = half + STEP; at <= half + 4 * STEP; at += STEP)
    await Promise.all([through.look(at), second.look(at)]);
  const byName = ({ report }: typeof second.watcher) =>
    report().scores.map(({ signal, labels, detector, score, upper }) =>
      JSON.stringify({ signal, labels, detector, score, upper }),
    );
  assert.ok(byName(second.watcher).length > 20);
  assert.deepEqual(byName(second.watcher).sort(), byName(through.watcher).sort());
  assert.deepEqual(second.problems, []);
  await Promise.all([second.watcher.close(), through.watcher.close()]);
});

test('what was missed while it was down is caught up', async () => {
  const { watcher, look } = watcherOf({}, folder);
  await look(SPIKE + 5 * STEP);
  assert.equal(watcher.report().events[0]?.subject.instance, 'a');
  await watcher.close();
});

test('a damaged state is said, and the past is learnt anew', async () => {
  const file = join(folder, 'anomaly.state');
  const bytes = readFileSync(file);
  bytes[bytes.length - 9]! ^= 1;
  writeFileSync(file, bytes);
  const { watcher, look, problems } = watcherOf({}, folder);
  await look(LIVE);
  assert.match(problems[0] ?? '', /anomaly\.state: damaged: .*learnt anew/);
  assert.equal(watcher.report().unavailable.at(-1)?.reason, 'state_unreadable');
  assert.ok(watcher.report().scores.filter(({ score }) => !Number.isNaN(score)).length > 20);
  await watcher.close();
});

test('a state of another sensitivity is not used', async () => {
  const { watcher, look, problems } = watcherOf({ sensitivity: 0.7 }, folder);
  await look(LIVE);
  assert.match(problems[0] ?? '', /another step, sensitivity/);
  await watcher.close();
});

test('more series than allowed are cut and said; labels of nothing are refused', async () => {
  const { watcher, look } = watcherOf({ max_series: 7 });
  await look(LIVE);
  await look(LIVE + STEP);
  const { scores, unavailable } = watcher.report();
  assert.equal(scores.filter(({ detector }) => detector === 'fused').length, 7);
  const cut = unavailable.find(({ reason }) => reason === 'series_cap');
  assert.match(cut?.detail ?? '', /4 series, [12] are watched/);
  const request = { signal: 'nothing', labels: {}, verdict: 'noise', at: LIVE } as const;
  assert.equal(await watcher.label(request), undefined);
  await watcher.close();
});

test('noise raises the threshold of the signal, so that the same is no alarm again', async () => {
  const { watcher, look } = watcherOf();
  for (let at = SPIKE - 2 * STEP; at <= SPIKE + STEP; at += STEP) await look(at);
  const scoreOf = () =>
    watcher
      .report()
      .scores.find(({ signal, labels }) => signal === 'run_queue' && labels.instance === 'a')!
      .score;
  const loud = scoreOf();
  assert.ok(loud > 1, `${loud}`);
  const label = { signal: 'run_queue', labels: { instance: 'a' }, verdict: 'noise' } as const;
  const taken = await watcher.label({ ...label, at: SPIKE + 2 * STEP });
  assert.equal(taken?.matched, 1);
  assert.ok(taken.factor >= 1.25 && taken.factor > loud, `${taken.factor} after ${loud}`);
  await look(SPIKE + 2 * STEP);
  assert.ok(scoreOf() < 1, `${scoreOf()} after ${loud}`);
  assert.equal(watcher.report().feedback[0]?.precision, 0);
  await watcher.close();
});
