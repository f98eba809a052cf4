// Beside the cycle: what is missing of the watched series is read and learnt, and hosts and groups get their models, within a CPU budget.
import type { Labels } from '../series/labels.ts';
import type { WatchParts } from './anomaly-snapshot.ts';
import { createCpuBudget } from './cpu-budget.ts';
import {
  hostKey,
  hostLabels,
  keyOf,
  type SeriesWatch,
  type WatchedSeries,
} from './series-watch.ts';
import { groupOf, hostOf, type SubjectWatch, type WatchedSubject } from './subject-watch.ts';
import type { WatchPool } from './watch-pool.ts';
import type { PastRequest, WatchReader } from './watch-reader.ts';
import type { FittedSubject } from './watch-task.ts';
import type { AnomalySettings, WatchedSource } from './watched-source.ts';

/** Enough for the first week of 300 series at once. */
const CPU_RESERVE_SECONDS = 60;
/** A series that the server has no past of counts as known from its first sample on. */
const MAX_ROUNDS = 3;
/** For how long an answer about all groups of a host is expected to be. */
const GROUPS_OF_A_HOST = 100;

export interface LearnerOptions {
  readonly reader: WatchReader;
  readonly pool: WatchPool;
  readonly settings: AnomalySettings;
  readonly parts: Pick<WatchParts, 'series' | 'hosts' | 'groups'>;
  readonly sources: () => readonly WatchedSource[];
}

export interface PastLearner {
  /** Goes on until nothing is missing up to `at`, or the budget is spent. @throws {Error} when reading or the thread fails. */
  learn(at: number): Promise<void>;
  stop(): void;
}

export function createPastLearner(options: LearnerOptions): PastLearner {
  const { cpuCores } = options.settings;
  const budget = createCpuBudget({ cores: cpuCores, reserveSeconds: CPU_RESERVE_SECONDS });
  let charged = 0;
  let isStopped = false;
  const mayGoOn = () => {
    const used = options.pool.cpuSeconds();
    budget.spend(used - charged);
    charged = used;
    return !isStopped && budget.left() > 0;
  };
  return {
    async learn(at) {
      budget.refill(at);
      await catchUp(options, at, mayGoOn);
      await fitSubjects(options, { at, mayGoOn });
    },
    stop() {
      isStopped = true;
    },
  };
}

/** Series of one source and host are read together: one query, one answer of bounded size. */
async function catchUp(
  { reader, pool, settings, parts: { series }, sources }: LearnerOptions,
  at: number,
  mayGoOn: () => boolean,
): Promise<void> {
  const { step, history } = settings;
  for (let round = 0; round < MAX_ROUNDS; round++) {
    const missing = [...Map.groupBy(series.behind(at), ({ signal, host }) => `${signal}\n${host}`)];
    if (missing.length === 0) return;
    for (const [, own] of missing) {
      const source = sources().find(({ signal }) => signal === own[0]?.signal);
      if (source === undefined) continue;
      const begin = (one: WatchedSeries) => Math.max(at - history, (one.lastTime || 0) + step);
      const from = own.reduce((least, one) => Math.min(least, begin(one)), at);
      const past = await readOwn(reader, source, {
        from,
        to: at,
        host: hostLabelsOf(own),
        series: own.length,
      });
      for (const one of own) {
        if (!mayGoOn()) return;
        const values = past.get(one.key)?.subarray(Math.round((begin(one) - from) / step));
        await followOne({ pool, source, step, series }, one, { values, at, start: begin(one) });
      }
    }
  }
}

interface Following {
  readonly pool: WatchPool;
  readonly source: WatchedSource;
  readonly step: number;
  readonly series: SeriesWatch;
}

/** Leading gaps teach nothing; a series without any past waits as one long gap. */
async function followOne(
  { pool, source, step, series }: Following,
  one: WatchedSeries,
  { values, at, start }: { values: Float64Array | undefined; at: number; start: number },
): Promise<void> {
  if (values === undefined || values.length === 0) return;
  const isNew = Number.isNaN(one.lastTime);
  const first = isNew ? values.findIndex((value) => !Number.isNaN(value)) : 0;
  if (first < 0) return;
  const own = values.slice(first);
  const followed = await pool.follow({
    kind: 'follow',
    policy: source.policy,
    state: one.state.slice(),
    start: start + first * step,
    step,
    values: own,
  });
  series.takePast(one, followed, { to: at, values: own });
}

interface OwnSeries {
  readonly source: WatchedSource;
  readonly subject: WatchedSubject;
  readonly own: readonly WatchedSeries[];
}

/** Where the name of a group is made by the query, no selector finds the group alone: then its host is read. */
async function readSubject(
  reader: WatchReader,
  { source, subject, own }: OwnSeries,
  range: Pick<PastRequest, 'from' | 'to'>,
): Promise<Map<string, Float64Array>> {
  const narrow = { ...range, host: subject.labels, series: own.length };
  const past = await readOwn(reader, source, narrow);
  if (subject.key === subject.host || own.some(({ key }) => past.has(key))) return past;
  const wide = { ...range, host: hostLabels(subject.labels), series: GROUPS_OF_A_HOST };
  return readOwn(reader, source, wide);
}

async function readOwn(
  reader: WatchReader,
  source: WatchedSource,
  request: PastRequest,
): Promise<Map<string, Float64Array>> {
  const answer = await reader.past(source, request);
  return new Map(answer.map(({ labels, values }) => [keyOf(source.signal, labels), values]));
}

function hostLabelsOf([first]: readonly WatchedSeries[]): Labels {
  return first === undefined || hostKey(first.labels) === undefined ? {} : hostLabels(first.labels);
}

interface FitRound {
  readonly at: number;
  readonly mayGoOn: () => boolean;
}

/** Hosts before groups: a host's model sees what happens in its groups, too. */
async function fitSubjects(options: LearnerOptions, { at, mayGoOn }: FitRound): Promise<void> {
  const { series, hosts, groups } = options.parts;
  for (const [wholes, subjectOf] of [[hosts, hostOf] as const, [groups, groupOf] as const]) {
    const bySubject = Map.groupBy(series.all.values(), (one) => subjectOf(one)?.key);
    for (const subject of wholes.all.values()) {
      const columns = wholes.due(subject, bySubject.get(subject.key) ?? [], at);
      const adapts = columns === undefined && wholes.isSettled(subject, at);
      if (columns === undefined && !adapts) continue;
      if (!mayGoOn()) return;
      const fit = await fitOne(options, subject, { columns: columns ?? subject.columns, at });
      if (adapts) wholes.adapt(subject, fit.fitted, at);
      else wholes.take(subject, fit.fitted, fit.training);
    }
  }
}

interface Fit {
  readonly fitted: FittedSubject;
  readonly training: Parameters<SubjectWatch['take']>[2];
}

/** The rows are read anew: weeks of them are not kept in memory. */
async function fitOne(
  { reader, pool, settings, parts: { series }, sources }: LearnerOptions,
  subject: WatchedSubject,
  { columns, at }: { columns: readonly string[]; at: number },
): Promise<Fit> {
  const { step, history } = settings;
  const from = at - history;
  const count = Math.round(history / step) + 1;
  const values = new Float64Array(count * columns.length).fill(Number.NaN);
  const wanted = columns.flatMap((key) => series.all.get(key) ?? []);
  for (const [signal, own] of Map.groupBy(wanted, (one) => one.signal)) {
    const source = sources().find((one) => one.signal === signal);
    if (source === undefined) continue;
    const past = await readSubject(reader, { source, subject, own }, { from, to: at });
    for (const { key } of own) {
      const column = columns.indexOf(key);
      const read = past.get(key);
      if (read !== undefined)
        for (let row = 0; row < count; row++) values[row * columns.length + column] = read[row]!;
    }
  }
  const first = values.findIndex((value) => !Number.isNaN(value));
  const skipped = first < 0 ? count : Math.floor(first / columns.length);
  const start = from + skipped * step;
  const fitted = await pool.fit({
    kind: 'fit',
    columns: columns.length,
    start,
    step,
    values: values.slice(skipped * columns.length),
  });
  return { fitted, training: { columns, rows: count - skipped, from: start, to: at } };
}
