import assert from 'node:assert/strict';
import { test } from 'node:test';
import { GUILTY } from './guilty.contract.ts';
import { networkSaturation } from './network-saturation.ts';
import {
  type FeatureValues,
  groupWith,
  hostWith,
  judgeWith,
  ruleContract,
} from './rule.contract.ts';

const FULL = GUILTY.network_saturation;
const scoreOf = (values: FeatureValues) =>
  judgeWith(networkSaturation, groupWith(values))?.score ?? 0;
/** A sender behind a queue on a device whose speed nobody knows. */
const { host_network_used_ratio, ...QUEUED } = FULL;

ruleContract(networkSaturation, groupWith(FULL));

test('a full link is blamed on who fills it', () => {
  const judgement = judgeWith(networkSaturation, groupWith(FULL))!;
  assert.ok(judgement.score > 0.9);
  assert.match(judgement.evidence.map(({ text }) => text).join('\n'), /eth0 is 98 % in use/);
  const others = { bulk: { group_network_bytes_per_second: 900e6 } };
  const small = hostWith(FULL, { others }).groups[0]!;
  assert.ok(judgeWith(networkSaturation, small)!.score < 0.5, 'another group sends nine tenths');
});

test('a queue on a link of unknown speed is seen by the round trips that it adds', () => {
  assert.ok(scoreOf(QUEUED) > 0.9);
});

test('a sender that has never been quiet is seen by the quickest round trips of its own connections', () => {
  const { group_tcp_rtt_seconds_baseline, ...unknown } = QUEUED;
  assert.ok(scoreOf(unknown) < 0.5);
  assert.ok(scoreOf({ ...unknown, group_tcp_queueing_seconds: 0.09 }) > 0.9);
  const used = { ...QUEUED, group_tcp_rtt_seconds_baseline: 0.199 };
  assert.ok(scoreOf({ ...used, group_tcp_queueing_seconds: 0.09 }) > 0.9);
});

test('look-alikes are silent', () => {
  const silent: Record<string, FeatureValues> = {
    'a bulk sender on a fast path': { ...QUEUED, group_tcp_rtt_seconds: 0.0102 },
    'a distant peer': { ...QUEUED, group_tcp_rtt_seconds_baseline: 0.199 },
    'a slow path without a queue': { ...QUEUED, group_tcp_send_queue_bytes: 900 },
    'nearly no traffic': { ...FULL, group_network_bytes_per_second: 900 },
    'a link that is half used': {
      ...FULL,
      host_network_used_ratio: 0.5,
      group_tcp_send_queue_bytes: 0,
    },
  };
  for (const [name, values] of Object.entries(silent)) assert.ok(scoreOf(values) < 0.5, name);
});
