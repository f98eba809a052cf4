// All series of a host, or of a process group on it, judged together, minute by minute: one model each, fitted in the watching thread.
import {
  judgeMoment,
  MIN_TRAINING_ROWS,
  type MultivariateJudgement,
  type MultivariateModel,
} from '../anomaly/multivariate.ts';
import { type AlarmState, NO_ALARM } from '../anomaly/multivariate-alarm.ts';
import {
  type Contributor,
  type Explanation,
  explain,
} from '../anomaly/multivariate-explanation.ts';
import type { Moment, Trail } from '../anomaly/multivariate-frames.ts';
import { type Fitting, isDue } from '../anomaly/multivariate-training.ts';
import {
  type Episode,
  type EpisodeScores,
  handOver,
  isSettled,
  NO_EPISODE,
  nextEpisode,
} from '../anomaly/regime.ts';
import type { Labels } from '../series/labels.ts';
import { groupLabels, hostKey, hostLabels, type WatchedSeries } from './series-watch.ts';
import { type FittedSubject, RECENT_STEPS } from './watch-task.ts';

/** Columns of one model: the fit takes time with their square. */
const MAX_COLUMNS = 40;
/** A single series, or two, are judged by themselves. */
const MIN_COLUMNS = 3;
/** A subject whose series have changed gets a new model, but not more often than this. */
const RENEW_SECONDS = 6 * 3600;
/** Unusual, but by so little that nobody would care. */
const TRIFLE_SCORE = 0.99;
/** After a fit that failed or found too little. */
const RETRY_SECONDS = 3600;

/** Plain data. */
export interface WatchedSubject {
  readonly key: string;
  /** The key of its host: its own, where it is one. */
  readonly host: string;
  readonly labels: Labels;
  /** Keys of the series, one per column of the model. */
  columns: readonly string[];
  model: MultivariateModel | undefined;
  trail: Trail | undefined;
  fitting: Fitting | undefined;
  rowsSeen: number;
  retryAt: number;
  lastTime: number;
  /** Compared with the whole past, within a regime, too. */
  score: number;
  /** That of the episode. */
  alarm: AlarmState;
  episode: Episode;
  /** The model that knows the regime, while there is one. */
  adapted: { readonly model: MultivariateModel; trail: Trail } | undefined;
  peak: number;
  /** The last rows, oldest first. */
  window: Moment[];
  explanation: Explanation | undefined;
}

export interface SubjectWatch {
  readonly all: ReadonlyMap<string, WatchedSubject>;
  /** Follows the subjects of these series, the ones with most series where there are too many; answers how many are cut. */
  admit(series: Iterable<WatchedSeries>): number;
  /** Judges the row at a time. */
  observe(subject: WatchedSubject, own: ReadonlyMap<string, WatchedSeries>, at: number): void;
  /** The columns to fit the next model of, when it is time to. */
  due(
    subject: WatchedSubject,
    own: readonly WatchedSeries[],
    at: number,
  ): readonly string[] | undefined;
  take(
    subject: WatchedSubject,
    fitted: FittedSubject,
    training: Fitting & { columns: readonly string[] },
  ): void;
  /** Whether the open alarm has told what there is to tell: time for a model that knows it. */
  isSettled(subject: WatchedSubject, at: number): boolean;
  /** Takes that model, of the same columns: the alarm is over, and what it told of is how things are now. */
  adapt(subject: WatchedSubject, fitted: FittedSubject, at: number): void;
  restore(subjects: readonly WatchedSubject[]): void;
}

export interface SubjectWatchOptions {
  readonly step: number;
  /** Subjects that are followed at once. */
  readonly max: number;
  /** To which subject a series belongs; undefined for none. */
  readonly subjectOf: (series: WatchedSeries) => Subject | undefined;
  readonly warmUpSeconds: number;
  readonly sensitivity: number;
  /** What the scores of a subject are divided by. */
  readonly factor: (subject: WatchedSubject) => number;
  /** Whether anybody would care for the difference that a series makes. */
  readonly matters: (contributor: Contributor) => boolean;
}

/** What is judged as a whole. */
export type Subject = Pick<WatchedSubject, 'key' | 'host' | 'labels'>;

export function hostOf({ host, labels }: WatchedSeries): Subject | undefined {
  return labels.instance === undefined
    ? undefined
    : { key: host, host, labels: hostLabels(labels) };
}

export function groupOf({ host, labels }: WatchedSeries): Subject | undefined {
  if (labels.group === undefined || hostKey(labels) === undefined) return undefined;
  return { key: `${host}\n${labels.group}`, host, labels: groupLabels(labels) };
}

export function createSubjectWatch(options: SubjectWatchOptions): SubjectWatch {
  const { max, subjectOf, step, warmUpSeconds, sensitivity, factor, matters } = options;
  const all = new Map<string, WatchedSubject>();
  return {
    all,
    admit(series) {
      const subjects = [...countSubjects(series, subjectOf).values()]
        .filter(({ columns }) => columns >= MIN_COLUMNS)
        .sort((a, b) => b.columns - a.columns);
      const present = new Set(subjects.map(({ subject }) => subject.key));
      for (const key of all.keys()) if (!present.has(key)) all.delete(key);
      for (const { subject } of subjects)
        if (!all.has(subject.key) && all.size < max) all.set(subject.key, begin(subject));
      return subjects.length - all.size;
    },
    observe(subject, own, at) {
      if (at <= subject.lastTime) return;
      const isNext = at - subject.lastTime === step;
      subject.lastTime = at;
      subject.rowsSeen += 1;
      if (subject.model === undefined || subject.trail === undefined) return;
      const row = Float64Array.from(subject.columns, (key) => valueAt(own.get(key), at));
      const moment = { time: at, row };
      subject.window = [...(isNext ? subject.window : []), moment].slice(-RECENT_STEPS);
      const isBlank = row.every((value) => Number.isNaN(value));
      const judged = judge(subject, moment, sensitivity);
      const scale = isBlank ? Number.NaN : 1 / factor(subject);
      const { columns: names, window } = subject;
      const since = subject.episode.alarm.since ?? at;
      // Within a regime alarms, and what they say, are those of the model that knows it.
      const { judgement, model } = judged.adapted ?? judged.whole;
      const isHigh = judgement.score * scale >= 1;
      const reasons = isHigh ? explain({ names, model, judgement, window, since }) : undefined;
      const isTrifle = reasons !== undefined && !reasons.contributors.some(matters);
      const cut = (score: number) => (isTrifle ? Math.min(TRIFLE_SCORE, score) : score);
      const adapted = judged.adapted?.judgement.score ?? Number.NaN;
      const scores = {
        score: cut(judged.whole.judgement.score * scale),
        adapted: cut(adapted * scale),
      };
      conclude(subject, scores, at);
      if (subject.alarm.since === undefined) subject.explanation = undefined;
      else if (!isTrifle) subject.explanation = reasons ?? subject.explanation;
    },
    due(subject, own, at) {
      if (at < subject.retryAt) return undefined;
      const columns = chooseColumns(own);
      if (columns.length < MIN_COLUMNS) return undefined;
      const { fitting } = subject;
      if (fitting === undefined) return columns;
      const before = new Set(subject.columns);
      const isChanged = columns.some((key) => !before.has(key));
      const isOld = at - fitting.to >= RENEW_SECONDS;
      return (isChanged && isOld) || isDue(fitting, fitting.rows + subject.rowsSeen, at)
        ? columns
        : undefined;
    },
    take(subject, { model, trail }, { columns, rows, from, to }) {
      const isTooYoung = to - from < warmUpSeconds || rows < MIN_TRAINING_ROWS;
      subject.retryAt = model === undefined || isTooYoung ? to + RETRY_SECONDS : to;
      if (model === undefined || trail === undefined || isTooYoung) return;
      Object.assign(subject, { model, trail, columns, window: [], rowsSeen: 0 });
      // The new one has seen what was otherwise: it is the judge again.
      Object.assign(subject, { adapted: undefined });
      subject.episode = { ...subject.episode, regime: undefined };
      subject.fitting = { rows, from, to };
    },
    isSettled: ({ episode, retryAt }, at) => at >= retryAt && isSettled(episode),
    adapt(subject, { model, trail }, at) {
      subject.retryAt = at + (model === undefined ? RETRY_SECONDS : 0);
      if (model === undefined || trail === undefined) return;
      subject.adapted = { model, trail };
      subject.episode = handOver(subject.episode);
      Object.assign(subject, { alarm: NO_ALARM, peak: 0, explanation: undefined });
    },
    restore(subjects) {
      for (const one of subjects)
        if (all.size < max) all.set(one.key, { ...begin(one), ...one, host: one.host ?? one.key });
    },
  };
}

interface Judged {
  readonly model: MultivariateModel;
  readonly judgement: MultivariateJudgement;
}

/** By the model of the whole past and, within a regime, by the one that knows it. */
function judge(
  subject: WatchedSubject,
  moment: Moment,
  sensitivity: number,
): { readonly whole: Judged; readonly adapted: Judged | undefined } {
  const by = (fitted: { readonly model: MultivariateModel; trail: Trail }): Judged => {
    const { model, trail } = fitted;
    const judgement = judgeMoment(model, { ...moment, trail, sensitivity });
    fitted.trail = judgement.frame;
    return { model, judgement };
  };
  const { adapted } = subject;
  return {
    whole: by(subject as WatchedSubject & { readonly model: MultivariateModel; trail: Trail }),
    adapted: adapted === undefined ? undefined : by(adapted),
  };
}

function conclude(subject: WatchedSubject, scores: EpisodeScores, at: number): void {
  subject.score = scores.score;
  subject.episode = nextEpisode(subject.episode, scores, at);
  const { alarm, regime } = subject.episode;
  subject.alarm = alarm;
  if (regime === undefined) subject.adapted = undefined;
  const judged = Number.isNaN(scores.adapted) ? scores.score : scores.adapted;
  subject.peak = alarm.since === undefined ? 0 : Math.max(subject.peak, judged || 0);
}

function countSubjects(
  series: Iterable<WatchedSeries>,
  subjectOf: SubjectWatchOptions['subjectOf'],
): Map<string, { readonly subject: Subject; columns: number }> {
  const counts = new Map<string, { readonly subject: Subject; columns: number }>();
  for (const one of series) {
    const subject = subjectOf(one);
    if (subject === undefined) continue;
    const known = counts.get(subject.key);
    if (known === undefined) counts.set(subject.key, { subject, columns: 1 });
    else known.columns += 1;
  }
  return counts;
}

function begin({ key, host, labels }: Subject): WatchedSubject {
  return {
    key,
    host,
    labels,
    columns: [],
    model: undefined,
    trail: undefined,
    fitting: undefined,
    rowsSeen: 0,
    retryAt: Number.NEGATIVE_INFINITY,
    lastTime: Number.NEGATIVE_INFINITY,
    score: Number.NaN,
    alarm: NO_ALARM,
    episode: NO_EPISODE,
    adapted: undefined,
    peak: 0,
    window: [],
    explanation: undefined,
  };
}

/** What is known of the host as a whole first, then of its parts in the order in which they were let in. */
function chooseColumns(own: readonly WatchedSeries[]): string[] {
  const learnt = own.filter(({ lastTime }) => !Number.isNaN(lastTime));
  const isWhole = ({ labels }: WatchedSeries) => Object.keys(labels).length <= 2;
  return [...learnt.filter(isWhole), ...learnt.filter((one) => !isWhole(one))]
    .slice(0, MAX_COLUMNS)
    .map(({ key }) => key);
}

function valueAt(series: WatchedSeries | undefined, at: number): number {
  return series?.lastTime === at ? series.recent[RECENT_STEPS - 1]! : Number.NaN;
}
