import assert from 'node:assert/strict';
import { test } from 'node:test';
import { cpuSaturation } from './cpu-saturation.ts';
import { type FeatureValues, groupWith, judgeWith, ruleContract } from './rule.contract.ts';

const HOG: FeatureValues = {
  host_cpu_count: 2,
  host_cpu_used_ratio: 0.99,
  host_cpu_waiting_ratio: 0.4,
  group_cpu_cores: 1.9,
  group_busiest_thread_ratio: 0.96,
  group_runnable_threads: 0.3,
};
const scoreOf = (values: FeatureValues) => judgeWith(cpuSaturation, groupWith(values))?.score ?? 0;

ruleContract(cpuSaturation, groupWith(HOG));

test('a group that takes most of a busy host is blamed', () => {
  const judgement = judgeWith(cpuSaturation, groupWith(HOG));
  assert.ok(judgement!.score > 0.9);
  assert.equal(judgement!.severity, 'warning');
  assert.match(judgement!.evidence[0]!.text, /shop uses 1.9 of 2 CPUs \(95 %\)/);
  assert.match(judgement!.suggestions[0]!.id, /profile/);
});

test('when nearly every task waits for a CPU it is critical', () => {
  const judgement = judgeWith(cpuSaturation, groupWith({ ...HOG, host_cpu_waiting_ratio: 0.95 }));
  assert.equal(judgement!.severity, 'critical');
});

test('a small group on a busy host is a victim, not the cause', () => {
  assert.ok(scoreOf({ ...HOG, group_cpu_cores: 0.1, group_busiest_thread_ratio: 0.1 }) < 0.5);
});

test('a group that uses a third of a host with CPUs to spare is no bottleneck', () => {
  assert.ok(
    scoreOf({
      ...HOG,
      host_cpu_count: 8,
      host_cpu_used_ratio: 0.4,
      group_cpu_cores: 2.6,
      group_busiest_thread_ratio: 0.6,
    }) < 0.5,
  );
});

test('one thread at the speed limit of one CPU is a mild finding of its own', () => {
  const judgement = judgeWith(
    cpuSaturation,
    groupWith({
      ...HOG,
      host_cpu_count: 8,
      host_cpu_used_ratio: 0.15,
      group_cpu_cores: 1,
      group_busiest_thread_ratio: 0.99,
    }),
  );
  assert.ok(judgement!.score >= 0.5 && judgement!.score < 0.7);
  assert.equal(judgement!.severity, 'info');
  assert.ok(judgement!.suggestions.some(({ id }) => id === 'parallelise'));
});

test('a burst that has just begun is not a pinned thread yet', () => {
  const burst = { host_cpu_count: 8, host_cpu_used_ratio: 0.1, group_cpu_cores: 0.4 };
  assert.ok(scoreOf({ ...burst, group_busiest_thread_ratio: 1 }) < 0.5);
});

test('without the busiest thread the rule still judges the host', () => {
  const { group_busiest_thread_ratio, ...rest } = HOG;
  assert.ok(scoreOf(rest) > 0.9);
});
