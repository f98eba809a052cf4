import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ProphetStanData } from '@bsull/augurs/prophet';
import { autoregressive } from './generated-series.ts';
import { prophetOptimizer } from './prophet-optimizer.ts';

const T = 200;
const noise = autoregressive(T, 0, 2);
const t = Array.from({ length: T }, (_, i) => i / (T - 1));
const waves = t.map((time) => [Math.sin(40 * time), Math.cos(40 * time)]);
/** A line that bends at 0.5, with one wave. */
const y = t.map(
  (time, i) => 0.2 + 0.5 * time - Math.max(0, time - 0.5) + 0.1 * waves[i]![0]! + 0.01 * noise[i]!,
);
const changes = [0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7];
const DATA = {
  ...{
    T,
    S: changes.length,
    K: 2,
    tau: 0.05,
    trend_indicator: 0,
    t,
    y,
    t_change: changes,
    X: waves,
  },
  ...{ cap: t.map(() => 0), s_a: [1, 1], s_m: [0, 0], sigmas: [10, 10] },
};
const INIT = {
  ...{ k: 0, m: 0, sigmaObs: 1 },
  ...{ delta: new Float64Array(changes.length), beta: new Float64Array(2) },
};
const optimize = (data: Omit<ProphetStanData, 'X'> & { X: number[][] }) =>
  prophetOptimizer.optimize(INIT, JSON.stringify(data), {}).params;

/** The logarithm of the posterior of prophet.stan for a linear trend, at a given noise and up to a constant. */
function posterior(point: Float64Array, sigma: number): number {
  const [k, m] = [point[0]!, point[1]!];
  const delta = point.slice(2, 2 + changes.length);
  const beta = point.slice(2 + changes.length);
  let sum = -(k ** 2 + m ** 2) / 50;
  for (const change of delta) sum -= Math.abs(change) / DATA.tau;
  for (const weight of beta) sum -= weight ** 2 / 200;
  for (const [i, time] of t.entries()) {
    const bends = changes.reduce((s, at, j) => s + delta[j]! * Math.max(0, time - at), 0);
    const fitted = k * time + m + bends + beta[0]! * waves[i]![0]! + beta[1]! * waves[i]![1]!;
    sum -= (y[i]! - fitted) ** 2 / (2 * sigma ** 2);
  }
  return sum;
}

test('no neighbour of the optimum is more probable', () => {
  const { k, m, delta, beta, sigmaObs } = optimize(DATA);
  const point = Float64Array.of(k, m, ...delta, ...beta);
  const best = posterior(point, sigmaObs);
  for (let axis = 0; axis < point.length; axis++)
    for (const change of [-1e-3, 1e-3]) {
      const moved = point.slice();
      moved[axis]! += change;
      assert.ok(posterior(moved, sigmaObs) < best + 1e-3, `parameter ${axis} by ${change}`);
    }
});

test('the bend is found, the noise is that of the data, and the trend is what was fitted', () => {
  const { delta, beta, sigmaObs, trend } = optimize(DATA);
  assert.ok(delta[4]! < -0.7, String(delta));
  assert.ok(Math.abs(beta[0]! - 0.1) < 0.005);
  assert.ok(Math.abs(sigmaObs - 0.01) < 0.002);
  assert.equal(trend.length, T);
});

test('what is not linear is refused', () => {
  assert.throws(() => optimize({ ...DATA, trend_indicator: 1 }), RangeError);
  assert.throws(() => optimize({ ...DATA, s_m: [0, 1] }), RangeError);
});
