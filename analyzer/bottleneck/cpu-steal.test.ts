import assert from 'node:assert/strict';
import { test } from 'node:test';
import { cpuSteal } from './cpu-steal.ts';
import { GUILTY } from './guilty.contract.ts';
import { judgeWith, ruleContract, subjectWith } from './rule.contract.ts';

const STOLEN = GUILTY.cpu_steal;
const judge = (values: Record<string, number>) =>
  judgeWith(cpuSteal, subjectWith(cpuSteal, values));

ruleContract(cpuSteal, subjectWith(cpuSteal, STOLEN));

test('the host is the subject and no group is blamed', () => {
  const { subject } = subjectWith(cpuSteal, STOLEN);
  assert.deepEqual(subject, { job: 'latency-guard-exporter', instance: 'a:10910' });
  assert.match(judge(STOLEN)!.evidence[0]!.text, /withheld 35 % of the CPU time/);
  assert.equal(judge(STOLEN)!.severity, 'critical');
});

test('a busy host of its own, and a little stolen time, are silent', () => {
  assert.ok(judge({ ...STOLEN, host_cpu_steal_ratio: 0 })!.score < 0.5);
  assert.ok(judge({ ...STOLEN, host_cpu_steal_ratio: 0.05 })!.score < 0.5);
});
