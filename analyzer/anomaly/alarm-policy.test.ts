import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  alarmPolicy,
  DEFAULT_POLICY,
  edgeRarity,
  excuse,
  isBusinessHour,
  isOutsideRange,
} from './alarm-policy.ts';

test('the defaults are a valid policy', () => {
  assert.deepEqual(alarmPolicy(), DEFAULT_POLICY);
});

test('each impossible setting is named', () => {
  const wrong = [
    [{ sensitivity: 0 }, /^sensitivity 0/],
    [{ sensitivity: Number.NaN }, /^sensitivity NaN/],
    [{ alarmsPerDay: -1 }, /^alarmsPerDay -1/],
    [{ minAbsoluteDeviation: -1 }, /^minAbsoluteDeviation -1/],
    [{ minRelativeDeviation: Number.NaN }, /^minRelativeDeviation NaN/],
    [{ range: { min: 1, max: 1 } }, /^range 1 to 1/],
    [{ warmUpSeconds: -1 }, /^warmUpSeconds -1/],
  ] as const;
  for (const [settings, message] of wrong)
    assert.throws(() => alarmPolicy(settings), { name: 'RangeError', message });
});

test('the edge rises with the history and falls with the sensitivity', () => {
  assert.equal(edgeRarity(0.5, 1000), 2.35);
  assert.equal(edgeRarity(0.5, 10_000), 2.85);
  assert.ok(Math.abs(edgeRarity(0.6, 1000) - 2.15) < 1e-12);
  assert.equal(edgeRarity(0.5, 0), edgeRarity(0.5, 100));
  assert.equal(edgeRarity(0.999, 0) >= 0.5, true);
});

test('a departure is excused by direction, size and share, not at the limit itself', () => {
  const both = alarmPolicy({ minAbsoluteDeviation: 5, minRelativeDeviation: 0.1 });
  assert.equal(excuse(both, { value: 104, expected: 100 }), 'min_absolute_deviation');
  assert.equal(excuse(both, { value: 109, expected: 100 }), 'min_relative_deviation');
  assert.equal(excuse(both, { value: 110, expected: 100 }), undefined);
  const above = alarmPolicy({ direction: 'above' });
  assert.equal(excuse(above, { value: 50, expected: 100 }), 'direction');
  assert.equal(excuse(above, { value: 150, expected: 100 }), undefined);
  assert.equal(excuse(above, { value: 150, expected: Number.NaN }), undefined);
});

test('the range includes its ends', () => {
  const policy = alarmPolicy({ range: { min: 0, max: 1 } });
  assert.deepEqual(
    [-0.1, 0, 1, 1.1].map((value) => isOutsideRange(policy, value)),
    [true, false, false, true],
  );
});

test('business hours are the local ones, on the weekdays named', () => {
  const weekdays = [1, 2, 3, 4, 5];
  const policy = alarmPolicy({ businessHours: { from: 9, to: 17, weekdays } });
  const local = (text: string) => Date.parse(`${text}Z`) / 1000;
  assert.equal(isBusinessHour(policy, local('2026-03-23T09:00:00')), true, 'Monday');
  assert.equal(isBusinessHour(policy, local('2026-03-23T17:00:00')), false);
  assert.equal(isBusinessHour(policy, local('2026-03-28T12:00:00')), false, 'Saturday');
  assert.equal(isBusinessHour(policy, local('1969-12-31T12:00:00')), true, 'a Wednesday');
  assert.equal(isBusinessHour(alarmPolicy(), local('2026-03-28T03:00:00')), true);
});
