import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fdExhaustion } from './fd-exhaustion.ts';
import { GUILTY } from './guilty.contract.ts';
import { type FeatureValues, groupWith, judgeWith, ruleContract } from './rule.contract.ts';

const FULL = GUILTY.fd_exhaustion;
const scoreOf = (values: FeatureValues) => judgeWith(fdExhaustion, groupWith(values))?.score ?? 0;

ruleContract(fdExhaustion, groupWith(FULL));

test('near the limit is found without a forecast, and nearly at it is critical', () => {
  assert.ok(scoreOf({ group_fd_used_ratio: 0.85 }) >= 0.5);
  const judgement = judgeWith(fdExhaustion, groupWith({ ...FULL, group_fd_used_ratio: 0.97 }))!;
  assert.equal(judgement.severity, 'critical');
  assert.match(judgement.evidence[0]!.text, /97 % of the files open that it may open/);
  assert.match(judgement.evidence[2]!.text, /at this rate it is at its limit in less than 5 min/);
});

test('a steep rise is found before the limit', () => {
  assert.ok(scoreOf({ group_fd_used_ratio: 0.45, group_fd_used_ratio_predicted: 1.6 }) >= 0.5);
});

test('many open files at a constant level, a start and a fall are silent', () => {
  assert.ok(scoreOf({ group_fd_used_ratio: 0.6, group_fd_used_ratio_predicted: 0.6 }) < 0.5);
  assert.ok(scoreOf({ group_fd_used_ratio: 0.05, group_fd_used_ratio_predicted: 4 }) < 0.5);
  assert.ok(scoreOf({ group_fd_used_ratio: 0.7, group_fd_used_ratio_predicted: 0.2 }) < 0.5);
});
