// When would an alerting rule have fired over a past range? Its expression, evaluated there, and its `for` honoured.
import type { Querier } from '../prometheus/querier.ts';
import { type Labels, labelsKey } from '../series/labels.ts';
import type { Series } from '../series/series.ts';

/** Prometheus answers no more points a series at once. */
const MAX_POINTS_PER_QUERY = 11_000;
/** Evaluations that are looked at: beyond them the distance grows, and what was brief may be missed. */
const MAX_EVALUATIONS = 44_000;
/** A rule that matches more at once is a mistake, and no list that anybody reads. */
const MAX_SERIES = 1_000;
/** Firings that are listed; all are counted. */
const MAX_LISTED = 100;

/** An alerting rule as a rule evaluator knows it. */
export interface PreviewedRule {
  readonly alert: string;
  readonly severity: string;
  readonly expr: string;
  /** `for`, in seconds. */
  readonly holdSeconds: number;
}

export interface PreviewRange {
  /** Unix seconds. */
  readonly from: number;
  readonly to: number;
  /** How often the rule is evaluated. */
  readonly evaluationSeconds: number;
}

export interface Firing {
  readonly labels: Labels;
  /** Unix seconds of the first and the last evaluation at which it fired. */
  readonly from: number;
  readonly to: number;
  /** Whether it fires at the end of the range still. */
  readonly isOpen: boolean;
}

export interface RulePreview {
  readonly alert: string;
  readonly severity: string;
  readonly expr: string;
  readonly holdSeconds: number;
  /** Seconds between two evaluations that were looked at. */
  readonly stepSeconds: number;
  /** How often it would have fired. */
  readonly count: number;
  /** On how many different subjects. */
  readonly subjects: number;
  /** All firings together. */
  readonly firingSeconds: number;
  /** The latest first, at most a hundred. */
  readonly firings: readonly Firing[];
}

/**
 * Evaluates the rule as an evaluator would have done, `for` before the range on, so that what fires at its beginning is seen.
 * @throws {QueryError} when the server does not answer
 * @throws {RangeError} when the range is too long, or the expression matches too many series
 */
export async function previewRule(
  querier: Querier,
  rule: PreviewedRule,
  range: PreviewRange,
): Promise<RulePreview> {
  const { alert, severity, expr, holdSeconds } = rule;
  const step = stepOf(rule, range);
  // Whole evaluations back from the end, so that the range ends with one.
  const steps = Math.ceil((range.to - range.from + holdSeconds) / step);
  const tracker = createTracker(rule, range);
  for (
    let begin = range.to - steps * step;
    begin <= range.to;
    begin += MAX_POINTS_PER_QUERY * step
  ) {
    const end = Math.min(range.to, begin + (MAX_POINTS_PER_QUERY - 1) * step);
    const series = await querier.range(expr, { from: begin, to: end, step });
    if (series.length > MAX_SERIES)
      throw new RangeError(`it matches ${series.length} series, at most ${MAX_SERIES}`);
    tracker.take(series);
  }
  const shared = { alert, severity, expr, holdSeconds, stepSeconds: step };
  return { ...shared, ...summary(tracker.end()) };
}

/** Where one series of the expression is. */
interface Progress {
  readonly labels: Labels;
  /** Since when the expression holds. */
  readonly since: number;
  last: number;
}

/** Follows every series through the answers, which come in the order of time: pending, firing, over. */
function createTracker({ holdSeconds }: PreviewedRule, { from }: PreviewRange) {
  const open = new Map<string, Progress>();
  const done: Firing[] = [];

  function close(key: string, isOpen: boolean): void {
    const one = open.get(key);
    if (one === undefined) return;
    open.delete(key);
    const fired = Math.max(from, one.since + holdSeconds);
    if (one.last >= fired) done.push({ labels: one.labels, from: fired, to: one.last, isOpen });
  }

  function hold(key: string, labels: Labels, time: number): void {
    const one = open.get(key);
    if (one === undefined) open.set(key, { labels, since: time, last: time });
    else one.last = time;
  }

  return {
    take(answer: readonly Series[]): void {
      const answered = new Set(answer.map(({ labels }) => labelsKey(labels)));
      for (const key of [...open.keys()]) if (!answered.has(key)) close(key, false);
      for (const { labels, values, start, step } of answer) {
        const key = labelsKey(labels);
        for (const [index, value] of values.entries()) {
          if (Number.isNaN(value)) close(key, false);
          else hold(key, labels, start + index * step);
        }
      }
    },
    end(): Firing[] {
      for (const key of [...open.keys()]) close(key, true);
      return done;
    },
  };
}

/** The rule's own interval; over long ranges a multiple of it, never longer than half of `for`. */
function stepOf({ holdSeconds }: PreviewedRule, range: PreviewRange): number {
  const { from, to, evaluationSeconds: interval } = range;
  if (!(from < to)) throw new RangeError(`a range from ${from} to ${to}: expected from before to`);
  const needed = Math.ceil((to - from + holdSeconds) / MAX_EVALUATIONS / interval) * interval;
  const longest = Math.max(interval, Math.floor(holdSeconds / 2 / interval) * interval);
  if (needed > longest) {
    const days = Math.floor((longest * MAX_EVALUATIONS) / 86_400);
    throw new RangeError(`too long a range for its "for": at most ${days} days`);
  }
  return needed;
}

function summary(done: readonly Firing[]) {
  const latest = [...done].sort((a, b) => b.from - a.from);
  return {
    count: done.length,
    subjects: new Set(done.map(({ labels }) => labelsKey(labels))).size,
    firingSeconds: done.reduce((sum, { from, to }) => sum + to - from, 0),
    firings: latest.slice(0, MAX_LISTED),
  };
}
