// Rolling origin: what would the model have said earlier, and how wrong would it have been?
import type { Frame, Model } from './model.ts';
import { MIN_SEASONS } from './with-season.ts';

const MAX_ORIGINS = 6;
/** Points that a model may learn from at each origin; the costly models are linear in it. */
const WINDOW_POINTS = 200;
const MIN_WINDOW_SEASONS = 4;
const MIN_TRAINING_POINTS = 14;
/** A test part is at most this share of the history, so that the rest can be learnt from. */
const MAX_TEST_SHARE = 1 / 4;

export interface Plan {
  /** Index of the first value that the model must not see, newest first. */
  readonly origins: readonly number[];
  readonly steps: number;
  readonly windowPoints: number;
  readonly frame?: Frame;
}

export interface Trial {
  readonly model: Model;
  /** Mean absolute scaled error (Hyndman & Koehler 2006) over all origins and steps. */
  readonly error: number;
  /** Per step, the mean over the origins of (error / standard error)²: 1 for an honest model. */
  readonly excess: Float64Array;
  readonly origins: number;
}

/**
 * At most six origins, half a test part from each other; none when the history is too short. With a
 * season each origin leaves the three seasons to learn from that seasonal models need, if it can be.
 */
export function planBacktest(length: number, steps: number, season = 0): Plan {
  const testSteps = Math.min(steps, Math.floor(length * MAX_TEST_SHARE));
  const spacing = Math.max(1, Math.floor(testSteps / 2));
  const newest = length - testSteps;
  const seasonal = MIN_SEASONS * season <= newest ? MIN_SEASONS * season : 0;
  const earliest = Math.max(MIN_TRAINING_POINTS, length / 4, seasonal);
  const origins = Array.from({ length: MAX_ORIGINS }, (_, i) => newest - i * spacing).filter(
    (origin) => testSteps > 0 && origin >= earliest,
  );
  const windowPoints = Math.max(WINDOW_POINTS, MIN_WINDOW_SEASONS * season);
  return { origins, steps: testSteps, windowPoints };
}

/** Undefined when the model failed at any origin: what fails in practice is not a candidate. */
export function backtest(model: Model, values: Float64Array, plan: Plan): Trial | undefined {
  if (plan.origins.length === 0) return undefined;
  const scale = meanAbsoluteChange(values) || 1;
  const excess = new Float64Array(plan.steps);
  let total = 0;
  for (const origin of plan.origins) {
    const training = values.subarray(Math.max(0, origin - plan.windowPoints), origin);
    const path = model.fit(training, plan.frame)?.predict(plan.steps);
    if (path === undefined) return undefined;
    for (let i = 0; i < plan.steps; i++) {
      const miss = Math.abs(values[origin + i]! - path.centre[i]!);
      total += miss;
      excess[i]! += squaredRatio(miss, path.error[i]!) / plan.origins.length;
    }
  }
  const error = total / (plan.origins.length * plan.steps * scale);
  return { model, error, excess, origins: plan.origins.length };
}

function meanAbsoluteChange(values: Float64Array): number {
  let sum = 0;
  for (let index = 1; index < values.length; index++)
    sum += Math.abs(values[index]! - values[index - 1]!);
  return sum / Math.max(1, values.length - 1);
}

/** A miss of a model that claims certainty counts as a large but finite surprise. */
const MAX_SURPRISE = 100;

function squaredRatio(miss: number, error: number): number {
  if (miss === 0) return 0;
  return Math.min(MAX_SURPRISE, miss / error) ** 2;
}
