import assert from 'node:assert/strict';
import { test } from 'node:test';
import { renderAnomalies } from './anomalies.ts';

const look = { columns: 80, paint: (text: string) => text, now: 2000 };
const anomaly = {
  subject: { job: 'guard', instance: 'a' },
  since: 1400,
  score: 1.5,
  confidence: 0.75,
  evidence: [
    { text: 'host_cpu is 0.9\u001b[2J, expected 0.4 (0.2 to 0.6): 80 % of it', promql: 'x' },
  ],
};

test('each host with what is unusual about it, without control characters', () => {
  const lines = renderAnomalies([anomaly, { ...anomaly, subject: { signal: 'orders' } }], 12, look);
  assert.equal(lines[0], 'a: unusual for 10 min');
  assert.equal(lines[1], '  score 1.50, confidence 0.75');
  assert.match(lines[2] ?? '', /host_cpu is 0\.9.*expected 0\.4/);
  assert.ok(lines.every((line) => !line.includes('\u001b')));
  assert.equal(lines[4], 'orders: unusual for 10 min');
});

test('nothing unusual says of how many that is true', () => {
  assert.deepEqual(renderAnomalies([], 12, look), ['Nothing is unusual; 12 series have a score.']);
  assert.match(
    renderAnomalies([], 0, look).join(),
    /^Nothing can be told yet: no series has a score/,
  );
});
