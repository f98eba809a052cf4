import assert from 'node:assert/strict';
import { test } from 'node:test';
import { GUILTY } from './guilty.contract.ts';
import { ioBound } from './io-bound.ts';
import { memoryPressure } from './memory-pressure.ts';
import { type FeatureValues, groupWith, judgeWith, ruleContract } from './rule.contract.ts';

const SHORT = GUILTY.memory_pressure;
const scoreOf = (values: FeatureValues) => judgeWith(memoryPressure, groupWith(values))?.score ?? 0;
/** A working set above the limit of its cgroup, on a host with plenty. */
const LIMITED: FeatureValues = {
  group_anonymous_memory_bytes: 0.2e9,
  host_memory_total_bytes: 8e9,
  host_memory_available_bytes: 6e9,
  host_memory_waiting_ratio: 0.01,
  group_major_faults_per_second: 20_000,
  group_cgroup_memory_used_ratio: 0.995,
};

ruleContract(memoryPressure, groupWith(SHORT));

test('who holds the memory of a host that is short of it is blamed', () => {
  const judgement = judgeWith(memoryPressure, groupWith(SHORT))!;
  assert.ok(judgement.score > 0.8);
  assert.equal(judgement.severity, 'critical', 'everything stands still a tenth of the time');
  assert.match(judgement.evidence[0]!.text, /shop holds 5.59 GiB/);
});

test('a small group on such a host is not', () => {
  assert.ok(scoreOf({ ...SHORT, group_anonymous_memory_bytes: 0.3e9 }) < 0.5);
});

test('major faults at the limit of the own cgroup are found while the host has plenty', () => {
  assert.ok(scoreOf(LIMITED) > 0.8);
  const { group_cgroup_memory_used_ratio, ...unknown } = LIMITED;
  const guess = { host_cgroup_memory_used_ratio: 0.99, host_cgroup_memory_failures_per_second: 90 };
  assert.ok(scoreOf({ ...unknown, ...guess }) >= 0.5, 'some cgroup reclaims, this group faults');
  assert.ok(scoreOf(unknown) < 0.5, 'no cgroup is at its limit');
});

test('look-alikes are silent', () => {
  const silent: Record<string, FeatureValues> = {
    'file cache that fills the host stays available': {
      ...SHORT,
      host_memory_available_bytes: 6e9,
      host_swap_bytes_per_second: 0,
    },
    'a large process on a host with room': {
      group_anonymous_memory_bytes: 5e9,
      host_memory_total_bytes: 8e9,
      host_memory_available_bytes: 2.5e9,
      host_memory_waiting_ratio: 0,
    },
    'file cache at the limit of the cgroup': { ...LIMITED, group_major_faults_per_second: 2 },
    'a program that maps its files at its start': {
      ...LIMITED,
      group_cgroup_memory_used_ratio: 0.3,
    },
  };
  for (const [name, values] of Object.entries(silent)) assert.ok(scoreOf(values) < 0.5, name);
});

test('reading for want of memory is not blamed on the disk', () => {
  const disk = { group_disk_wait_threads: 2, host_io_waiting_ratio: 0.9, host_disk_busy_ratio: 1 };
  const score = (values: FeatureValues) => judgeWith(ioBound, groupWith(values))?.score ?? 0;
  assert.ok(score({ ...LIMITED, ...disk }) < 0.5);
  assert.ok(score({ ...LIMITED, ...disk, group_major_faults_per_second: 3 }) > 0.9);
});
