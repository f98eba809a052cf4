// Why a moment counts as unusual: which series, how far from what was expected, since when, with whom, and who agrees.
import { strongestLag } from '../math/cross-correlation.ts';
import { type MultivariateJudgement, type MultivariateModel, sharesOf } from './multivariate.ts';
import { expectedAt, standardise } from './multivariate-baseline.ts';
import type { Moment } from './multivariate-frames.ts';

/** Half the width of the band that is shown, in usual deviations. */
const BAND_DEVIATIONS = 3;
/** Series that are named; more would not be read. */
const MAX_CONTRIBUTORS = 5;
const MAX_CORRELATED = 5;
const MIN_CORRELATION = 0.6;
const MAX_LAG_ROWS = 10;
/** A member agrees when it finds the moment as rare as one in a hundred. */
const AGREES_FROM = 2;

export interface Contributor {
  readonly series: string;
  /** In the score, 0–1; those of all series sum to 1. */
  readonly share: number;
  readonly actual: number;
  readonly expected: number;
  readonly lower: number;
  readonly upper: number;
}

export interface Explanation {
  readonly contributors: readonly Contributor[];
  /** Which moved most like the first contributor, and how many seconds after it (negative: before it). */
  readonly correlated: readonly {
    readonly series: string;
    readonly correlation: number;
    readonly lagSeconds: number;
  }[];
  /** The first contributor that left its band, and when (Unix seconds); undefined when none alone did. */
  readonly first: { readonly series: string; readonly time: number } | undefined;
  readonly since: number;
  readonly agreeing: readonly string[];
  /** 0–1: the share of the members that agree. */
  readonly confidence: number;
}

export interface Unusual {
  readonly names: readonly string[];
  readonly model: MultivariateModel;
  readonly judgement: MultivariateJudgement;
  /** The last rows in order, the judged one at the end; an hour is plenty. */
  readonly window: readonly Moment[];
  /** Since when the alarm is open. */
  readonly since: number;
}

/** @throws RangeError when the window is empty or the names do not match the series. */
export function explain(unusual: Unusual): Explanation {
  const { names, model, judgement, window, since } = unusual;
  const last = window.at(-1);
  if (last === undefined || names.length !== last.row.length)
    throw new RangeError(
      `${names.length} names for a window of ${window.length} rows of ${last?.row.length ?? 0}`,
    );
  const shares = sharesOf(model, judgement);
  const order = names.map((_, column) => column).sort((a, b) => shares[b]! - shares[a]!);
  const top = order.slice(0, MAX_CONTRIBUTORS);
  const deviations = window.map(({ row, time }) => standardise(model.baseline, row, time));
  const agreeing = judgement.members.filter(({ rarity }) => rarity >= AGREES_FROM);
  return {
    contributors: top.map((column) => contributor(unusual, column, shares[column]!)),
    correlated: correlatedWith(top[0]!, deviations, unusual),
    first: firstOf(top, deviations, unusual),
    since,
    agreeing: agreeing.map(({ name }) => name),
    confidence: agreeing.length / judgement.members.length,
  };
}

function contributor(
  { names, model, window }: Unusual,
  column: number,
  share: number,
): Contributor {
  const { row, time } = window.at(-1)!;
  const expected = expectedAt(model.baseline, time)[column]!;
  const half = BAND_DEVIATIONS * model.baseline.scales[column]!;
  return {
    series: names[column]!,
    share,
    actual: row[column]!,
    expected,
    lower: expected - half,
    upper: expected + half,
  };
}

function correlatedWith(
  column: number,
  deviations: readonly Float64Array[],
  { names, window }: Unusual,
) {
  const course = (of: number) => Float64Array.from(deviations, (row) => row[of]!);
  const span = window.at(-1)!.time - window[0]!.time;
  const step = span / Math.max(window.length - 1, 1);
  const reference = course(column);
  return names
    .map((series, other) => ({ series, ...strongestLag(reference, course(other), MAX_LAG_ROWS) }))
    .filter(
      ({ correlation }, other) => other !== column && Math.abs(correlation) >= MIN_CORRELATION,
    )
    .sort((a, b) => Math.abs(b.correlation) - Math.abs(a.correlation))
    .slice(0, MAX_CORRELATED)
    .map(({ series, correlation, lag }) => ({ series, correlation, lagSeconds: lag * step }));
}

/** Walks back from the end as long as a contributor stays outside of its band; the one that goes back furthest was first. */
function firstOf(
  columns: readonly number[],
  deviations: readonly Float64Array[],
  { names, window }: Unusual,
): Explanation['first'] {
  let first: { readonly column: number; readonly index: number } | undefined;
  for (const column of columns) {
    let index = deviations.length;
    while (index > 0 && Math.abs(deviations[index - 1]![column]!) > BAND_DEVIATIONS) index -= 1;
    if (index < (first?.index ?? deviations.length)) first = { column, index };
  }
  return first && { series: names[first.column]!, time: window[first.index]!.time };
}
