// A straight line taken out before a model and put back after it: drift for models that have none.
import type { Model } from './model.ts';

/** The slope is that of the recent past: four horizons of 60 steps. */
const TREND_POINTS = 240;

/** The model on what a least-squares line leaves of the last 240 values. */
export function withTrend(model: Model): Model {
  return {
    name: `${model.name}+trend`,
    family: model.family,
    isTrended: true,
    fit(values) {
      const recent = values.slice(-TREND_POINTS);
      const line = leastSquares(recent);
      const fitted = model.fit(recent.map((value, index) => value - line(index)));
      if (fitted === undefined) return undefined;
      return {
        predict(steps) {
          const path = fitted.predict(steps);
          if (path === undefined) return undefined;
          return {
            centre: path.centre.map((value, i) => value + line(recent.length + i)),
            error: path.error.map((error, i) => error * slopeDoubt(i + 1, recent.length)),
          };
        },
      };
    },
  };
}

/** The slope is an estimate too: what it adds for a random walk with drift, as in `drift.ts`. */
function slopeDoubt(steps: number, points: number): number {
  return Math.sqrt(1 + steps / points);
}

function leastSquares(values: Float64Array): (index: number) => number {
  const middle = (values.length - 1) / 2;
  let [sum, products, squares] = [0, 0, 0];
  for (let index = 0; index < values.length; index++) {
    sum += values[index]!;
    products += (index - middle) * values[index]!;
    squares += (index - middle) ** 2;
  }
  const slope = squares > 0 ? products / squares : 0;
  return (index) => sum / values.length + slope * (index - middle);
}
