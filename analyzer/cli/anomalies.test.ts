import assert from 'node:assert/strict';
import { test } from 'node:test';
import { renderAnomalies, type WarmUpView } from './anomalies.ts';

const look = { columns: 80, paint: (text: string) => text, now: 2000 };
const warmUp: WarmUpView = {
  ...{ learning: 0, warming: 0, warm: 12, nextAt: null, lastAt: null },
  ...{ hosts: { followed: 1, fitted: 1 }, groups: { followed: 3, fitted: 2 } },
};
const anomaly = {
  subject: { job: 'guard', instance: 'a' },
  since: 1400,
  score: 1.5,
  confidence: 0.75,
  evidence: [
    { text: 'host_cpu is 0.9\u001b[2J, expected 0.4 (0.2 to 0.6): 80 % of it', promql: 'x' },
  ],
};

const viewOf = (anomalies: (typeof anomaly)[], more: Partial<WarmUpView> = {}) =>
  renderAnomalies({ anomalies, conditions: [], warmUp: { ...warmUp, ...more } }, look);

test('each host with what is unusual about it, without control characters', () => {
  const lines = viewOf([anomaly, { ...anomaly, subject: { signal: 'orders' } as never }]);
  assert.equal(lines[0], 'a: unusual for 10 min');
  assert.equal(lines[1], '  score 1.50, confidence 0.75');
  assert.match(lines[2] ?? '', /host_cpu is 0\.9.*expected 0\.4/);
  assert.ok(lines.every((line) => !line.includes('\u001b')));
  assert.equal(lines[4], 'orders: unusual for 10 min');
  assert.equal(lines.at(-2), '12 of 12 series have a score.');
});

test('nothing unusual says of how many that is true', () => {
  assert.deepEqual(viewOf([]), [
    'Nothing is unusual.',
    '12 of 12 series have a score.',
    'Judged as a whole: 1 of 1 hosts, 2 of 3 process groups.',
  ]);
});

test('what warms up says how long it takes, and nothing is called fine that cannot be told', () => {
  const early = {
    warm: 0,
    warming: 10,
    learning: 2,
    nextAt: 2000 + 3 * 3600,
    lastAt: 2000 + 86_400,
  };
  const lines = viewOf([], early);
  assert.equal(lines[0], 'Nothing can be told yet: 0 of 12 series have a score.');
  assert.equal(lines[1], 'The past of 2 series is being read.');
  assert.match(lines[2] ?? '', /^10 warm up, .*the next has it in 3 h, the last in 24 h\.$/);
  const none = { warm: 0, warming: 0, learning: 0 };
  assert.match(viewOf([], none).join(), /^No series is watched yet/);
  const off = renderAnomalies({ anomalies: [], conditions: [], warmUp: null }, look);
  assert.match(off.join(), /anomalies\.enabled/);
});

test('what is stuck or gone stands below, each with its host', () => {
  const condition = {
    labels: { instance: 'a' },
    text: 'temperature has stood at 41 for 3 h\u0007',
  };
  const conditions = Array.from({ length: 22 }, () => condition);
  const lines = renderAnomalies({ anomalies: [], conditions, warmUp }, look);
  assert.equal(lines[2], 'Stuck, gone, begun again, or otherwise for good');
  assert.equal(lines[3], '  a: temperature has stood at 41 for 3 h?');
  assert.ok(lines.includes('  … and 2 more (--output json)'));
});
