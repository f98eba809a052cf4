// What the watching thread does with a past: lets a watch see it, or fits the model of a host to it. Plain data in and out.
import type { AlarmPolicy } from '../anomaly/alarm-policy.ts';
import {
  fitMultivariate,
  judgeMoment,
  type MultivariateModel,
  startOf,
} from '../anomaly/multivariate.ts';
import type { Trail } from '../anomaly/multivariate-frames.ts';
import { createWatch, type Observation } from '../anomaly/watch.ts';

/** Steps whose outcome is handed back: the newest, an hour of minutes. */
export const RECENT_STEPS = 60;
const SEED = 1;

export interface FollowTask {
  readonly kind: 'follow';
  readonly policy: Partial<AlarmPolicy>;
  /** Copied; zeros for a new series. */
  readonly state: Float64Array;
  /** Unix seconds of the first value. */
  readonly start: number;
  readonly step: number;
  readonly values: Float64Array;
}

export interface Followed {
  readonly state: Float64Array;
  /** Of the newest steps, oldest first. */
  readonly observations: readonly Observation[];
}

export interface FitTask {
  readonly kind: 'fit';
  readonly columns: number;
  readonly start: number;
  readonly step: number;
  /** Row by row. */
  readonly values: Float64Array;
}

export interface FittedSubject {
  /** Undefined when there is too little to learn from. */
  readonly model: MultivariateModel | undefined;
  readonly trail: Trail | undefined;
}

export type WatchTask = FollowTask | FitTask;
export type WatchAnswer = (Followed | FittedSubject) & { readonly cpuSeconds: number };

/** The same as watching it live, sample by sample. */
export function follow({ policy, state, start, step, values }: FollowTask): Followed {
  const watch = createWatch(policy);
  const observations: Observation[] = [];
  for (const [index, value] of values.entries()) {
    const time = start + index * step;
    const seen = watch.observe(state, { time, value, utcOffset: utcOffsetAt(time) });
    if (index >= values.length - RECENT_STEPS) observations.push(seen);
  }
  return { state, observations };
}

/** Fits the model and lets it see the newest rows, so that the next one continues from there. */
export function fitSubject({ columns, start, step, values }: FitTask): FittedSubject {
  const count = values.length / columns;
  const times = Float64Array.from({ length: count }, (_, index) => start + index * step);
  const model = fitMultivariate({ rows: { columns, count, values }, times, seed: SEED });
  if (model === undefined) return { model, trail: undefined };
  let trail: Trail = startOf(model);
  for (let row = Math.max(0, count - RECENT_STEPS); row < count; row++) {
    const moment = { time: times[row]!, row: values.subarray(row * columns, (row + 1) * columns) };
    trail = judgeMoment(model, { ...moment, trail }).frame;
  }
  return { model, trail };
}

/** Seconds east of UTC of the machine's clock at that time: days and weeks are those of the people who use it. */
export function utcOffsetAt(time: number): number {
  return -60 * new Date(time * 1000).getTimezoneOffset();
}
