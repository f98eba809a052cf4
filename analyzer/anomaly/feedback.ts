// Operators' labels: they move the threshold of what they are about, and tell how right the alarms were.
import { median } from '../math/quantile.ts';
import type { FeedbackScores } from '../series/anomaly.ts';
import type { Labels } from '../series/labels.ts';

/** Labels that are remembered; the oldest are forgotten, what they taught stays. */
export const MAX_LABELS = 1_000;
const MAX_FACTORS = 1_000;
/** How far labels may move a threshold, in all. */
const MIN_FACTOR = 0.5;
const MAX_FACTOR = 10;
/** Noise: a quarter up at least, and above what the false alarm scored, so that its like is no alarm again. */
const NOISE_STEP = 1.25;
const NOISE_MARGIN = 1.05;
/** Real: a little down; more so when nothing told of it. */
const REAL_STEP = 0.9;
const MISSED_STEP = 0.8;

export interface Feedback {
  readonly signal: string;
  /** Of the series, or some of its labels: then of all series that have them. */
  readonly labels: Labels;
  readonly verdict: 'real' | 'noise';
  /** Unix seconds of the event. */
  readonly at: number;
  /** Unix seconds at which it began, where the operator knows. */
  readonly began?: number | undefined;
  /** The alarm that told of it; undefined when none did. */
  readonly alarm?: { readonly since: number; readonly peak: number } | undefined;
}

export interface Threshold {
  readonly signal: string;
  readonly labels: Labels;
  /** Scores are divided by it. */
  readonly factor: number;
}

/** Plain data. */
export interface FeedbackState {
  readonly labels: readonly Feedback[];
  readonly thresholds: readonly Threshold[];
}

export const NO_FEEDBACK: FeedbackState = { labels: [], thresholds: [] };

/** The state after one more label. */
export function learnFeedback(state: FeedbackState, label: Feedback): FeedbackState {
  const isSame = (one: Threshold) =>
    one.signal === label.signal &&
    isPart(one.labels, label.labels) &&
    isPart(label.labels, one.labels);
  const before = state.thresholds.find(isSame)?.factor ?? 1;
  const factor = Math.min(MAX_FACTOR, Math.max(MIN_FACTOR, before * stepOf(label)));
  const { signal, labels } = label;
  const others = state.thresholds.filter((one) => !isSame(one));
  return {
    labels: [...state.labels, label].slice(-MAX_LABELS),
    thresholds: [...others, { signal, labels, factor }].slice(-MAX_FACTORS),
  };
}

/** What the labels say about a series: its scores are divided by this. */
export function thresholdFactor(
  { thresholds }: FeedbackState,
  signal: string,
  labels: Labels,
): number {
  let product = 1;
  for (const one of thresholds)
    if (one.signal === signal && isPart(one.labels, labels)) product *= one.factor;
  return Math.min(MAX_FACTOR, Math.max(MIN_FACTOR, product));
}

/** Precision, recall, F1 and time to detect of every signal that has labels. A noise label without an alarm counts nothing. */
export function scoreFeedback({ labels }: FeedbackState): FeedbackScores[] {
  const bySignal = Map.groupBy(labels, ({ signal }) => signal);
  return [...bySignal].map(([signal, own]) => {
    const alarmed = own.filter(({ alarm }) => alarm !== undefined);
    const real = alarmed.filter(({ verdict }) => verdict === 'real').length;
    const noise = alarmed.length - real;
    const missed = own.filter(({ verdict, alarm }) => verdict === 'real' && !alarm).length;
    const times = own.flatMap(({ verdict, alarm, began }) =>
      verdict === 'real' && alarm && began !== undefined ? Math.max(0, alarm.since - began) : [],
    );
    return {
      signal,
      real,
      noise,
      missed,
      precision: real / (real + noise),
      recall: real / (real + missed),
      f1: (2 * real) / (2 * real + noise + missed),
      timeToDetectSeconds: times.length === 0 ? Number.NaN : median(times),
    };
  });
}

function stepOf({ verdict, alarm }: Feedback): number {
  if (verdict === 'noise') return Math.max(NOISE_STEP, NOISE_MARGIN * (alarm?.peak ?? 0));
  return alarm === undefined ? MISSED_STEP : REAL_STEP;
}

/** Whether every label of `part` is among those of `whole`. */
export function isPart(part: Labels, whole: Labels): boolean {
  return Object.entries(part).every(([name, value]) => whole[name] === value);
}
