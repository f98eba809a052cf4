// The Theta method: halfway between a straight line and the smoothed level, winner of the M3 competition.
import { nelderMead } from '../math/nelder-mead.ts';
import type { Model } from './model.ts';
import { plausible } from './plausible.ts';

const MIN_POINTS = 8;
const MIN_SMOOTHING = 1e-3;

/**
 * Assimakopoulos & Nikolopoulos (2000) in the form of Hyndman & Billah (2003): simple exponential smoothing with a
 * drift of half the least-squares slope. O(n · evaluations).
 */
export const theta: Model = {
  name: 'theta',
  family: 'theta',
  isTrended: true,
  fit(values) {
    if (values.length < MIN_POINTS) return undefined;
    const drift = slopeOf(values) / 2;
    const run = ([point]: readonly number[]) => smooth(values, smoothing(point!), drift);
    const { point } = nelderMead((at) => run(at).squares, [0], { step: 1 });
    const { level, squares } = run(point);
    const alpha = smoothing(point[0]!);
    const variance = squares / Math.max(1, values.length - 2);
    return {
      predict: (steps) =>
        plausible(
          {
            centre: Float64Array.from({ length: steps }, (_, i) => level + drift * (i + 1)),
            error: Float64Array.from({ length: steps }, (_, i) =>
              Math.sqrt(variance * (1 + i * alpha ** 2)),
            ),
          },
          values,
          steps,
        ),
    };
  },
};

function smoothing(point: number): number {
  return MIN_SMOOTHING + (1 - MIN_SMOOTHING) / (1 + Math.exp(-point));
}

function smooth(values: Float64Array, alpha: number, drift: number) {
  let level = values[0]!;
  let squares = 0;
  for (let index = 1; index < values.length; index++) {
    const error = values[index]! - level - drift;
    squares += error * error;
    level += drift + alpha * error;
  }
  return { level, squares };
}

function slopeOf(values: Float64Array): number {
  const middle = (values.length - 1) / 2;
  let [products, squares] = [0, 0];
  for (let index = 0; index < values.length; index++) {
    products += (index - middle) * values[index]!;
    squares += (index - middle) ** 2;
  }
  return products / squares;
}
