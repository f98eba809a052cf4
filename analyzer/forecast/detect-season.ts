// Which season a series has by itself: the job that runs every hour, whatever the day does.
import { autocorrelations } from '../math/autocorrelation.ts';
import { fillGaps } from '../math/interpolate.ts';

const MIN_SEASON = 3;
/** A season has to be seen this often before it is one. */
const MIN_SEASONS = 3;
const MIN_POINTS = 24;
/** Older values are not looked at: the cost is their number times the longest season. */
const MAX_POINTS = 720;
/** One-sided 99 % of the normal distribution: one in a hundred series without a season may pass this bar alone. */
const CONFIDENCE = 2.33;
/** What repeats explains at least half of the variance, else the plain models lose nothing by not knowing. */
const MIN_STRENGTH = 0.5;
/** Twice a season is as good a season; the shortest that is nearly as good is meant. */
const NEARLY = 0.9;

/**
 * The season in steps, by the highest peak of the autocorrelation after its first fall below 0; undefined when none is
 * clear. NaN marks gaps. The bar is Bartlett's (as in the M4 competition's test of seasonality). O(n² / 3), n ≤ 720.
 */
export function detectSeason(values: Float64Array): number | undefined {
  const recent = values
    .slice(-MAX_POINTS)
    .map((value) => (Number.isFinite(value) ? value : Number.NaN));
  const seen = withoutLine(scaled(fillGaps(recent)));
  if (seen === undefined) return undefined;
  const longest = Math.floor(seen.length / MIN_SEASONS);
  const shares = autocorrelations(seen, longest + 1);
  // The estimator shrinks with the lag, because fewer pairs are left; here each lag counts by its own pairs.
  const fair = shares.map((share, lag) => (share * seen.length) / (seen.length - lag));
  const first = fair.findIndex((share) => share < 0);
  if (first === -1) return undefined;
  const peaks: number[] = [];
  for (let lag = Math.max(first, MIN_SEASON); lag <= longest; lag++)
    if (fair[lag]! > fair[lag - 1]! && fair[lag]! >= fair[lag + 1]!) peaks.push(lag);
  const highest = peaks.reduce((most, lag) => Math.max(most, fair[lag]!), 0);
  const season = peaks.find((lag) => fair[lag]! >= NEARLY * highest);
  return season !== undefined && isClear(fair, season, seen.length) ? season : undefined;
}

function isClear(fair: Float64Array, season: number, points: number): boolean {
  const shareAt = (lag: number) => (fair[lag]! * (points - lag)) / points;
  let squares = 0;
  for (let lag = 1; lag < season; lag++) squares += shareAt(lag) ** 2;
  const bar = CONFIDENCE * Math.sqrt((1 + 2 * squares) / points);
  return fair[season]! >= MIN_STRENGTH && shareAt(season) > bar;
}

/** Within [-1, 1], so that no square can overflow; a line is no season. Undefined for too few values and constants. */
function withoutLine(values: Float64Array | undefined): Float64Array | undefined {
  if (values === undefined || values.length < MIN_POINTS) return undefined;
  const middle = (values.length - 1) / 2;
  let [sum, products, squares] = [0, 0, 0];
  for (let index = 0; index < values.length; index++) {
    sum += values[index]!;
    products += (index - middle) * values[index]!;
    squares += (index - middle) ** 2;
  }
  const [centre, slope] = [sum / values.length, products / squares];
  return values.map((value, index) => value - centre - slope * (index - middle));
}

function scaled(values: Float64Array): Float64Array | undefined {
  const low = values.reduce((a, b) => Math.min(a, b), Infinity);
  const high = values.reduce((a, b) => Math.max(a, b), -Infinity);
  const half = high / 2 - low / 2;
  const middle = high / 2 + low / 2;
  if (!(half > 0)) return undefined;
  return values.map((value) => (value - middle) / half);
}
