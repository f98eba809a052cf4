// Backtest and choice: where the origins lie, who wins, who is not heard.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { backtest, planBacktest } from './backtest.ts';
import { rankModels } from './choose.ts';
import { autoregressive } from './generated-series.ts';
import type { Model } from './model.ts';
import { naive } from './naive.ts';

function fixed(name: string, value: number, error = 1): Model {
  const predict = (steps: number) => ({
    centre: new Float64Array(steps).fill(value),
    error: new Float64Array(steps).fill(error),
  });
  return { name, family: 'naive', fit: () => ({ predict }) };
}

test('six origins, half a test part from each other, with enough to learn from', () => {
  const plan = planBacktest(720, 60);
  assert.deepEqual(plan.origins, [660, 630, 600, 570, 540, 510]);
  assert.equal(plan.steps, 60);
  assert.equal(planBacktest(720, 60, 60).windowPoints, 240);
});

test('a short history is tested less far ahead, and not at all when nothing would be left', () => {
  assert.deepEqual(planBacktest(40, 60).origins, [30, 25, 20, 15]);
  assert.equal(planBacktest(40, 60).steps, 10);
  for (const length of [0, 1, 12, 16]) assert.deepEqual(planBacktest(length, 60).origins, []);
});

test('the error is the mean absolute error in units of the mean change per step', () => {
  const values = Float64Array.from({ length: 100 }, (_, i) => i % 2);
  const plan = planBacktest(100, 10);
  const trial = backtest(fixed('half', 0.5, 0.25), values, plan);
  assert.equal(trial?.error, 0.5);
  assert.ok(trial.excess.every((value) => Math.abs(value - 4) < 1e-12));
  assert.equal(backtest(fixed('sure', 0.5, 0), values, plan)?.excess[0], 10_000);
});

test('a model never sees the part that it is tested on', () => {
  const values = Float64Array.from({ length: 100 }, (_, i) => i);
  const seen: number[] = [];
  const spy: Model = {
    ...naive,
    fit(training) {
      seen.push(training.at(-1)!);
      return naive.fit(training);
    },
  };
  const plan = planBacktest(100, 10);
  backtest(spy, values, plan);
  assert.deepEqual(
    seen,
    plan.origins.map((origin) => origin - 1),
  );
});

test('a model that is silent at one origin is no candidate', () => {
  let calls = 0;
  const moody: Model = {
    ...naive,
    fit: (values) => (++calls === 3 ? undefined : naive.fit(values)),
  };
  const values = autoregressive(100, 0.5, 1);
  assert.equal(backtest(moody, values, planBacktest(100, 10)), undefined);
});

test('ARIMA leads on autocorrelated series, with its trial', () => {
  for (const memory of [0, 0.5, 0.9, 1]) {
    const ranked = rankModels(autoregressive(400, memory, 11), { steps: 60 });
    assert.equal(ranked[0]?.model.family, 'arima', `memory ${memory}`);
    assert.ok((ranked[0]?.trial?.error ?? Infinity) < Infinity);
  }
});

test('a line is led by a model with a slope', () => {
  const noise = autoregressive(200, 0, 2);
  const ranked = rankModels(
    noise.map((value, i) => i / 200 + 0.01 * value),
    { steps: 60 },
  );
  assert.equal(ranked[0]?.model.isTrended, true);
  assert.equal(ranked[0]?.model.family, 'arima');
});

test('a repeated day is led by a model that knows the season', () => {
  const noise = autoregressive(300, 0, 2);
  const values = noise.map((value, i) => Math.sin((2 * Math.PI * i) / 60) + 0.1 * value);
  assert.match(rankModels(values, { steps: 60, season: 60 })[0]?.model.name ?? '', /season/);
});

test('without a backtest the order of the list decides', () => {
  const ranked = rankModels(autoregressive(13, 0.5, 1), { steps: 60 });
  assert.equal(ranked[0]?.model.name, 'arima(0,1,1)');
  assert.ok(ranked.every(({ trial }) => trial === undefined));
});
