import assert from 'node:assert/strict';
import { test } from 'node:test';
import { cpuSaturation } from './cpu-saturation.ts';
import { cpuSaturationOfHost } from './cpu-saturation-host.ts';
import {
  type FeatureValues,
  hostWith,
  judgeWith,
  ruleContract,
  type Surroundings,
} from './rule.contract.ts';

const FULL: FeatureValues = {
  host_cpu_count: 2,
  host_cpu_used_ratio: 0.99,
  host_cpu_waiting_ratio: 0.9,
};
const using = (cores: number, waiting: number): FeatureValues => ({
  group_cpu_cores: cores,
  group_running_threads: cores,
  group_runnable_threads: waiting,
});
const many = (count: number, each: FeatureValues) =>
  Object.fromEntries(Array.from({ length: count }, (_, index) => [`program${index}`, each]));
const TEN = many(10, using(0.19, 0.8));

function hostOf(others: Surroundings['others'], values: FeatureValues = {}) {
  return hostWith({ ...FULL, ...values }, { others: others ?? {} });
}
const scoreOf = (others: Surroundings['others'], values: FeatureValues = {}) =>
  judgeWith(cpuSaturationOfHost, hostOf(others, values))?.score ?? 0;

ruleContract(cpuSaturationOfHost, hostOf(TEN));

test('ten equal programs that fill a host are one finding, of the host, with the largest told', () => {
  const host = hostOf({ ...TEN, bigger: using(0.25, 0.9) });
  const judgement = judgeWith(cpuSaturationOfHost, host);
  assert.ok(judgement!.score >= 0.5);
  assert.match(judgement!.evidence[0]!.text, /99 % busy, and no single process group/);
  assert.match(judgement!.evidence[2]!.text, /^bigger uses 0\.25 of 2 CPUs/);
  const blamed = host.groups.filter(
    (group) => (judgeWith(cpuSaturation, group)?.score ?? 0) >= 0.5,
  );
  assert.deepEqual(blamed, []);
});

test('programs of which each alone could fill the host are none of them the cause when there are ten', () => {
  const host = hostOf(many(10, using(0.19, 2)));
  assert.ok(judgeWith(cpuSaturationOfHost, host)!.score >= 0.5);
  for (const group of host.groups) {
    assert.ok((judgeWith(cpuSaturation, group)?.score ?? 0) < 0.5, group.subject.group);
  }
});

test('where somebody is to blame the host says nothing', () => {
  for (const others of [
    { hog: using(1.9, 4) },
    { one: using(0.98, 2), other: using(0.97, 2) },
    { ...many(6, using(0.12, 0.4)), hog: using(1.2, 3) },
  ]) {
    assert.equal(judgeWith(cpuSaturationOfHost, hostOf(others)), undefined);
  }
});

test('a host without a queue, with CPUs to spare, or full of low-priority or stolen time is none', () => {
  assert.ok(scoreOf(many(10, using(0.19, 0.02))) < 0.5, 'busy, nobody waits');
  assert.ok(scoreOf(TEN, { host_cpu_used_ratio: 0.7 }) < 0.5, 'not full');
  assert.ok(scoreOf(TEN, { host_cpu_nice_ratio: 0.5 }) < 0.5, 'low priority');
  assert.ok(scoreOf(TEN, { host_cpu_steal_ratio: 0.3 }) < 0.5, 'stolen');
  assert.ok(scoreOf({}) < 0.5, 'no groups are known');
  const capped = { ...using(0.19, 0.8), group_cgroup_throttled_ratio: 0.95 };
  assert.ok(scoreOf(many(10, capped)) < 0.5, 'each waits for its own quota');
});

test('without the waiting of threads the pressure tells of the queue', () => {
  const plain = many(10, { group_cpu_cores: 0.19 });
  assert.ok(scoreOf(plain) >= 0.5);
  assert.ok(scoreOf(plain, { host_cpu_waiting_ratio: 0.3 }) < 0.5);
});
