// Many series followed row by row: judged by the model of the past, remembered, and learnt from in batches.
import {
  fitMultivariate,
  judgeMoment,
  type MultivariateJudgement,
  type MultivariateModel,
  startOf,
} from './multivariate.ts';
import { type AlarmState, NO_ALARM, nextAlarm } from './multivariate-alarm.ts';
import { type Moment, startTrail, type Trail } from './multivariate-frames.ts';
import { type Fitting, historyOf, isDue, MAX_TRAINING_ROWS } from './multivariate-training.ts';

/** Plain data; a clone resumes with identical answers. */
export interface MultivariateStream {
  readonly columns: number;
  readonly seed: number;
  model: MultivariateModel | undefined;
  trail: Trail;
  alarm: AlarmState;
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
}

/** @param columns how many series each row has. @param seed of what is drawn by chance while fitting. */
export function startStream(columns: number, seed: number): MultivariateStream {
  return {
    columns,
    seed,
    model: undefined,
    trail: startTrail(columns),
    alarm: NO_ALARM,
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
  remember(stream, moment);
  if (stream.model === undefined) return { judgement: undefined, alarmSince: undefined };
  const judgement = judgeMoment(stream.model, { ...moment, trail: stream.trail });
  stream.trail = judgement.frame;
  stream.alarm = nextAlarm(stream.alarm, judgement.score, moment.time);
  return { judgement, alarmSince: stream.alarm.since };
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
