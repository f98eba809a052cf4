// Every watched series with its state: who is let in, what it was fed last, what is missing, and its episodes.
import { edgeRarity } from '../anomaly/alarm-policy.ts';
import type { Condition } from '../anomaly/conditions.ts';
import { type AlarmState, NO_ALARM, nextAlarm } from '../anomaly/multivariate-alarm.ts';
import { createWatch, type Observation, type Watch } from '../anomaly/watch.ts';
import { type Labels, labelsKey } from '../series/labels.ts';
import type { Point } from '../series/series.ts';
import { type Followed, RECENT_STEPS, utcOffsetAt } from './watch-task.ts';
import type { WatchedSource } from './watched-source.ts';

/** A series that had no value for so many steps is gone. */
const GONE_STEPS = 60;
/** At full history, for the number of series among which one is the rarest by chance. */
const FULL_HISTORY_SAMPLES = 10_000;

/** Plain data but for `pending`. */
export interface WatchedSeries {
  readonly key: string;
  readonly signal: string;
  readonly labels: Labels;
  /** Equal for all series of a host; the series' own key where it belongs to none. */
  readonly host: string;
  state: Float64Array;
  /** Unix seconds of the last sample that was fed; NaN before the first. */
  lastTime: number;
  seenAt: number;
  /** The last values, the newest last. */
  readonly recent: Float64Array;
  latest: Observation | undefined;
  /** The score among all series of the host, after the operators' labels. */
  score: number;
  alarm: AlarmState;
  /** The highest score of the episode, and what was seen then. */
  peak: number;
  worst: Observation | undefined;
  /** The last time that it began again: over at once, and worth knowing for a while. */
  reset: Condition | undefined;
  /** Samples that came while the past was still being learnt. */
  pending: Fed[];
}

interface Fed {
  readonly time: number;
  readonly value: number;
}

export interface SeriesWatch {
  readonly all: ReadonlyMap<string, WatchedSeries>;
  /** Lets new series in, the largest of each source in turn, and forgets those that are gone; answers what is cut. */
  admit(answers: ReadonlyMap<WatchedSource, readonly Point[]>, at: number): Cut[];
  /** Feeds a sample; NaN where the server had none. Keeps it while the past is missing. */
  feed(series: WatchedSeries, sample: { time: number; value: number }, more: FeedOptions): void;
  /** Takes what the thread learnt up to `to`. */
  takePast(
    series: WatchedSeries,
    followed: Followed,
    past: { to: number; values: Float64Array },
  ): void;
  /** Those that miss something before `at`. */
  behind(at: number): WatchedSeries[];
  /** Unix seconds from which on a series has a score; NaN while its past is not learnt. */
  warmAt(series: WatchedSeries): number;
  restore(series: readonly WatchedSeries[]): void;
}

export interface FeedOptions {
  readonly forecast?: { median: number; lower: number; upper: number } | undefined;
}

export interface Cut {
  readonly signal: string;
  readonly series: number;
  readonly watched: number;
}

export interface SeriesWatchOptions {
  readonly step: number;
  readonly maxSeries: number;
  readonly sources: () => readonly WatchedSource[];
  /** What a series' scores are divided by, beside the number of series of its host. */
  readonly factor: (series: WatchedSeries) => number;
}

export function createSeriesWatch(options: SeriesWatchOptions): SeriesWatch {
  const { step, maxSeries, sources, factor } = options;
  const all = new Map<string, WatchedSeries>();
  const watches = new Map<string, { source: WatchedSource; watch: Watch }>();
  let perHost = new Map<string, number>();

  function watchOf(signal: string): { source: WatchedSource; watch: Watch } | undefined {
    const source = sources().find((one) => one.signal === signal);
    if (source === undefined) return undefined;
    let entry = watches.get(signal);
    if (entry?.source !== source) {
      entry = { source, watch: createWatch(source.policy) };
      watches.set(signal, entry);
    }
    return entry;
  }

  function conclude(series: WatchedSeries, seen: Observation, time: number): void {
    const policy = watchOf(series.signal)?.source.policy;
    const among = multiplicity(perHost.get(series.host) ?? 1, policy?.sensitivity ?? 0.5);
    series.latest = seen;
    series.score = seen.score / (among * factor(series));
    series.recent.copyWithin(0, 1);
    series.recent[RECENT_STEPS - 1] = seen.actual;
    if (!Number.isNaN(seen.actual)) series.seenAt = time;
    series.reset = seen.conditions.find(({ kind }) => kind === 'reset') ?? series.reset;
    series.lastTime = time;
    const opens = seen.isAlarm && series.score > 1;
    if (series.alarm.since === undefined && !opens) return;
    series.alarm = nextAlarm(series.alarm, series.score, time);
    if (series.alarm.since === undefined) Object.assign(series, { peak: 0, worst: undefined });
    else if (series.score > series.peak) Object.assign(series, { peak: series.score, worst: seen });
  }

  function observe(series: WatchedSeries, sample: Fed, more: FeedOptions): void {
    const watch = watchOf(series.signal)?.watch;
    if (watch === undefined) return;
    const { time } = sample;
    const whole = { ...sample, utcOffset: utcOffsetAt(time), forecast: more.forecast };
    conclude(series, watch.observe(series.state, whole), time);
  }

  return {
    all,
    admit(answers, at) {
      const isWanted = new Set(sources().map(({ signal }) => signal));
      const isAnswered = new Set([...answers.keys()].map(({ signal }) => signal));
      for (const [key, { signal, seenAt }] of all) {
        const isGone = isAnswered.has(signal) && at - seenAt > GONE_STEPS * step;
        if (isGone || !isWanted.has(signal)) all.delete(key);
      }
      const stateLength = (signal: string) => watchOf(signal)?.watch.stateLength;
      const cuts = letIn(all, answers, { maxSeries, stateLength });
      perHost = countHosts(all);
      return cuts;
    },
    feed(series, { time, value }, more) {
      if (time <= series.lastTime) return;
      if (time - series.lastTime === step) observe(series, { time, value }, more);
      else if (series.pending.push({ time, value }) > RECENT_STEPS) series.pending.shift();
    },
    takePast(series, { state, observations }, { to, values }) {
      series.state = state;
      const first = to - (observations.length - 1) * step;
      for (const [index, seen] of observations.entries())
        conclude(series, seen, first + index * step);
      series.lastTime = to;
      const last = values.findLastIndex((value) => !Number.isNaN(value));
      if (last >= 0)
        series.seenAt = Math.max(series.seenAt, to - (values.length - 1 - last) * step);
      const waiting = series.pending;
      series.pending = [];
      for (const { time, value } of waiting) {
        if (time - series.lastTime === step) observe(series, { time, value }, {});
        else if (time > series.lastTime) series.pending.push({ time, value });
      }
    },
    behind: (at) => [...all.values()].filter(({ lastTime }) => !(lastTime >= at)),
    warmAt: ({ signal, state }) => watchOf(signal)?.watch.warmAt(state) ?? Number.NaN,
    restore(series) {
      const fits = ({ signal, state }: WatchedSeries) =>
        all.size < maxSeries && watchOf(signal)?.watch.stateLength === state.length;
      for (const one of series) if (fits(one)) all.set(one.key, copyOf(one));
      perHost = countHosts(all);
    },
  };
}

interface Admission {
  readonly maxSeries: number;
  readonly stateLength: (signal: string) => number | undefined;
}

/** The largest of each source in turn, while there is room; answers what is left outside. */
function letIn(
  all: Map<string, WatchedSeries>,
  answers: ReadonlyMap<WatchedSource, readonly Point[]>,
  { maxSeries, stateLength }: Admission,
): Cut[] {
  const lists = [...answers].map(([source, points]) => ({
    signal: source.signal,
    series: points.length,
    points: ranked(points, all, source),
  }));
  const longest = Math.max(0, ...lists.map(({ points }) => points.length));
  for (let place = 0; place < longest && all.size < maxSeries; place++)
    for (const { signal, points } of lists) {
      const point = points[place];
      const length = stateLength(signal);
      if (point === undefined || length === undefined || all.size >= maxSeries) continue;
      const series = begin(signal, point, length);
      all.set(series.key, series);
    }
  return lists.flatMap(({ signal, series, points }): Cut[] => {
    const cut = points.filter(({ labels }) => !all.has(keyOf(signal, labels))).length;
    return cut === 0 ? [] : [{ signal, series, watched: series - cut }];
  });
}

/** With arrays of its own: those of a saved part are views of the whole part. */
function copyOf(one: WatchedSeries): WatchedSeries {
  const { state, recent } = one;
  return { ...one, reset: one.reset, state: state.slice(), recent: recent.slice(), pending: [] };
}

function countHosts(all: ReadonlyMap<string, WatchedSeries>): Map<string, number> {
  const groups = Map.groupBy(all.values(), ({ host }) => host);
  return new Map([...groups].map(([host, own]) => [host, own.length]));
}

/** Among n series the rarest is n times as rare by chance: the edge is so much further out (Bonferroni). */
function multiplicity(series: number, sensitivity: number): number {
  return 1 + Math.log10(Math.max(1, series)) / edgeRarity(sensitivity, FULL_HISTORY_SAMPLES);
}

/** Those that are not watched yet, the largest first. */
function ranked(
  points: readonly Point[],
  all: ReadonlyMap<string, WatchedSeries>,
  { signal }: WatchedSource,
): Point[] {
  return points
    .filter(({ labels, value }) => !Number.isNaN(value) && !all.has(keyOf(signal, labels)))
    .sort((a, b) => b.value - a.value);
}

function begin(signal: string, { labels, time }: Point, stateLength: number): WatchedSeries {
  const key = keyOf(signal, labels);
  return {
    key,
    signal,
    labels,
    host: hostKey(labels) ?? key,
    state: new Float64Array(stateLength),
    lastTime: Number.NaN,
    seenAt: time,
    recent: new Float64Array(RECENT_STEPS).fill(Number.NaN),
    latest: undefined,
    score: Number.NaN,
    alarm: NO_ALARM,
    peak: 0,
    worst: undefined,
    reset: undefined,
    pending: [],
  };
}

export function keyOf(signal: string, labels: Labels): string {
  return `${signal}${labelsKey(labels)}`;
}

/** Undefined for a series that belongs to no host. */
export function hostKey(labels: Labels): string | undefined {
  return labels.instance === undefined ? undefined : labelsKey(hostLabels(labels));
}

export function groupLabels(labels: Labels): Labels {
  const { group } = labels;
  return { ...hostLabels(labels), ...(group === undefined ? {} : { group }) };
}

export function hostLabels({ job, instance }: Labels): Labels {
  return { ...(job === undefined ? {} : { job }), ...(instance === undefined ? {} : { instance }) };
}
