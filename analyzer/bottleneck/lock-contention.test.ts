import assert from 'node:assert/strict';
import { test } from 'node:test';
import { GUILTY } from './guilty.contract.ts';
import { lockContention } from './lock-contention.ts';
import { type FeatureValues, groupWith, judgeWith, ruleContract } from './rule.contract.ts';

const CONVOY = GUILTY.lock_contention;
const scoreOf = (values: FeatureValues) => judgeWith(lockContention, groupWith(values))?.score ?? 0;

ruleContract(lockContention, groupWith(CONVOY));

test('threads that take turns behind one lock are found', () => {
  const judgement = judgeWith(lockContention, groupWith(CONVOY))!;
  assert.ok(judgement.score > 0.8, `${judgement.score}`);
  assert.match(judgement.evidence[0]!.text, /6.9 threads of shop wait for a lock/);
});

test('an interpreter lock among four threads is found', () => {
  assert.ok(
    scoreOf({
      ...CONVOY,
      group_lock_wait_threads: 3,
      group_running_threads: 0.97,
      group_runnable_threads: 0.05,
      group_voluntary_switches_per_second: 600,
      group_busiest_thread_ratio: 0.3,
    }) >= 0.5,
  );
});

test('a storm of hand-overs is found though several run', () => {
  assert.ok(
    scoreOf({
      ...CONVOY,
      group_running_threads: 2.5,
      group_runnable_threads: 0.4,
      group_lock_wait_threads: 13,
      group_system_cpu_cores: 1.6,
      group_voluntary_switches_per_second: 60_000,
    }) >= 0.5,
  );
});

test('look-alikes are silent', () => {
  const silent: Record<string, FeatureValues> = {
    'an idle server with 200 threads asleep on a futex': {
      ...CONVOY,
      group_lock_wait_threads: 200,
      group_running_threads: 0.002,
      group_runnable_threads: 0,
      group_voluntary_switches_per_second: 40,
      group_busiest_thread_ratio: 0.001,
    },
    'a large idle pool beside one busy thread': {
      ...CONVOY,
      group_lock_wait_threads: 63,
      group_voluntary_switches_per_second: 20,
      group_busiest_thread_ratio: 0.95,
    },
    'a pipeline behind one busy stage': { ...CONVOY, group_busiest_thread_ratio: 0.94 },
    'a runtime on a full host: parked threads, and the others wait for a CPU': {
      ...CONVOY,
      group_lock_wait_threads: 26,
      group_running_threads: 0.05,
      group_runnable_threads: 0.98,
      group_voluntary_switches_per_second: 544,
      group_busiest_thread_ratio: 0.01,
    },
    'a server whose runtime parks idle threads and switches often': {
      ...CONVOY,
      group_lock_wait_threads: 12,
      group_running_threads: 0.45,
      group_runnable_threads: 0.02,
      group_voluntary_switches_per_second: 6_000,
    },
    'a pool that works on all CPUs': {
      ...CONVOY,
      group_running_threads: 4,
      group_lock_wait_threads: 4,
    },
    'what it does all day long': {
      ...CONVOY,
      group_cpu_cores: 0.95,
      group_cpu_cores_baseline: 0.95,
      group_lock_wait_threads_baseline: 6.5,
    },
    'three times the work, three times the waiting': {
      ...CONVOY,
      group_cpu_cores: 0.95,
      group_cpu_cores_baseline: 0.3,
      group_lock_wait_threads_baseline: 2.3,
    },
  };
  for (const [name, values] of Object.entries(silent)) {
    assert.ok(scoreOf(values) < 0.5, `${name}: ${scoreOf(values)}`);
  }
});

test('a surge against the own earlier hour is surer than a first look', () => {
  const surge = {
    group_cpu_cores: 0.95,
    group_cpu_cores_baseline: 0.9,
    group_lock_wait_threads_baseline: 0.4,
  };
  const confidence = (values: FeatureValues) =>
    judgeWith(lockContention, groupWith(values))!.confidence;
  assert.ok(confidence({ ...CONVOY, ...surge }) > confidence(CONVOY));
});

test('seen to be one at a time it is found, though the holder sleeps or the host is full', () => {
  const asleep: FeatureValues = {
    ...CONVOY,
    group_lock_wait_threads: 15,
    group_running_threads: 0.05,
    group_runnable_threads: 0.02,
    group_voluntary_switches_per_second: 450,
    group_busiest_thread_ratio: 0.01,
    group_futex_one_at_a_time_ratio: 0.9,
  };
  assert.ok(scoreOf(asleep) >= 0.5);
  assert.ok(scoreOf({ ...asleep, group_running_threads: 0.2, group_runnable_threads: 0.8 }) >= 0.5);
  assert.ok(scoreOf({ ...asleep, group_voluntary_switches_per_second: 20 }) < 0.5, 'no turns');
});

test('seen not to be one at a time it is a pool, though it happens to do one thread’s work', () => {
  assert.ok(scoreOf({ ...CONVOY, group_futex_one_at_a_time_ratio: 0.4 }) < 0.5);
  const pipeline: FeatureValues = {
    ...CONVOY,
    group_lock_wait_threads: 8,
    group_running_threads: 0.08,
    group_runnable_threads: 0.01,
    group_system_cpu_cores: 0.06,
    group_voluntary_switches_per_second: 4_000,
    group_futex_one_at_a_time_ratio: 0.05,
  };
  assert.ok(scoreOf(pipeline) < 0.5);
});
