import assert from 'node:assert/strict';
import { test } from 'node:test';
import { GUILTY } from './guilty.contract.ts';
import { networkPathOfGroup, networkPathOfTarget } from './network-path.ts';
import { type FeatureValues, judgeWith, ruleContract, subjectWith } from './rule.contract.ts';
import type { BottleneckRule } from './rule.ts';

const LOSSY = GUILTY.network_path;
const scoreOf = (rule: BottleneckRule, values: FeatureValues) =>
  judgeWith(rule, subjectWith(rule, values))?.score ?? 0;

ruleContract(networkPathOfTarget, subjectWith(networkPathOfTarget, LOSSY));
ruleContract(networkPathOfGroup, subjectWith(networkPathOfGroup, LOSSY));

test('loss and a silent target are found, the latter is critical', () => {
  const silent = subjectWith(networkPathOfTarget, { ...LOSSY, target_ping_loss_ratio: 1 });
  assert.equal(silent.subject.target, 'gw');
  assert.equal(judgeWith(networkPathOfTarget, silent)!.severity, 'critical');
});

test('a path that got several times slower is found below the absolute limit', () => {
  const slow = { ...LOSSY, target_ping_loss_ratio: 0 };
  assert.ok(scoreOf(networkPathOfTarget, slow) > 0.5);
  const { target_ping_rtt_seconds_baseline, ...unknown } = slow;
  assert.ok(scoreOf(networkPathOfTarget, { ...unknown, target_ping_rtt_seconds: 0.2 }) > 0.5);
});

test('look-alikes of a target are silent', () => {
  const quick = { ...LOSSY, target_ping_loss_ratio: 0, target_ping_rtt_seconds: 0.01 };
  const silent: Record<string, FeatureValues> = {
    'all is well': quick,
    'a distant target': {
      ...quick,
      target_ping_rtt_seconds: 0.25,
      target_ping_rtt_seconds_baseline: 0.24,
    },
    'from 50 µs to 400 µs': {
      ...quick,
      target_ping_rtt_seconds: 0.0004,
      target_ping_rtt_seconds_baseline: 0.00005,
    },
    'one lost packet': { ...quick, target_ping_loss_ratio: 0.017 },
    'ping itself does not work': { ...LOSSY, host_ping_self_check: 0 },
    'the own link is full': { ...LOSSY, host_network_used_ratio: 0.99 },
  };
  for (const [name, values] of Object.entries(silent)) {
    assert.ok(scoreOf(networkPathOfTarget, values) < 0.5, name);
  }
});

test('a group that sends again is silent when its own queue is the reason, or when it is rare', () => {
  const queue = { group_tcp_send_queue_bytes: 2e6, group_tcp_rtt_seconds_baseline: 0.001 };
  assert.ok(scoreOf(networkPathOfGroup, LOSSY) > 0.5);
  assert.ok(scoreOf(networkPathOfGroup, { ...LOSSY, ...queue, group_tcp_rtt_seconds: 0.3 }) < 0.5);
  assert.ok(
    scoreOf(networkPathOfGroup, { ...LOSSY, group_tcp_resent_segments_per_second: 0.1 }) < 0.5,
  );
  assert.ok(scoreOf(networkPathOfGroup, { ...LOSSY, group_tcp_resent_ratio: 0.001 }) < 0.5);
  const refused = { ...LOSSY, host_tcp_listen_drops_per_second: 100 };
  assert.ok(scoreOf(networkPathOfGroup, refused) < 0.5, 'its requests to connect fell here');
});
