// ARIMA by the `arima` package (ctsa compiled to WebAssembly), behind guards: it fails without saying so.
import ARIMA from 'arima';
import { mean, standardDeviation } from '../math/moments.ts';
import type { Model, Path } from './model.ts';
import { plausible } from './plausible.ts';

/** Orders as Box & Jenkins write them: autoregressive, differences, moving average. */
export type Order = readonly [p: number, d: number, q: number];

/**
 * The package's settings. Its default, exact maximum likelihood (0), was seen to answer 1e208
 * without an error; with the conditional sum of squares (1), BFGS (5) was the fastest of its eight
 * optimisers (0.2–3 ms for 240 points) among those without a wild path on seven kinds of series.
 * Its automatic order selection returns uninitialised memory, so the orders are fixed here.
 */
const CONDITIONAL_SUM_OF_SQUARES = 1;
const BFGS = 5;
/** The package refuses shorter series; longer ones overflow the stack of the WebAssembly module. */
const MIN_POINTS = 12;
const MAX_POINTS = 720;

/** One ARIMA order. With d = 0 a mean is estimated too. */
export function arima(order: Order): Model {
  return {
    name: `arima(${order.join(',')})`,
    family: 'arima',
    fit(values) {
      const [p, d, q] = order;
      if (values.length < MIN_POINTS + p + d + q) return undefined;
      // The package's memory is its own: fit and predict share one call, so that it is always freed.
      return { predict: (steps) => predict(order, values.slice(-MAX_POINTS), steps) };
    },
  };
}

function predict(order: Order, values: Float64Array, steps: number): Path | undefined {
  const centre = mean(values);
  const spread = standardDeviation(values);
  if (!(spread > 0))
    return { centre: new Float64Array(steps).fill(centre), error: new Float64Array(steps) };
  const answer = run(
    order,
    values.map((value) => (value - centre) / spread),
    steps,
  );
  if (answer === undefined) return undefined;
  const path = {
    centre: Float64Array.from(answer.centre, (value) => centre + spread * value),
    error: Float64Array.from(answer.variance, (value) => spread * Math.sqrt(value)),
  };
  return plausible(path, values, steps);
}

interface Answer {
  readonly centre: readonly number[];
  readonly variance: readonly number[];
}

function run([p, d, q]: Order, standardised: Float64Array, steps: number): Answer | undefined {
  const options = { p, d, q, method: CONDITIONAL_SUM_OF_SQUARES, optimizer: BFGS, verbose: false };
  const model = new ARIMA(options);
  try {
    const [centre, variance] = model.train(Array.from(standardised)).predict(steps);
    return { centre, variance };
  } catch {
    // A trap inside the module, or a length that the package refuses: the next candidate may do.
    return undefined;
  } finally {
    model.destroy();
  }
}
