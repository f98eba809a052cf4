// The querier and the whole way to a finding against Debian's VictoriaMetrics, where it is installed.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { renderMetrics } from '../../bench/chaos/made-up-host.ts';
import {
  isInstalled,
  type RunningServer,
  startVictoriaMetrics,
} from '../../rules/victoria-metrics.contract.ts';
import { RULES } from '../bottleneck/list.ts';
import { DEFAULT_THRESHOLDS, thresholdsSchema } from '../bottleneck/thresholds.ts';
import { combinePresets, configSchema } from '../config.ts';
import { judgeFleet } from '../pipeline/judge-fleet.ts';
import { createFeatureReader } from '../pipeline/read-features.ts';
import { createPrometheusClient, type Notice } from './client.ts';
import { QueryError } from './querier.ts';

const skip = isInstalled('victoria-metrics') ? false : 'victoria-metrics is not installed';
const END = Math.floor(Date.now() / 1000) - 60;
const STEP = 5;
const SAMPLES = 60;

let server: RunningServer;
before(async () => {
  if (skip !== false) return;
  server = await startVictoriaMetrics();
  const lines: string[] = [];
  for (let index = 0; index < SAMPLES; index += 1) {
    const at = END - (SAMPLES - 1 - index) * STEP;
    for (const line of renderMetrics(at).trim().split('\n')) lines.push(`${line} ${at * 1000}`);
  }
  const labels = 'extra_label=job=latency-guard-exporter&extra_label=instance=made-up:10910';
  const url = `${server.url}/api/v1/import/prometheus?${labels}`;
  const answer = await fetch(url, { method: 'POST', body: `${lines.join('\n')}\n` });
  assert.ok(answer.ok, await answer.text());
  await (await fetch(`${server.url}/internal/force_flush`)).text();
});
after(() => server?.stop());

const clientOf = (onAnswer?: (promql: string, notice: Notice) => void) =>
  createPrometheusClient({ url: server.url, timeoutMs: 30_000 }, onAnswer);

test('query and query_range answer what was stored', { skip }, async () => {
  const notices: Notice[] = [];
  const client = clientOf((_promql, notice) => notices.push(notice));
  const points = await client.instant('guard_process_threads', END);
  assert.deepEqual(points.map(({ labels, value }) => [labels.group, value]).sort(), [
    ['calm', 4],
    ['hog', 4],
  ]);
  const grid = { from: END - 10 * STEP, to: END, step: STEP };
  const series = await client.range('guard_process_threads{group="hog"}', grid);
  assert.deepEqual([...series[0]!.values], Array(11).fill(4));
  assert.ok(Math.abs((notices[0]?.serverTime ?? 0) - Date.now() / 1000) < 60, 'it tells its time');
});

test('what is no PromQL is refused with its own words', { skip }, async () => {
  await assert.rejects(clientOf().instant('up{', END), (error) => {
    assert.ok(error instanceof QueryError);
    assert.equal(error.kind, 'rejected');
    assert.match(error.message, /HTTP 4\d\d: /);
    return true;
  });
});

test('from raw series, without our recording rules, the finding is the same', {
  skip,
}, async () => {
  const config = configSchema.parse({});
  const {
    features,
    memory_history: memoryHistory,
    memory_trend: memoryTrend,
  } = combinePresets(['latency-guard'], config);
  const reader = createFeatureReader({
    ...{ querier: clientOf(), sources: features, memoryHistory, memoryTrend },
  });
  const thresholds = thresholdsSchema.parse(DEFAULT_THRESHOLDS);
  const judged = await judgeFleet({ reader, rules: RULES, thresholds, keepGroups: false }, END);
  const failed = judged.unavailable.filter(({ reason }) => reason.startsWith('query_'));
  assert.deepEqual(failed, [], 'every query of ours is understood');
  const [worst] = judged.verdicts.toSorted((a, b) => b.score - a.score);
  assert.deepEqual([worst?.kind, worst?.subject.group], ['cpu_saturation', 'hog']);
  assert.ok(worst!.score >= 0.5);
});
