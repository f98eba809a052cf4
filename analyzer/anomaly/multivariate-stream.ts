// Many series followed row by row: judged by the model of the past, remembered, and learnt from in batches.
import {
  fitMultivariate,
  judgeMoment,
  type MultivariateJudgement,
  type MultivariateModel,
  startOf,
} from './multivariate.ts';
import { type Moment, startTrail, type Trail } from './multivariate-frames.ts';
import { type Fitting, historyOf, isDue, MAX_TRAINING_ROWS } from './multivariate-training.ts';
import { type Episode, handOver, isSettled, NO_EPISODE, nextEpisode } from './regime.ts';

/** Plain data; a clone resumes with identical answers. */
export interface MultivariateStream {
  readonly columns: number;
  readonly seed: number;
  model: MultivariateModel | undefined;
  trail: Trail;
  episode: Episode;
  /** The model that knows the regime, while there is one. */
  adapted: { readonly model: MultivariateModel; trail: Trail } | undefined;
  /** What the next fit learns from, the newest last. */
  history: Moment[];
  seen: number;
  /** The last try to fit. */
  fitting: Fitting | undefined;
}

export interface Observed {
  /** Undefined before the first model. */
  readonly judgement: MultivariateJudgement | undefined;
  /** Unix seconds since when an alarm is open; undefined when none is. */
  readonly alarmSince: number | undefined;
  /** Unix seconds since when things are otherwise than learnt, and that is no news any more. */
  readonly regimeSince: number | undefined;
}

/** @param columns how many series each row has. @param seed of what is drawn by chance while fitting. */
export function startStream(columns: number, seed: number): MultivariateStream {
  return {
    columns,
    seed,
    model: undefined,
    trail: startTrail(columns),
    episode: NO_EPISODE,
    adapted: undefined,
    history: [],
    seen: 0,
    fitting: undefined,
  };
}

/** Learns a past at once, without judging it. */
export function learn(stream: MultivariateStream, past: readonly Moment[]): void {
  for (const moment of past) remember(stream, moment);
  refit(stream);
}

/** Judges the row by what was known before it, then remembers it. Changes the stream. */
export function observe(stream: MultivariateStream, moment: Moment): Observed {
  if (moment.row.length !== stream.columns)
    throw new RangeError(`a row of ${moment.row.length} values: expected ${stream.columns}`);
  if (isDue(stream.fitting, stream.seen, moment.time)) refit(stream);
  if (isSettled(stream.episode)) adapt(stream);
  remember(stream, moment);
  if (stream.model === undefined)
    return { judgement: undefined, alarmSince: undefined, regimeSince: undefined };
  const judgement = judgeMoment(stream.model, { ...moment, trail: stream.trail });
  stream.trail = judgement.frame;
  const scores = { score: judgement.score, adapted: judgeAdapted(stream, moment) };
  stream.episode = nextEpisode(stream.episode, scores, moment.time);
  const { alarm, regime } = stream.episode;
  if (regime === undefined) stream.adapted = undefined;
  return { judgement, alarmSince: alarm.since, regimeSince: regime?.since };
}

function judgeAdapted(stream: MultivariateStream, moment: Moment): number {
  const { adapted } = stream;
  if (adapted === undefined) return Number.NaN;
  const { score, frame } = judgeMoment(adapted.model, { ...moment, trail: adapted.trail });
  adapted.trail = frame;
  return score;
}

/** A second model learns what the alarm told of, and takes over the alarms. The first goes on to say how unusual it is. */
function adapt(stream: MultivariateStream): void {
  const { rows, times } = historyOf(stream.history);
  const model = fitMultivariate({ rows, times, seed: stream.seed });
  if (model === undefined) return;
  stream.adapted = { model, trail: startOf(model) };
  stream.episode = handOver(stream.episode);
}

function remember(stream: MultivariateStream, moment: Moment): void {
  stream.history.push(moment);
  stream.seen += 1;
  // Cut now and then instead of shifting every time.
  if (stream.history.length > 2 * MAX_TRAINING_ROWS)
    stream.history = stream.history.slice(-MAX_TRAINING_ROWS);
}

function refit(stream: MultivariateStream): void {
  const { rows, times } = historyOf(stream.history);
  const model = fitMultivariate({ rows, times, seed: stream.seed });
  stream.fitting = { rows: stream.seen, from: times[0] ?? 0, to: times.at(-1) ?? 0 };
  if (model === undefined) return;
  if (stream.model === undefined) stream.trail = startOf(model);
  stream.model = model;
}
