// Many simple models, weighted by how right they lately were: the forecast for histories long enough to test them on.
import { rollingFourier } from './fourier.ts';
import { ridge } from './ridge.ts';
import { type RollingModel, type RollingPlan, seasonalMean } from './rolling.ts';
import { smoothedSeason } from './smoothed-season.ts';

/** Backtests: enough that the errors of a dozen starting points calibrate a 95 % interval. */
const MAX_ORIGINS = 12;
/** With fewer the weights would be chance, and the intervals with them. */
export const MIN_ORIGINS = 3;
/** What the oldest origin must still have to learn from: half of a long history, three seasons of a short one. */
const MIN_TRAINING_SHARE = 1 / 2;
const MIN_TRAINING_SEASONS = 3;
/** A model's weight is one over its mean absolute error to this power: near the best counts, far from it hardly. */
const WEIGHT_POWER = 3;
/** Consecutive lags that a member uses at most; longer seasons are reached around their own lag. */
const MAX_DENSE_LAGS = 26;
const MAX_LONG_DENSE_LAGS = 48;

export interface Ensemble {
  readonly path: Float64Array;
  /** Absolute error of the weighted ensemble, one array of `steps` per backtest. */
  readonly errors: readonly Float64Array[];
  /** What it said in each of these backtests. */
  readonly paths: readonly Float64Array[];
  /** The path of the member with the largest share. */
  readonly best: { readonly name: string; readonly path: Float64Array };
  /** Members with their share, largest first. */
  readonly weights: readonly { readonly name: string; readonly weight: number }[];
}

/** Steps of the short season (a day) and, when the history knows it, of the long one (a week). */
export interface Seasons {
  readonly short: number;
  readonly long?: number | undefined;
}

export interface Membership extends Seasons {
  /** Members beyond those that every ensemble has. */
  readonly guests?: readonly RollingModel[] | undefined;
}

/**
 * Undefined when the history is too short to test on. `values` are finite.
 * Idea: forecast combination by inverse error (Bates & Granger 1969), members by autoregression on several
 * sets of lags; errors of the combination itself, not of its members, feed the intervals.
 */
export function combine(
  values: Float64Array,
  steps: number,
  { guests = [], ...seasons }: Membership,
): Ensemble | undefined {
  const plan = planOrigins(values.length, steps, seasons.short);
  if (plan === undefined) return undefined;
  const rolled = [...members(seasons), ...guests].flatMap((model) => {
    const paths = model.roll(values, plan);
    return paths === undefined
      ? []
      : [{ name: model.name, paths, error: errorOf(values, paths, plan) }];
  });
  if (rolled.length === 0) return undefined;
  const shares = weigh(rolled.map(({ error }) => error));
  const blend = (index: number) =>
    blendPaths(
      rolled.map(({ paths }) => paths[index]!),
      shares,
    );
  const backtests = plan.origins.slice(0, -1);
  const paths = backtests.map((_, index) => blend(index));
  const best = rolled[shares.indexOf(Math.max(...shares))]!;
  return {
    path: blend(backtests.length),
    errors: backtests.map((origin, index) =>
      paths[index]!.map((value, step) => Math.abs(values[origin + step]! - value)),
    ),
    paths,
    best: { name: best.name, path: best.paths.at(-1)! },
    weights: rolled
      .map(({ name }, index) => ({ name, weight: shares[index]! }))
      .sort((a, b) => b.weight - a.weight),
  };
}

/** Backtests one season apart, the newest ending where the history ends, then the end itself. */
export function planOrigins(
  length: number,
  steps: number,
  season: number,
): RollingPlan | undefined {
  const newest = length - steps;
  const share = Math.floor((newest - length * MIN_TRAINING_SHARE) / season) + 1;
  const short = Math.floor((newest - MIN_TRAINING_SEASONS * season) / season) + 1;
  const room = share >= MIN_ORIGINS ? share : Math.min(short, MIN_ORIGINS);
  const count = Math.min(MAX_ORIGINS, room);
  if (count < MIN_ORIGINS) return undefined;
  const backtests = Array.from({ length: count }, (_, k) => newest - (count - 1 - k) * season);
  return { origins: [...backtests, length], steps };
}

function errorOf(values: Float64Array, paths: readonly Float64Array[], plan: RollingPlan): number {
  let sum = 0;
  for (const [index, origin] of plan.origins.slice(0, -1).entries()) {
    const path = paths[index]!;
    for (let step = 0; step < plan.steps; step++)
      sum += Math.abs(path[step]! - values[origin + step]!);
  }
  return sum;
}

/** Shares that sum to 1; a member without any error takes all. */
function weigh(errors: readonly number[]): number[] {
  const best = Math.min(...errors);
  if (best === 0) return share(errors.map((error) => (error === 0 ? 1 : 0)));
  return share(errors.map((error) => (best / error) ** WEIGHT_POWER));
}

function share(weights: readonly number[]): number[] {
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  return weights.map((weight) => weight / total);
}

function blendPaths(paths: readonly Float64Array[], shares: readonly number[]): Float64Array {
  const blend = new Float64Array(paths[0]!.length);
  for (const [member, path] of paths.entries())
    for (let step = 0; step < blend.length; step++) blend[step]! += shares[member]! * path[step]!;
  return blend;
}

/** What each member looks back at; the sets differ so that their errors do. */
export function members({ short: s, long = 0 }: Seasons): RollingModel[] {
  const week = long > 0 ? [long - 1, long, long + 1] : [];
  const dense = [...span(1, Math.min(s + 2, MAX_DENSE_LAGS)), ...span(s - 2, s + 2)];
  const days = [2, 3, 4, 5, 6].map((k) => k * s);
  const around = [1, 2, 3, 4, 5, 6].flatMap((k) => [k * s - 1, k * s, k * s + 1]);
  const few = lagSet([1, 2, s - 1, s, s + 1]);
  const sparse = lagSet([1, 2, ...around, ...week]);
  const daily = lagSet([...dense, ...days, ...week]);
  const weekly = lagSet([
    ...dense,
    ...days.slice(0, 4),
    ...(long > 0 ? [...span(long - 24, long + 2), 2 * long] : []),
  ]);
  const near = lagSet([
    ...span(1, 3),
    ...span(s - 2, s + 2),
    ...span(2 * s - 1, 2 * s + 1),
    ...(long > 0 ? [...span(long - 2, long + 2), 2 * long] : []),
  ]);
  const longDense = lagSet(span(1, Math.min(2 * s, MAX_LONG_DENSE_LAGS)));
  return [
    ridge({ name: 'few', lags: few, penalty: 1 }),
    ridge({ name: 'log few', lags: few, log: true, penalty: 1 }),
    ridge({ name: 'change few', lags: few, differenceLag: 1, penalty: 1 }),
    ridge({ name: 'day change few', lags: [1, 2, 3], differenceLag: s, penalty: 1 }),
    ridge({ name: 'daily', lags: daily, penalty: 1 }),
    ridge({ name: 'sparse', lags: sparse, penalty: 1 }),
    ridge({ name: 'weekly', lags: weekly, penalty: 3 }),
    ridge({ name: 'log daily', lags: daily, log: true, penalty: 1 }),
    ridge({ name: 'log sparse', lags: sparse, log: true, penalty: 1 }),
    ridge({ name: 'change daily', lags: daily, differenceLag: 1, penalty: 1 }),
    ridge({ name: 'change weekly', lags: weekly, differenceLag: 1, penalty: 3 }),
    ridge({ name: 'day change near', lags: near, differenceLag: s, penalty: 1 }),
    ridge({ name: 'day change', lags: longDense, differenceLag: s, penalty: 1 }),
    ...(long > 0
      ? [
          ridge({ name: 'week change', lags: longDense, differenceLag: long, penalty: 1 }),
          seasonalMean(long, 1),
          seasonalMean(long, 2),
        ]
      : []),
    seasonalMean(s, 1),
    seasonalMean(s, 3),
    smoothedSeason('simple', s),
    smoothedSeason('damped', s),
    rollingFourier({ short: s, long: long || undefined }),
  ];
}

function span(from: number, to: number): number[] {
  return Array.from({ length: Math.max(0, to - from + 1) }, (_, i) => from + i);
}

/** Ascending, without repeats, at least 1. */
function lagSet(lags: readonly number[]): number[] {
  return [...new Set(lags)].filter((lag) => lag >= 1).sort((a, b) => a - b);
}
