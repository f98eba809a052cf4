// When the unusual stays and becomes usual: an alarm that has told the same for hours ends in a note, and a model that knows of it watches on.
import { type AlarmState, NO_ALARM, nextAlarm } from './multivariate-alarm.ts';

/** An alarm that has been open for so long, in so many rows, without getting worse has been told: it is how things are now. */
const ADAPT_SECONDS = 6 * 3600;
const ADAPT_ROWS = 60;
/** The course that tells whether it gets worse still: the end of a straight rise is two spreads above its mean. */
const RECENT_SECONDS = 1800;
const RECENT_ROWS = 5;
const WORSE_SPREADS = 1.5;
/** A regime is over when the score has been usual for so long. */
const RETURN_SECONDS = 1800;
const RETURN_ROWS = 3;
const USUAL_SCORE = 0.8;

/** How high the scores of an alarm are: plain means, and the recent one. */
interface Course {
  readonly rows: number;
  readonly level: number;
  /** Mean distance to the level. */
  readonly spread: number;
  readonly recent: number;
}

/** A state that was unusual and stayed. */
export interface Regime {
  /** Unix seconds since when it is like this. */
  readonly since: number;
  readonly lastHigh: number;
  readonly usualRows: number;
}

/** Plain data. */
export interface Episode {
  readonly alarm: AlarmState;
  /** Of the open alarm. */
  readonly course: Course | undefined;
  readonly regime: Regime | undefined;
  /** Unix seconds of the last score that was a number. */
  readonly time: number;
}

export const NO_EPISODE: Episode = {
  alarm: NO_ALARM,
  course: undefined,
  regime: undefined,
  time: Number.NaN,
};

export interface EpisodeScores {
  /** By the model of the whole past; 1 is the edge. */
  readonly score: number;
  /** By the model that knows the regime, too; NaN without one. */
  readonly adapted: number;
}

/** The state after one more row. Within a regime alarms are those of the model that knows it. NaN leaves everything as it is. */
export function nextEpisode(
  before: Episode,
  { score, adapted }: EpisodeScores,
  time: number,
): Episode {
  if (Number.isNaN(score)) return before;
  const elapsed = Number.isNaN(before.time) ? 0 : Math.max(0, time - before.time);
  const regime = nextRegime(before.regime, score, time);
  // Without the other model, and after the regime, the score is what it was before.
  const judged = regime === undefined || Number.isNaN(adapted) ? score : adapted;
  const alarm = nextAlarm(before.alarm, judged, time);
  const course = alarm.since === undefined ? undefined : nextCourse(before.course, judged, elapsed);
  return { alarm, course, regime, time };
}

/** Whether the alarm has told what there is to tell: time for a model that knows it. */
export function isSettled({ alarm, course, time }: Episode): boolean {
  if (alarm.since === undefined || course === undefined) return false;
  const { rows, recent, level, spread } = course;
  if (time - alarm.since < ADAPT_SECONDS || rows < ADAPT_ROWS) return false;
  return recent <= level + WORSE_SPREADS * spread;
}

/** The alarm ends, and what it told of is how things are now. */
export function handOver(episode: Episode): Episode {
  const { alarm, regime, time } = episode;
  const since = regime?.since ?? alarm.since ?? time;
  return {
    ...{ alarm: NO_ALARM, course: undefined, time },
    regime: { since, lastHigh: time, usualRows: 0 },
  };
}

function nextRegime(regime: Regime | undefined, score: number, time: number): Regime | undefined {
  if (regime === undefined) return undefined;
  if (score >= USUAL_SCORE) return { ...regime, lastHigh: time, usualRows: 0 };
  const usualRows = regime.usualRows + 1;
  const isOver = time - regime.lastHigh > RETURN_SECONDS && usualRows >= RETURN_ROWS;
  return isOver ? undefined : { ...regime, usualRows };
}

function nextCourse(course: Course | undefined, score: number, elapsed: number): Course {
  if (course === undefined) return { rows: 1, level: score, spread: 0, recent: score };
  const rows = course.rows + 1;
  const distance = score - course.level;
  const share = Math.min(1 / RECENT_ROWS, elapsed / RECENT_SECONDS);
  return {
    rows,
    level: course.level + distance / rows,
    spread: course.spread + (Math.abs(distance) - course.spread) / rows,
    recent: course.recent + share * (score - course.recent),
  };
}
