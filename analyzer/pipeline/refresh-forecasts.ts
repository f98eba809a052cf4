// Keeps a forecast per signal, horizon and series fresh: what is due is read, moved on or fitted again within a CPU budget.
import { isDeepStrictEqual } from 'node:util';
import { formatDuration } from '../../service/duration.ts';
import type { SignalDefinition, SignalDefinitions } from '../features/signal.ts';
import type { HostFeatures } from '../features/table.ts';
import { type Querier, QueryError } from '../prometheus/querier.ts';
import type { Unavailable } from '../series/finding.ts';
import { labelsKey } from '../series/labels.ts';
import { type CpuBudget, createCpuBudget } from './cpu-budget.ts';
import { createFailureCount } from './failure-count.ts';
import { createFitQueue, type FitQueue, MAX_WAITING_FITS } from './fit-queue.ts';
import { createHistoryReader, type HistoryReader } from './forecast-history.ts';
import { type ForecastMemory, type ForecastState, NO_FORECAST_MEMORY } from './forecast-memory.ts';
import type { ForecastPool } from './forecast-pool.ts';
import { readLevels } from './signal-levels.ts';
import { createSignalTrack, type Need, REFRESH_SHARE, type SignalTrack } from './signal-track.ts';
import type { ForecastAccuracy, SignalForecast } from './state.ts';

export { LEVELS } from './signal-track.ts';

/** A forecast whose history could not be read for this many refreshes is about a past now, and is withdrawn. */
const MAX_MISSED_REFRESHES = 4;
/** A history that could not be read is asked for again after this, or at its next refresh if that is sooner. */
const RETRY_SECONDS = 300;
/** Cores for the models when nothing is said, and the CPU seconds that they may save up. */
export const DEFAULT_CPU_CORES = 0.5;
const CPU_RESERVE_SECONDS = 30;
const CPU_RESERVE_PER_CORE = 15;
/** Fits handed to the pool at once: enough that its threads never wait. */
const MAX_IN_FLIGHT = 8;

export interface RefresherOptions {
  readonly querier: Querier;
  readonly pool: ForecastPool;
  /** A function where they change while the program runs. */
  readonly signals: SignalDefinitions | (() => SignalDefinitions);
  /** Seconds. */
  readonly horizons: readonly number[];
  /** Series per signal and horizon; the most important are kept and the cut is reported. */
  readonly maxSubjects: number;
  /** Mean number of cores that the models may use. */
  readonly cpuCores?: number;
  /** What outlives the program. */
  readonly memory?: ForecastMemory;
  /** Called after every refresh. */
  readonly onLoad?: (load: ForecastLoad) => void;
}

/** How the work keeps up. */
export interface ForecastLoad {
  /** Fits that wait for their turn. */
  readonly waiting: number;
  /** How far the most overdue of them is behind, in seconds. */
  readonly lagSeconds: number;
  /** CPU time of all models so far. */
  readonly cpuSeconds: number;
}

export interface ForecastRefresher {
  /** Brings everything that is due up to date. @throws {QueryError} when the server cannot be asked. */
  refresh(now: number, hosts: readonly HostFeatures[]): Promise<void>;
  forecasts(): SignalForecast[];
  unavailable(): Unavailable[];
  /** How right earlier forecasts were, for every signal and horizon of which enough is known. */
  accuracy(): ForecastAccuracy[];
  /** Saves what outlives the program. */
  save(): Promise<void>;
}

interface Entry {
  readonly key: string;
  readonly name: string;
  readonly signal: SignalDefinition;
  readonly horizon: number;
  readonly track: SignalTrack;
  /** Its own: what it remembers goes with the definition. */
  readonly reader: HistoryReader;
  /** Unix seconds: when it is to be read again, and when that last succeeded. */
  dueAt: number;
  succeededAt: number;
  absent: readonly Unavailable[];
  /** Why the last attempt to read it failed. */
  failure: Unavailable | undefined;
}

export function createForecastRefresher(options: RefresherOptions): ForecastRefresher {
  const entries = new Map<string, Entry>();
  const queue = createFitQueue();
  const { memory = NO_FORECAST_MEMORY } = options;
  const states = () => stateOf(entries);
  /** Until every entry has taken its part. */
  let saved: ReadonlyMap<string, ForecastState> | undefined;
  const cores = options.cpuCores ?? DEFAULT_CPU_CORES;
  const reserveSeconds = Math.max(CPU_RESERVE_SECONDS, CPU_RESERVE_PER_CORE * cores);
  const budget = createCpuBudget({ cores, reserveSeconds });
  let latest = Number.NEGATIVE_INFINITY;
  const isStale = ({ succeededAt, horizon }: Entry) =>
    latest - succeededAt > MAX_MISSED_REFRESHES * horizon * REFRESH_SHARE;
  const problems = (entry: Entry): readonly Unavailable[] => {
    const { failure, succeededAt, absent, track } = entry;
    const own = failure === undefined ? [] : [failure];
    if (!Number.isFinite(succeededAt)) return own;
    return isStale(entry) ? [withdrawn(entry), ...own] : [...own, ...absent, ...track.refusals()];
  };
  return {
    async refresh(now, hosts) {
      latest = now;
      budget.refill(now);
      const byKey = new Map(hosts.map((host) => [labelsKey(host.subject), host]));
      try {
        saved ??= await memory.restore(now);
        const due = dueEntries(options, { entries, before: saved, now });
        saved = new Map();
        await readDue(due, now, (entry) => readEntry(options, { entry, queue, now, hosts: byKey }));
      } finally {
        await fitWaiting(options.pool, { entries, queue, budget });
        await memory.saveWhenDue(now, states);
        options.onLoad?.({
          waiting: queue.size,
          lagSeconds: queue.lag(now),
          cpuSeconds: options.pool.cpuSeconds(),
        });
      }
    },
    forecasts: () =>
      [...entries.values()].flatMap((entry) => (isStale(entry) ? [] : entry.track.forecasts())),
    unavailable: () => [
      ...[...entries.values()].flatMap(problems),
      ...overdue(queue, latest),
      ...memory.unavailable(),
    ],
    save: () => memory.save(states),
    accuracy: () =>
      [...entries.values()].flatMap(({ name, horizon, track }) => {
        const accuracy = track.record.accuracy();
        return accuracy === undefined ? [] : [{ signal: name, horizon, accuracy }];
      }),
  };
}

function* stateOf(entries: ReadonlyMap<string, Entry>): Generator<ForecastState> {
  for (const { key, signal, reader, track } of entries.values())
    yield { key, signal, history: reader.state(), track: track.state() };
}

interface DueOptions {
  readonly entries: Map<string, Entry>;
  readonly before: ReadonlyMap<string, ForecastState>;
  readonly now: number;
}

/** Shortest horizon first; what is no longer defined, or defined differently, is dropped. */
function dueEntries(
  { querier, signals, horizons }: RefresherOptions,
  { entries, before, now }: DueOptions,
): Entry[] {
  const definitions = Object.entries(typeof signals === 'function' ? signals() : signals);
  const wanted = definitions
    .flatMap(([name, signal]) =>
      (signal.horizons ?? horizons).map((horizon) => ({ name, signal, horizon })),
    )
    .sort((a, b) => a.horizon - b.horizon);
  const kept = wanted.map(({ name, signal, horizon }) => {
    const key = `${name} ${horizon}`;
    const known = entries.get(key);
    if (known !== undefined && isDeepStrictEqual(known.signal, signal)) return known;
    const saved = before.get(key);
    const kept = isDeepStrictEqual(saved?.signal, signal) ? saved : undefined;
    const track = createSignalTrack({ name, signal, horizon }, kept?.track);
    const never = { dueAt: Number.NEGATIVE_INFINITY, succeededAt: Number.NEGATIVE_INFINITY };
    const reader = createHistoryReader(querier, kept?.history);
    return { key, name, signal, horizon, track, reader, ...never, absent: [], failure: undefined };
  });
  entries.clear();
  for (const entry of kept) entries.set(entry.key, entry);
  return kept.filter(({ dueAt }) => now >= dueAt);
}

/** What cannot be read costs its own signal; @throws {QueryError} when the server cannot be asked at all. */
async function readDue(
  due: readonly Entry[],
  now: number,
  read: (entry: Entry) => Promise<void>,
): Promise<void> {
  const failures = createFailureCount();
  for (const entry of due) {
    const interval = entry.horizon * REFRESH_SHARE;
    try {
      await read(entry);
      failures.answered();
      entry.failure = undefined;
      entry.succeededAt = now;
      entry.dueAt = now + interval;
    } catch (error) {
      if (error instanceof QueryError) {
        entry.failure = unreadable(entry, error);
        entry.dueAt = now + Math.min(interval, RETRY_SECONDS);
      }
      failures.failed(error);
    }
  }
  failures.finish();
}

interface ReadTask {
  readonly entry: Entry;
  readonly queue: FitQueue;
  readonly now: number;
  readonly hosts: ReadonlyMap<string, HostFeatures>;
}

async function readEntry(options: RefresherOptions, task: ReadTask): Promise<void> {
  const { entry, queue, now, hosts } = task;
  const { name, signal, horizon, track, reader } = entry;
  const absent = new Map<string, Unavailable>();
  const report = (reason: string, detail: string) =>
    void absent.set(reason, {
      what: 'forecast',
      signal: name,
      reason,
      detail: `${formatDuration(horizon)}: ${detail}`,
    });
  const maxSubjects = signal.maxSeries ?? options.maxSubjects;
  const histories = await reader.read({ name, signal, horizon, now, maxSubjects, report });
  const levels = await readLevels(options.querier, { signal, now, hosts, report });
  let weight = 0;
  let refused = 0;
  const need = (subject: string, why: Need) => {
    const refresh = horizon * REFRESH_SHARE;
    const deadline = now + (why === 'age' ? 2 * refresh : refresh);
    weight -= 1;
    if (!queue.push({ key: jobKey(entry, subject), due: now, deadline, weight })) refused += 1;
  };
  await track.update({ now, histories, levels, need });
  if (refused > 0)
    report(
      'overloaded',
      `${refused} series: ${MAX_WAITING_FITS} fits wait already, lower max_subjects`,
    );
  entry.absent = [...absent.values()];
}

const KEY_SEPARATOR = '\n';

function jobKey({ key }: Entry, subject: string): string {
  return `${key}${KEY_SEPARATOR}${subject}`;
}

interface FitRound {
  readonly entries: ReadonlyMap<string, Entry>;
  readonly queue: FitQueue;
  readonly budget: CpuBudget;
}

/** Fits what waits, in the queue's order, until the budget is spent; the rest stays for the next time. */
async function fitWaiting(pool: ForecastPool, round: FitRound): Promise<void> {
  const { entries, queue, budget } = round;
  const jobs = queue.waiting().values();
  let charged = pool.cpuSeconds();
  const work = async () => {
    for (const { key } of jobs) {
      const [entryKey = '', subject = ''] = key.split(KEY_SEPARATOR);
      const request = entries.get(entryKey)?.track.request(subject);
      queue.remove(key);
      if (request === undefined) continue;
      request.answer(await pool.forecast(request.history, request.options));
      const used = pool.cpuSeconds();
      budget.spend(used - charged);
      charged = used;
      if (budget.left() <= 0) return;
    }
  };
  if (budget.left() > 0) await Promise.all(Array.from({ length: MAX_IN_FLIGHT }, work));
}

function unreadable({ name, horizon }: Entry, { kind, message }: QueryError): Unavailable {
  const detail = `${formatDuration(horizon)}: ${message}`;
  return { what: 'forecast', signal: name, reason: `query_${kind}`, detail };
}

function withdrawn({ name, horizon }: Entry): Unavailable {
  const detail = `${formatDuration(horizon)}: the history could not be read again for too long`;
  return { what: 'forecast', signal: name, reason: 'stale', detail };
}

function overdue(queue: FitQueue, now: number): Unavailable[] {
  const lag = queue.lag(now);
  if (lag <= 0) return [];
  const detail = `${queue.size} series wait for their forecast, the first is ${formatDuration(Math.round(lag))} late: raise forecast.cpu_cores and forecast.threads, or forecast fewer series`;
  return [{ what: 'forecast', signal: '', reason: 'cpu_budget', detail }];
}
