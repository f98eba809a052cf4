import assert from 'node:assert/strict';
import { test } from 'node:test';
import { GUILTY } from './guilty.contract.ts';
import {
  type FeatureValues,
  groupWith,
  hostWith,
  judgeWith,
  ruleContract,
} from './rule.contract.ts';
import { threadStarvation } from './thread-starvation.ts';

const STARVED = GUILTY.thread_starvation;
const scoreOf = (values: FeatureValues) =>
  judgeWith(threadStarvation, groupWith(values))?.score ?? 0;

ruleContract(threadStarvation, groupWith(STARVED));

test('unread requests before a pool of blocked threads are found', () => {
  assert.ok(scoreOf(STARVED) > 0.8);
});

test('an accept queue of the host points to who has connections, with less certainty', () => {
  const score = scoreOf({ ...STARVED, group_tcp_receive_queue_bytes: 0 });
  assert.ok(score >= 0.5 && score <= 0.6);
  const { group_tcp_receive_queue_bytes, ...offline } = STARVED;
  assert.ok(scoreOf(offline) < 0.5, 'a group without connections');
  assert.ok(scoreOf({ ...offline, group_listen_queue_ratio: 1 }) > 0.8, 'its own accept queue');
});

test('look-alikes are silent', () => {
  const silent: Record<string, FeatureValues> = {
    'an idle pool': {
      ...STARVED,
      group_tcp_receive_queue_bytes: 0,
      host_tcp_listen_queue_ratio: 0,
    },
    'a busy server': { ...STARVED, group_running_threads: 2 },
    'a pool that grows with its work': { ...STARVED, group_threads_minimum: 9 },
    'one thread that reads slowly by choice': {
      ...STARVED,
      group_threads: 1,
      group_threads_minimum: 1,
      group_threads_maximum: 1,
    },
  };
  for (const [name, values] of Object.entries(silent)) assert.ok(scoreOf(values) < 0.5, name);
});

test('the limit of threads of the own cgroup is found whatever the threads do', () => {
  const full = { ...STARVED, group_tcp_receive_queue_bytes: 0, host_tcp_listen_queue_ratio: 0 };
  assert.ok(scoreOf({ ...full, group_cgroup_pids_used_ratio: 0.98 }) >= 0.5);
});

test('the limit of the kernel is blamed on who has the threads', () => {
  const calm = { ...STARVED, group_tcp_receive_queue_bytes: 0, host_tcp_listen_queue_ratio: 0 };
  const host = hostWith(
    { ...calm, group_threads: 30_000, host_threads_used_ratio: 0.97 },
    { others: { small: { ...calm, group_threads: 12 } } },
  );
  const [large, small] = host.groups.map((group) => judgeWith(threadStarvation, group)?.score ?? 0);
  assert.ok(large! >= 0.5 && small! < 0.5);
});

test('threads tied to one CPU wait while others are idle; a quota or a full host explain it otherwise', () => {
  const { group_tcp_receive_queue_bytes, host_tcp_listen_queue_ratio, ...calm } = STARVED;
  const tied: FeatureValues = {
    ...calm,
    group_running_threads: 1,
    group_runnable_threads: 23,
    host_cpu_used_ratio: 0.55,
  };
  const judgement = judgeWith(threadStarvation, groupWith(tied))!;
  assert.ok(judgement.score > 0.9);
  assert.equal(judgement.suggestions[0]!.id, 'widen_affinity');
  assert.ok(scoreOf({ ...tied, host_cpu_used_ratio: 0.99 }) < 0.5, 'a full host');
  assert.ok(scoreOf({ ...tied, host_cgroup_throttled_ratio: 0.8 }) < 0.5, 'a quota');
  assert.ok(scoreOf({ ...tied, group_runnable_threads: 0.2 }) < 0.5, 'nobody waits');
});

test('where the owners of accept queues are known, only they are to blame', () => {
  const { group_listen_queue_ratio, ...unowned } = { group_listen_queue_ratio: 0, ...STARVED };
  const caller = { ...unowned, group_tcp_receive_queue_bytes: 0, host_tcp_listen_queue_ratio: 1 };
  const server = { ...caller, group_listen_queue_ratio: 1.06 };
  const { groups } = hostWith(caller, { others: { server } });
  const scores = groups.map((group) => judgeWith(threadStarvation, group)?.score ?? 0);
  assert.ok(scores[0]! < 0.5 && scores[1]! >= 0.5, `${scores}`);
});
