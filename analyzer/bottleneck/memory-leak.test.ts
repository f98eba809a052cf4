import assert from 'node:assert/strict';
import { test } from 'node:test';
import { currentRun, memoryLeak } from './memory-leak.ts';
import { type FeatureValues, groupWith, judgeWith, NOW, ruleContract } from './rule.contract.ts';

const MB = 1e6;
const HOST: FeatureValues = {
  host_memory_total_bytes: 16e9,
  host_memory_available_bytes: 8e9,
  group_anonymous_memory_bytes: 500 * MB,
  group_start_time_seconds: NOW - 86_400,
};
/** `n` values at 15 s with a little deterministic noise. */
const history = (n: number, value: (index: number) => number) =>
  Array.from({ length: n }, (_, index) => value(index) + ((index * 7919) % 13) * 20_000);
const leak = history(60, (i) => 100 * MB + i * 12 * MB);
const scoreOf = (values: readonly number[], features: FeatureValues = {}) =>
  judgeWith(memoryLeak, groupWith({ ...HOST, ...features }, values))?.score ?? 0;

ruleContract(memoryLeak, groupWith(HOST, leak));

test('steady growth is found, with its rate and the time that is left', () => {
  const judgement = judgeWith(memoryLeak, groupWith(HOST, leak));
  const text = judgement!.evidence.map((one) => one.text).join('\n');
  assert.match(text, /grew by \d+ MiB in 14.8 min/);
  assert.match(text, /grows by 45.\d MiB a minute/);
  assert.match(text, /used up in 2.7\d h/);
  assert.equal(judgement!.severity, 'warning');
});

test('a host that is full within the hour is critical', () => {
  const full = groupWith({ ...HOST, host_memory_available_bytes: 2e9 }, leak);
  assert.equal(judgeWith(memoryLeak, full)!.severity, 'critical');
});

test('look-alikes are silent', () => {
  const silent: Record<string, number[]> = {
    flat: history(60, () => 300 * MB),
    'warm-up that levels off': history(60, (i) => 100 * MB + 300 * MB * (1 - Math.exp(-i / 8))),
    'saw-tooth of a collector': history(60, (i) => 100 * MB + (i % 12) * 10 * MB),
    'growth that is over': history(60, (i) => 100 * MB + Math.min(i, 30) * 12 * MB),
    'slow growth of a small process': history(60, (i) => 10 * MB + i * 0.1 * MB),
    shrinking: history(60, (i) => 900 * MB - i * 10 * MB),
    'too short to tell': history(8, (i) => 100 * MB + i * 12 * MB),
    gone: history(60, () => Number.NaN),
  };
  for (const [name, values] of Object.entries(silent)) {
    assert.ok(scoreOf(values) < 0.5, `${name}: ${scoreOf(values)}`);
  }
});

test('only what came after the last restart counts', () => {
  assert.ok(scoreOf(leak, { group_start_time_seconds: NOW - 60 }) < 0.5);
  const restarted = history(60, (i) => (i < 50 ? 800 * MB : 100 * MB + (i - 50) * 12 * MB));
  assert.ok(scoreOf(restarted) < 0.5, 'ten points after the restart are too few');
});

test('the current run begins after the last large fall, without leading gaps', () => {
  const values = Float64Array.from([10, 12, Number.NaN, 3, 4, 5]);
  const series = { labels: {}, start: 100, step: 10, values };
  const run = currentRun(series, 0);
  assert.deepEqual([run.start, [...run.values]], [130, [3, 4, 5]]);
  assert.deepEqual([...currentRun(series, 141).values], [5]);
});

test('without the available memory there is no date, rather than an invented one', () => {
  const { host_memory_available_bytes, ...rest } = HOST;
  const judgement = judgeWith(memoryLeak, groupWith(rest, leak));
  assert.equal(judgement!.evidence.length, 2);
  assert.equal(judgement!.severity, 'warning');
});
