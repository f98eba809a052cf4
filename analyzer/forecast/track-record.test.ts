import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Claim, createTrackRecord, MIN_OUTCOMES, stretched } from './track-record.ts';

const claim = (target: number, changes: Partial<Claim> = {}): Claim => ({
  subject: 'a',
  target,
  median: 10,
  naive: 8,
  bounds: [
    { level: 0.8, lower: 9, upper: 11 },
    { level: 0.95, lower: 7, upper: 13 },
  ],
  ...changes,
});

/** A record in which each actual value was foretold by the same claim. */
function recordOf(actuals: readonly number[]) {
  const record = createTrackRecord();
  for (const [index, actual] of actuals.entries()) {
    record.claim(claim(index));
    record.settle('a', index, () => actual);
  }
  return record;
}

test('nothing is published before enough is known', () => {
  assert.equal(recordOf(Array(MIN_OUTCOMES - 1).fill(10)).accuracy(), undefined);
  assert.ok(recordOf(Array(MIN_OUTCOMES).fill(10)).accuracy());
});

test('errors, coverage and the comparison with the naive model are what they are by hand', () => {
  // Errors 0 0 0 0 0 2 2 2 2 4, naive errors 2 2 2 2 2 4 4 4 4 2.
  const accuracy = recordOf([10, 10, 10, 10, 10, 12, 12, 12, 12, 6]).accuracy();
  assert.equal(accuracy?.outcomes, 10);
  assert.ok(Math.abs(accuracy.scaledError - 12 / 28) < 1e-12);
  assert.ok(Math.abs(accuracy.rootMeanSquareError - Math.sqrt(3.2)) < 1e-12);
  assert.ok(Math.abs(accuracy.percentageError - (4 * (2 / 12) + 4 / 6) / 10) < 1e-12);
  assert.equal(accuracy.naiveWinsRatio, 0.1);
  assert.equal(accuracy.coverage.get(0.8), 0.5);
  assert.equal(accuracy.coverage.get(0.95), 0.9);
});

test('a claim waits for its moment, is settled once, and a gap in the truth is no outcome', () => {
  const record = createTrackRecord();
  for (let target = 0; target < 20; target++) {
    record.claim(claim(target));
    record.claim(claim(target, { median: 1000 }));
    record.claim(claim(target, { subject: 'b' }));
  }
  record.settle('a', 14, (time) => (time < 3 ? Number.NaN : 10));
  assert.equal(record.accuracy()?.outcomes, 12);
  assert.equal(record.accuracy()?.rootMeanSquareError, 0);
  record.settle('a', 14, () => 99);
  assert.equal(record.accuracy()?.outcomes, 12);
});

test('too many misses widen the interval until it holds, too many hits narrow it', () => {
  assert.ok(recordOf(Array(100).fill(20)).factor(0.8) > 3);
  assert.ok(recordOf(Array(400).fill(10)).factor(0.8) < 0.6);
  const honest = Array.from({ length: 500 }, (_, i) => (i % 5 === 0 ? 20 : 10));
  const factor = recordOf(honest).factor(0.8);
  assert.ok(factor > 0.95 && factor < 1.05, String(factor));
  assert.equal(createTrackRecord().factor(0.8), 1);
});

test('stretching keeps the median and scales each side', () => {
  const forecast = {
    model: 'x',
    median: Float64Array.of(10),
    intervals: [{ level: 0.8, lower: Float64Array.of(9), upper: Float64Array.of(12) }],
  };
  const [interval] = stretched(forecast, () => 2).intervals;
  assert.deepEqual([interval?.lower[0], interval?.upper[0]], [8, 14]);
});

test('each model is measured by itself once it has made enough of the forecasts', () => {
  const record = createTrackRecord();
  for (let target = 0; target < 2 * MIN_OUTCOMES + 3; target++) {
    const model = target < MIN_OUTCOMES ? 'arima' : 'ensemble';
    record.claim(claim(target, { model: target >= 2 * MIN_OUTCOMES ? 'drift' : model }));
    record.settle('a', target, () => (model === 'arima' ? 10 : 12));
  }
  const byModel = record.accuracy()?.byModel;
  assert.deepEqual([...byModel!.keys()], ['arima', 'ensemble']);
  assert.equal(byModel?.get('arima')?.rootMeanSquareError, 0);
  assert.equal(byModel?.get('ensemble')?.rootMeanSquareError, 2);
});
