import assert from 'node:assert/strict';
import { test } from 'node:test';
import { cpuSaturation } from './cpu-saturation.ts';
import {
  type FeatureValues,
  groupWith,
  hostWith,
  judgeWith,
  ruleContract,
} from './rule.contract.ts';

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

/** Scores by group on a host of two CPUs that is full. */
function scoresOf(groups: Readonly<Record<string, FeatureValues>>): Record<string, number> {
  const values = { host_cpu_count: 2, host_cpu_used_ratio: 1 };
  const host = hostWith(values, { others: groups });
  return Object.fromEntries(
    host.groups.map((group) => [group.subject.group, judgeWith(cpuSaturation, group)?.score ?? 0]),
  );
}
const using = (cores: number, waiting: number): FeatureValues => ({
  group_cpu_cores: cores,
  group_running_threads: cores,
  group_runnable_threads: waiting,
});

test('beside a hog the others are victims, though each takes a good part and waits', () => {
  const { hog, shop, database } = scoresOf({
    hog: using(1.2, 2.8),
    shop: using(0.45, 0.9),
    database: using(0.35, 0.7),
  });
  assert.ok(hog! >= 0.5 && shop! < 0.5 && database! < 0.5, `${hog} ${shop} ${database}`);
});

test('two equal hogs are both the cause', () => {
  const { one, other } = scoresOf({ one: using(0.98, 1.5), other: using(0.97, 1.4) });
  assert.ok(one! >= 0.5 && other! >= 0.5);
});

test('among many busy groups the one that asks for most is the cause, unless it gets nothing', () => {
  const small = Object.fromEntries(
    ['a', 'b', 'c', 'd', 'e', 'f'].map((name) => [name, using(0.15, 0.6)]),
  );
  const scores = scoresOf({ ...small, crowd: using(0.9, 3.6) });
  assert.ok(scores.crowd! >= 0.5);
  assert.ok(Object.keys(small).every((name) => scores[name]! < 0.5));
  assert.ok(scoresOf({ ...small, starved: using(0.05, 3.6) }).starved! < 0.5);
});

test('threads that wait for the quota of their own cgroup compete with nobody', () => {
  const capped = { ...using(0.3, 1.7), group_cgroup_throttled_ratio: 0.95 };
  const scores = scoresOf({ capped, hog: using(1.6, 1) });
  assert.ok(scores.capped! < 0.5 && scores.hog! >= 0.5);
});

test('CPU time spent on finding memory is not for want of CPU', () => {
  const thrashing = { group_major_faults_per_second: 9_000, group_cgroup_memory_used_ratio: 1 };
  assert.ok(scoreOf({ ...HOG, ...thrashing }) < 0.5);
});
