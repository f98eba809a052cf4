// References: scipy 1.17.1 `stats.norm.ppf` and `stats.norm.sf`.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { normalHalfWidth, normalQuantile, normalUpperTail } from './normal.ts';

function closeRelative(actual: number, want: number, tolerance: number): void {
  assert.ok(Math.abs(actual - want) <= tolerance * Math.abs(want), `${actual} is not ${want}`);
}

test('the quantile is the one of scipy from the centre to the far tail', () => {
  const cases = [
    [1e-300, -37.0470962993612],
    [1e-10, -6.361340902404056],
    [0.001, -3.090232306167813],
    [0.025, -1.9599639845400545],
    [0.1, -1.2815515655446004],
    [0.3, -0.5244005127080409],
    [0.9, 1.2815515655446004],
    [0.975, 1.959963984540054],
    [0.999999, 4.753424308817087],
  ] as const;
  for (const [probability, want] of cases) closeRelative(normalQuantile(probability), want, 1e-13);
  assert.equal(normalQuantile(0.5), 0);
});

test('the ends are infinite and what is no probability is NaN', () => {
  assert.equal(normalQuantile(0), -Infinity);
  assert.equal(normalQuantile(1), Infinity);
  for (const probability of [-0.1, 1.1, Number.NaN])
    assert.equal(normalQuantile(probability), Number.NaN);
});

test('the half width of the usual levels', () => {
  closeRelative(normalHalfWidth(0.95), 1.959963984540054, 1e-13);
  closeRelative(normalHalfWidth(0.8), 1.2815515655446004, 1e-13);
});

test('the upper tail is the one of scipy, far out as well', () => {
  const cases = [
    [-3, 0.9986501019683699],
    [0, 0.5],
    [0.5, 0.3085375387259869],
    [1.959963984540054, 0.025],
    [5, 2.866515718791933e-7],
    [7.5, 3.1908916729108844e-14],
    [20, 2.7536241186061556e-89],
  ] as const;
  for (const [x, want] of cases) closeRelative(normalUpperTail(x), want, 1e-8);
  assert.equal(normalUpperTail(Infinity), 0);
  assert.equal(normalUpperTail(Number.NaN), Number.NaN);
});

test('the tail undoes the quantile', () => {
  for (const probability of [0.001, 0.05, 0.4, 0.77, 0.995])
    closeRelative(normalUpperTail(normalQuantile(1 - probability)), probability, 1e-12);
});
