// Intervals that hold: the model's own standard errors, corrected by how wrong it lately was.
import { normalQuantile } from '../math/normal.ts';
import type { Forecast, Interval } from '../series/forecast.ts';
import type { Trial } from './backtest.ts';
import type { Model, Path } from './model.ts';
import type { Prepared } from './prepare.ts';

/** How many origins of experience the model's own claim is worth before any is seen. */
export const PRIOR_ORIGINS = 4;
/** Neighbouring steps err together: the correction is made for this many parts of the horizon. */
const PARTS = 3;
/** Smallest standard error, in halves of the history's range: no model knows better than this. */
const MIN_ERROR = 1e-6;
/** Smallest half width relative to the value: doubles that close are still distinct. */
const MIN_RELATIVE_WIDTH = 1e-12;

/**
 * Beyond the tested part of the horizon the errors grow by this power of the distance, on top of
 * what the model says: halfway between a stationary series (0) and a random walk (1/2).
 */
const UNTESTED_GROWTH = 1 / 4;

export interface Errors {
  /** Standard error per step, never decreasing; 0 for a constant history only. */
  readonly standard: Float64Array;
  /** Degrees of freedom behind them: few make the wide levels wider. */
  readonly freedom: number;
}

/**
 * The squared errors of the backtest, relative to what the model claimed, are averaged with the
 * claim itself (the mean of a scaled inverse chi-squared posterior); the farther from now, the wider.
 */
export function calibratedErrors(path: Path, trial: Trial | undefined): Errors {
  const factor = trial === undefined ? () => 1 : correction(trial);
  const standard = new Float64Array(path.error.length);
  let widest = MIN_ERROR;
  for (let i = 0; i < standard.length; i++) {
    widest = Math.max(widest, path.error[i]! * factor(i));
    standard[i] = widest;
  }
  return { standard, freedom: PRIOR_ORIGINS + (trial?.origins ?? 0) };
}

/** The factor per step: constant within a part's outer halves, linear between the parts' centres. */
function correction(trial: Trial): (step: number) => number {
  const size = trial.excess.length / PARTS;
  const factors = Array.from({ length: PARTS }, (_, part) => {
    const from = Math.floor(part * size);
    const slice = trial.excess.slice(from, Math.max(from + 1, Math.floor((part + 1) * size)));
    const excess = slice.reduce((sum, value) => sum + value, 0) / slice.length;
    return Math.sqrt((PRIOR_ORIGINS + trial.origins * excess) / (PRIOR_ORIGINS + trial.origins));
  });
  return (step) => {
    const position = Math.max(0, Math.min(PARTS - 1, (step + 0.5) / size - 0.5));
    const below = Math.floor(position);
    const above = Math.min(PARTS - 1, below + 1);
    const tested = factors[below]! + (position - below) * (factors[above]! - factors[below]!);
    return tested * Math.max(1, (step + 1) / trial.excess.length) ** UNTESTED_GROWTH;
  };
}

export interface Parts {
  readonly model: Model;
  readonly path: Path;
  readonly errors: Errors;
  readonly prepared: Prepared;
  readonly levels: readonly number[];
}

/** The forecast in the units of the history, with an interval for each level, narrowest first. */
export function intervalsAround({ model, path, errors, prepared, levels }: Parts): Forecast {
  const { middle, halfRange } = prepared;
  const median = path.centre.map((value) => finite(middle + halfRange * value));
  const intervals = [...levels]
    .sort((a, b) => a - b)
    .map((level): Interval => {
      const reach = studentHalfWidth(level, errors.freedom);
      const width = (i: number) =>
        halfRange === 0
          ? 0
          : Math.max(
              finite(halfRange * (errors.standard[i]! * reach)),
              Math.abs(median[i]!) * MIN_RELATIVE_WIDTH,
            );
      return {
        level,
        lower: median.map((value, i) => finite(value - width(i))),
        upper: median.map((value, i) => finite(value + width(i))),
      };
    });
  return { model: model.family, median, intervals };
}

/** Half width of Student's t by Cornish–Fisher (Abramowitz & Stegun 26.7.5), good from 4 degrees on. */
export function studentHalfWidth(level: number, freedom: number): number {
  const z = normalQuantile(0.5 + level / 2);
  const first = (z ** 3 + z) / 4;
  const second = (5 * z ** 5 + 16 * z ** 3 + 3 * z) / 96;
  return z + first / freedom + second / freedom ** 2;
}

function finite(value: number): number {
  return Math.max(-Number.MAX_VALUE, Math.min(Number.MAX_VALUE, value));
}
