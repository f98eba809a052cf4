// How right were the forecasts? What was said is kept until the truth is known, then counted, and corrects the intervals.
import type { Forecast } from '../series/forecast.ts';

/** Outcomes that the published figures are about: old mistakes fade. */
const MAX_OUTCOMES = 500;
/** Forecasts that wait for their truth, per record; the oldest is given up beyond. */
export const MAX_PENDING = 20_000;
/** Step of the adaptive correction per outcome. */
const ADAPTATION = 0.02;
const MIN_FACTOR = 0.5;
const MAX_FACTOR = 4;
/** Below this many outcomes a share is chance. */
export const MIN_OUTCOMES = 10;

/** What was said about one subject for one moment. */
export interface Claim {
  /** Identity of the subject. */
  readonly subject: string;
  /** Unix seconds that the claim is about. */
  readonly target: number;
  readonly median: number;
  /** What made the forecast. */
  readonly model?: string;
  /** The last value when it was said: what the naive model would have claimed. */
  readonly naive: number;
  readonly bounds: readonly {
    readonly level: number;
    readonly lower: number;
    readonly upper: number;
  }[];
}

interface Outcome {
  readonly model: string | undefined;
  readonly error: number;
  readonly actual: number;
  readonly naiveError: number;
  /** Per level: inside its interval? */
  readonly inside: ReadonlyMap<number, boolean>;
}

export interface Accuracy {
  readonly outcomes: number;
  /** Mean absolute error over that of the naive model for the same moments: below 1 is better than "stays as it is". */
  readonly scaledError: number;
  readonly rootMeanSquareError: number;
  /** Mean of |error| / |actual| over the outcomes whose actual value is not 0; NaN when all are. */
  readonly percentageError: number;
  /** Share of outcomes in which the naive model was nearer. */
  readonly naiveWinsRatio: number;
  /** Share of outcomes inside the interval, by level. */
  readonly coverage: ReadonlyMap<number, number>;
  /** The same for each model that made enough of the forecasts. */
  readonly byModel?: ReadonlyMap<string, Accuracy>;
}

/** One per signal and horizon. */
export interface TrackRecord {
  /** Claims about the same subject and moment are counted once: the first. */
  claim(claim: Claim): void;
  /** Settles what is due for a subject; `actualAt` answers NaN where nothing was measured. */
  settle(subject: string, now: number, actualAt: (time: number) => number): void;
  /** Undefined before enough is known. */
  accuracy(): Accuracy | undefined;
  /** What it knows, to be handed to `createTrackRecord` of another program; not to be changed. */
  state(): TrackRecordState;
  /** How much wider (or narrower) than calculated an interval must be to hold what it promises. */
  factor(level: number): number;
}

/** Plain data. */
export interface TrackRecordState {
  /** By subject, so that settling one does not look at all; then by the moment that is claimed. */
  readonly pending: ReadonlyMap<string, ReadonlyMap<number, Claim>>;
  readonly outcomes: readonly Outcome[];
  readonly factors: ReadonlyMap<number, number>;
}

/** @param before what an earlier one knew */
export function createTrackRecord(before?: TrackRecordState): TrackRecord {
  const pending = new Map(
    [...(before?.pending ?? [])].map(([subject, own]) => [subject, new Map(own)] as const),
  );
  let waiting = [...pending.values()].reduce((sum, own) => sum + own.size, 0);
  const outcomes: Outcome[] = [...(before?.outcomes ?? [])];
  const factors = new Map(before?.factors);

  const count = (claim: Claim, actual: number) => {
    const inside = new Map(
      claim.bounds.map(({ level, lower, upper }) => [level, lower <= actual && actual <= upper]),
    );
    for (const [level, held] of inside)
      factors.set(level, adapt(factors.get(level) ?? 1, level, held));
    outcomes.push({
      model: claim.model,
      actual,
      error: Math.abs(actual - claim.median),
      naiveError: Math.abs(actual - claim.naive),
      inside,
    });
    if (outcomes.length > MAX_OUTCOMES) outcomes.shift();
  };

  /** The first claim of the subject that has waited longest. */
  const giveUpOldest = () => {
    const [subject, own] = pending.entries().next().value!;
    own.delete(own.keys().next().value!);
    waiting -= 1;
    if (own.size === 0) pending.delete(subject);
  };

  return {
    claim(claim) {
      const own = pending.get(claim.subject) ?? new Map<number, Claim>();
      if (own.has(claim.target)) return;
      pending.set(claim.subject, own.set(claim.target, claim));
      waiting += 1;
      if (waiting > MAX_PENDING) giveUpOldest();
    },
    settle(subject, now, actualAt) {
      const own = pending.get(subject);
      for (const [target, claim] of own ?? []) {
        if (target > now) continue;
        own?.delete(target);
        waiting -= 1;
        const actual = actualAt(target);
        if (Number.isFinite(actual)) count(claim, actual);
      }
      if (own?.size === 0) pending.delete(subject);
    },
    accuracy: () =>
      outcomes.length < MIN_OUTCOMES
        ? undefined
        : { ...summarise(outcomes), byModel: byModel(outcomes) },
    state: () => ({ pending, outcomes, factors }),
    factor: (level) => factors.get(level) ?? 1,
  };
}

/**
 * Adaptive conformal inference (Gibbs & Candès 2021), on the width instead of the level: a miss widens by the
 * share of hits that was promised, a hit narrows by the share of misses, so that in the long run both balance.
 */
function adapt(factor: number, level: number, held: boolean): number {
  const next = factor * Math.exp(ADAPTATION * (held ? level - 1 : level));
  return Math.min(MAX_FACTOR, Math.max(MIN_FACTOR, next));
}

function byModel(outcomes: readonly Outcome[]): Map<string, Accuracy> {
  const groups = [...Map.groupBy(outcomes, ({ model }) => model)];
  return new Map(
    groups.flatMap(([model, list]) =>
      model === undefined || list.length < MIN_OUTCOMES ? [] : [[model, summarise(list)]],
    ),
  );
}

function summarise(outcomes: readonly Outcome[]): Accuracy {
  const average = (of: (outcome: Outcome) => number, list = outcomes) =>
    list.reduce((sum, outcome) => sum + of(outcome), 0) / list.length;
  const naiveError = average((outcome) => outcome.naiveError);
  const error = average((outcome) => outcome.error);
  const nonZero = outcomes.filter(({ actual }) => actual !== 0);
  const levels = [...new Set(outcomes.flatMap(({ inside }) => [...inside.keys()]))];
  return {
    outcomes: outcomes.length,
    scaledError: error === naiveError ? 1 : error / naiveError,
    rootMeanSquareError: Math.sqrt(average((outcome) => outcome.error ** 2)),
    percentageError: average((outcome) => outcome.error / Math.abs(outcome.actual), nonZero),
    naiveWinsRatio: average((outcome) => (outcome.naiveError < outcome.error ? 1 : 0)),
    coverage: new Map(
      levels.map((level) => [level, average(({ inside }) => (inside.get(level) ? 1 : 0))]),
    ),
  };
}

/** The forecast with every interval stretched around the median by its own factor. */
export function stretched(forecast: Forecast, factor: (level: number) => number): Forecast {
  const { median } = forecast;
  const stretch = (bound: Float64Array, by: number) =>
    bound.map((value, step) => median[step]! + by * (value - median[step]!));
  return {
    ...forecast,
    intervals: forecast.intervals.map(({ level, lower, upper }) => ({
      level,
      lower: stretch(lower, factor(level)),
      upper: stretch(upper, factor(level)),
    })),
  };
}
