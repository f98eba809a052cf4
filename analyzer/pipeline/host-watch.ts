// All series of a host judged together, minute by minute: one model per host, fitted in the watching thread.
import { judgeMoment, MIN_TRAINING_ROWS, type MultivariateModel } from '../anomaly/multivariate.ts';
import { type AlarmState, NO_ALARM, nextAlarm } from '../anomaly/multivariate-alarm.ts';
import {
  type Contributor,
  type Explanation,
  explain,
} from '../anomaly/multivariate-explanation.ts';
import type { Moment, Trail } from '../anomaly/multivariate-frames.ts';
import { type Fitting, isDue } from '../anomaly/multivariate-training.ts';
import type { Labels } from '../series/labels.ts';
import { hostLabels, type WatchedSeries } from './series-watch.ts';
import { type FittedHost, RECENT_STEPS } from './watch-task.ts';

/** Columns of one model: the fit takes time with their square. */
const MAX_COLUMNS = 40;
/** A single series, or two, are judged by themselves. */
const MIN_COLUMNS = 3;
/** A host whose series have changed gets a new model, but not more often than this. */
const RENEW_SECONDS = 6 * 3600;
/** Unusual, but by so little that nobody would care. */
const TRIFLE_SCORE = 0.99;
/** After a fit that failed or found too little. */
const RETRY_SECONDS = 3600;

/** Plain data. */
export interface WatchedHost {
  readonly key: string;
  readonly labels: Labels;
  /** Keys of the series, one per column of the model. */
  columns: readonly string[];
  model: MultivariateModel | undefined;
  trail: Trail | undefined;
  fitting: Fitting | undefined;
  rowsSeen: number;
  retryAt: number;
  lastTime: number;
  score: number;
  alarm: AlarmState;
  peak: number;
  /** The last rows, oldest first. */
  window: Moment[];
  explanation: Explanation | undefined;
}

export interface HostWatch {
  readonly all: ReadonlyMap<string, WatchedHost>;
  /** Follows the hosts of these series, the ones with most series where there are too many; answers how many are cut. */
  admit(series: Iterable<WatchedSeries>): number;
  /** Judges the row at a time. */
  observe(host: WatchedHost, own: ReadonlyMap<string, WatchedSeries>, at: number): void;
  /** The columns to fit the next model of, when it is time to. */
  due(host: WatchedHost, own: readonly WatchedSeries[], at: number): readonly string[] | undefined;
  take(
    host: WatchedHost,
    fitted: FittedHost,
    training: Fitting & { columns: readonly string[] },
  ): void;
  restore(hosts: readonly WatchedHost[]): void;
}

export interface HostWatchOptions {
  readonly step: number;
  readonly maxHosts: number;
  readonly warmUpSeconds: number;
  readonly sensitivity: number;
  /** What the scores of a host are divided by. */
  readonly factor: (host: WatchedHost) => number;
  /** Whether anybody would care for the difference that a series makes. */
  readonly matters: (contributor: Contributor) => boolean;
}

export function createHostWatch(options: HostWatchOptions): HostWatch {
  const { maxHosts, step, warmUpSeconds, sensitivity, factor, matters } = options;
  const all = new Map<string, WatchedHost>();
  return {
    all,
    admit(series) {
      const groups = [...Map.groupBy(series, ({ host }) => host)]
        .filter(([, own]) => own.length >= MIN_COLUMNS && own[0]?.labels.instance !== undefined)
        .sort(([, a], [, b]) => b.length - a.length);
      const present = new Set(groups.map(([key]) => key));
      for (const key of all.keys()) if (!present.has(key)) all.delete(key);
      for (const [key, own] of groups)
        if (!all.has(key) && all.size < maxHosts) all.set(key, begin(key, own[0]!.labels));
      return groups.length - all.size;
    },
    observe(host, own, at) {
      if (at <= host.lastTime) return;
      const isNext = at - host.lastTime === step;
      host.lastTime = at;
      host.rowsSeen += 1;
      if (host.model === undefined || host.trail === undefined) return;
      const row = Float64Array.from(host.columns, (key) => valueAt(own.get(key), at));
      const moment = { time: at, row };
      host.window = [...(isNext ? host.window : []), moment].slice(-RECENT_STEPS);
      const judgement = judgeMoment(host.model, { ...moment, trail: host.trail, sensitivity });
      host.trail = judgement.frame;
      const blank = row.every((value) => Number.isNaN(value));
      const score = blank ? Number.NaN : judgement.score / factor(host);
      const { columns: names, model, window } = host;
      const since = host.alarm.since ?? at;
      const reasons = score >= 1 ? explain({ names, model, judgement, window, since }) : undefined;
      const isTrifle = reasons !== undefined && !reasons.contributors.some(matters);
      conclude(host, isTrifle ? TRIFLE_SCORE : score, at);
      if (host.alarm.since === undefined) host.explanation = undefined;
      else if (!isTrifle) host.explanation = reasons ?? host.explanation;
    },
    due(host, own, at) {
      if (at < host.retryAt) return undefined;
      const columns = chooseColumns(own);
      if (columns.length < MIN_COLUMNS) return undefined;
      const { fitting } = host;
      if (fitting === undefined) return columns;
      const before = new Set(host.columns);
      const isChanged = columns.some((key) => !before.has(key));
      const isOld = at - fitting.to >= RENEW_SECONDS;
      return (isChanged && isOld) || isDue(fitting, fitting.rows + host.rowsSeen, at)
        ? columns
        : undefined;
    },
    take(host, { model, trail }, { columns, rows, from, to }) {
      const isTooYoung = to - from < warmUpSeconds || rows < MIN_TRAINING_ROWS;
      host.retryAt = model === undefined || isTooYoung ? to + RETRY_SECONDS : to;
      if (model === undefined || trail === undefined || isTooYoung) return;
      Object.assign(host, { model, trail, columns, window: [], rowsSeen: 0 });
      host.fitting = { rows, from, to };
    },
    restore(hosts) {
      for (const host of hosts) if (all.size < maxHosts) all.set(host.key, { ...host });
    },
  };
}

function conclude(host: WatchedHost, score: number, at: number): void {
  host.score = score;
  host.alarm = nextAlarm(host.alarm, score, at);
  host.peak = host.alarm.since === undefined ? 0 : Math.max(host.peak, score || 0);
}

function begin(key: string, labels: Labels): WatchedHost {
  return {
    key,
    labels: hostLabels(labels),
    columns: [],
    model: undefined,
    trail: undefined,
    fitting: undefined,
    rowsSeen: 0,
    retryAt: Number.NEGATIVE_INFINITY,
    lastTime: Number.NEGATIVE_INFINITY,
    score: Number.NaN,
    alarm: NO_ALARM,
    peak: 0,
    window: [],
    explanation: undefined,
  };
}

/** What is known of the whole host first, then of its parts in the order in which they were let in. */
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
