import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fitMultivariate, judgeMoment, sharesOf, startOf } from './multivariate.ts';
import { explain } from './multivariate-explanation.ts';
import { change, generateHost, STEP_SECONDS } from './multivariate-generated.ts';
import { learn, observe, startStream } from './multivariate-stream.ts';
import { historyOf } from './multivariate-training.ts';

const PAST_ROWS = 1500;
const all = generateHost(PAST_ROWS + 400, 1);
const names = ['cpu', 'requests', 'idle', 'errors', 'bytes', 'limit'];

function follow(moments: typeof all) {
  const stream = startStream(6, 9);
  learn(stream, moments.slice(0, PAST_ROWS));
  return { stream, seen: moments.slice(PAST_ROWS).map((moment) => observe(stream, moment)) };
}

test('a usual day raises no alarm, and most scores are far below the edge', () => {
  const { seen } = follow(all);
  assert.equal(seen.filter(({ alarmSince }) => alarmSince !== undefined).length, 0);
  const scores = seen.map(({ judgement }) => judgement!.score).sort((a, b) => a - b);
  assert.ok(scores[200]! < 0.4, `median ${scores[200]}`);
});

test('a series that breaks away raises one alarm, is named with the largest share, and since when', () => {
  const from = PAST_ROWS + 200;
  const broken = change(all, { column: 3, from, to: from + 12, by: (value) => value + 1 });
  const { seen } = follow(broken);
  const open = seen.flatMap(({ alarmSince }) => alarmSince ?? []);
  assert.deepEqual([...new Set(open)], [from * STEP_SECONDS]);
  const at = from + 8;
  const { stream, seen: upToNow } = follow(broken.slice(0, at + 1));
  const judgement = upToNow.at(-1)!.judgement!;
  const shares = sharesOf(stream.model!, judgement);
  assert.ok(Math.abs(shares.reduce((sum, share) => sum + share, 0) - 1) < 1e-9);
  const explanation = explain({
    names,
    model: stream.model!,
    judgement,
    window: broken.slice(at - 30, at + 1),
    since: open[0]!,
  });
  assert.equal(explanation.contributors[0]?.series, 'errors');
  assert.ok(explanation.contributors[0]!.actual > explanation.contributors[0]!.upper);
  assert.deepEqual(explanation.first, { series: 'errors', time: from * STEP_SECONDS });
  assert.ok(explanation.confidence > 0.5);
  assert.ok(explanation.agreeing.includes('autoencoder'));
});

test('a stored stream resumes with identical scores', () => {
  const stream = startStream(6, 9);
  learn(stream, all.slice(0, 400));
  for (const moment of all.slice(400, 420)) observe(stream, moment);
  const resumed = structuredClone(stream);
  // Long enough for both to be fitted anew.
  for (const moment of all.slice(420, 480))
    assert.deepEqual(observe(resumed, moment), observe(stream, moment));
});

test('without a past the first rows have no judgement, then a model comes', () => {
  const stream = startStream(6, 9);
  const judged = all.slice(0, 60).map((moment) => observe(stream, moment).judgement !== undefined);
  assert.equal(judged[0], false);
  assert.equal(judged[59], true);
});

test('constant, missing and level series are no anomaly', () => {
  const moments = Array.from({ length: 600 }, (_, i) => ({
    time: i * 60,
    row: Float64Array.of(5, i % 7 === 0 ? Number.NaN : 3, 0, Number.NaN),
  }));
  const stream = startStream(4, 1);
  const open = moments.filter((moment) => observe(stream, moment).alarmSince !== undefined);
  assert.equal(open.length, 0);
});

test('scores do not depend on units', () => {
  const scaled = all.map(({ time, row }) => ({ time, row: row.map((value) => value * 4096) }));
  const [plain, other] = [all, scaled].map((moments) => {
    const model = fitMultivariate({ ...historyOf(moments.slice(0, 600)), seed: 1 })!;
    return judgeMoment(model, { ...moments[600]!, trail: startOf(model) }).score;
  });
  assert.ok(Math.abs(plain! - other!) < 1e-6, `${plain} and ${other}`);
});

test('too few rows, or too many series, have no model', () => {
  assert.equal(fitMultivariate({ ...historyOf(all.slice(0, 19)), seed: 1 }), undefined);
  const wide = all.slice(0, 40).map(({ time }) => ({ time, row: new Float64Array(201) }));
  assert.equal(fitMultivariate({ ...historyOf(wide), seed: 1 }), undefined);
});

test('wrong requests are refused', () => {
  const model = fitMultivariate({ ...historyOf(all.slice(0, 100)), seed: 1 })!;
  const question = { ...all[100]!, trail: startOf(model) };
  assert.throws(() => judgeMoment(model, { ...question, sensitivity: 1 }), /sensitivity of 1/);
  const stale = { ...model, members: [{ ...model.members[0]!, name: 'gone' }] };
  assert.throws(() => judgeMoment(stale, question), /fit it anew/);
  assert.throws(() => observe(startStream(2, 1), all[0]!), /6 values: expected 2/);
  const judgement = judgeMoment(model, question);
  assert.throws(() => explain({ names, model, judgement, window: [], since: 0 }), /0 rows/);
});

test('more sensitivity is a higher score', () => {
  const model = fitMultivariate({ ...historyOf(all.slice(0, 600)), seed: 1 })!;
  const question = { ...all[600]!, trail: startOf(model) };
  const at = (sensitivity: number) => judgeMoment(model, { ...question, sensitivity }).score;
  assert.ok(at(0.8) > at(0.5) && at(0.5) > at(0.2));
});
