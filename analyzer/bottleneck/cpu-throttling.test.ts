import assert from 'node:assert/strict';
import { test } from 'node:test';
import { cpuThrottling } from './cpu-throttling.ts';
import { GUILTY } from './guilty.contract.ts';
import {
  type FeatureValues,
  groupWith,
  hostWith,
  judgeWith,
  ruleContract,
} from './rule.contract.ts';

const THROTTLED = GUILTY.cpu_throttling;
const scoreOf = (values: FeatureValues) => judgeWith(cpuThrottling, groupWith(values))?.score ?? 0;

ruleContract(cpuThrottling, groupWith(THROTTLED));

test('the group’s own cgroup out of quota names it, and its waiting', () => {
  const judgement = judgeWith(cpuThrottling, groupWith(THROTTLED))!;
  assert.equal(judgement.score, 1);
  const text = judgement.evidence.map((one) => one.text).join('\n');
  assert.match(text, /shop used up its CPU quota in 90 % of the periods/);
  assert.match(text, /3 threads of shop are held back, 86 % of the time/);
});

test('a full host does not hide a quota that is known', () => {
  assert.ok(scoreOf({ ...THROTTLED, host_cpu_used_ratio: 1 }) > 0.9);
});

const { group_cgroup_throttled_ratio, ...UNKNOWN } = THROTTLED;

test('without the name of its cgroup the group is found by its waiting on an idle host', () => {
  const judgement = judgeWith(cpuThrottling, groupWith(UNKNOWN))!;
  assert.ok(judgement.score >= 0.5 && judgement.confidence <= 0.6);
  assert.match(judgement.evidence[0]!.text, /cgroup \/shop was out of quota in 90 %/);
});

test('look-alikes are silent', () => {
  const silent: Record<string, FeatureValues> = {
    'somebody else is throttled': { ...UNKNOWN, group_runnable_threads: 0.01 },
    'the host itself is full': { ...UNKNOWN, host_cpu_used_ratio: 0.99 },
    'waiting on an idle host without any quota': { ...UNKNOWN, host_cgroup_throttled_ratio: 0 },
    'an own quota that is not reached': { ...THROTTLED, group_cgroup_throttled_ratio: 0.05 },
    'an idle group in a throttled cgroup': {
      ...THROTTLED,
      group_running_threads: 0.01,
      group_runnable_threads: 0.01,
    },
  };
  for (const [name, values] of Object.entries(silent)) assert.ok(scoreOf(values) < 0.5, name);
});

test('without any cgroup numbers nothing is claimed', () => {
  const { host_cgroup_throttled_ratio, ...rest } = UNKNOWN;
  assert.equal(judgeWith(cpuThrottling, groupWith(rest)), undefined);
});

test('where the cgroups of others are known, a group without one is not throttled', () => {
  const { groups } = hostWith(UNKNOWN, { others: { capped: THROTTLED } });
  const [shop, capped] = groups.map((group) => judgeWith(cpuThrottling, group)?.score ?? 0);
  assert.ok(shop! < 0.5 && capped! > 0.9);
});
