// The history of a signal at the resolution of a horizon: which series, how far back, and only what is new since the last look.
import { setImmediate } from 'node:timers/promises';
import { formatDuration } from '../../service/duration.ts';
import { promqlOf } from '../features/feature.ts';
import type { SignalDefinition } from '../features/signal.ts';
import { type Querier, QueryError, scopeOf } from '../prometheus/querier.ts';
import { type Labels, labelsKey } from '../series/labels.ts';
import type { Point, Series } from '../series/series.ts';
import { createHistoryStore, type HistoryEntry, type HistoryStore } from './history-store.ts';
import { type HorizonPlan, planHorizon } from './horizon-plan.ts';

/** Prometheus refuses a range query of more points a series. */
const MAX_POINTS_PER_QUERY = 11_000;
/** Some 6 MB of JSON: larger answers are asked for in several parts of the time. */
const MAX_SAMPLES_PER_ANSWER = 250_000;
/** What was read last time may have been incomplete: that much is read again. */
const OVERLAP_STEPS = 2;
/** From this step on a sample would hide what happens between two: the mean of the step is asked instead. */
const MEAN_FROM_STEP_SECONDS = 60;
/** An answer of more than so many times the wanted series: the rest is asked for by name. */
const CROWDED_FACTOR = 2;
/** Series that are handled before the event loop has its turn. */
const SERIES_PER_TURN = 500;

export interface HistoryRequest {
  readonly name: string;
  readonly signal: SignalDefinition;
  /** Seconds. */
  readonly horizon: number;
  readonly now: number;
  /** Series; the largest (smallest, where the limit is below) are kept and the cut is reported. */
  readonly maxSubjects: number;
  /** Told why something is not there. */
  readonly report: Report;
}

export type Report = (reason: string, detail: string) => void;

export interface HistoryReader {
  /**
   * The series of a signal, the most important first. Their values are views that the next `read` of the same
   * signal and horizon changes. @throws {QueryError} when the server cannot be asked.
   */
  read(request: HistoryRequest): Promise<Series[]>;
  /** All that it has read, to be handed to another reader. */
  state(): HistoryState;
}

/** By signal, expression and grid; plain data. */
export type HistoryState = readonly {
  readonly key: string;
  readonly isCrowded: boolean;
  readonly entries: readonly HistoryEntry[];
}[];

/** Remembers what it has read, per signal, expression and grid. */
export function createHistoryReader(querier: Querier, before: HistoryState = []): HistoryReader {
  const sources = new Map<string, Source>();
  return {
    state: () =>
      [...sources].map(([key, { store, isCrowded }]) => ({
        ...{ key, isCrowded, entries: store.entries() },
      })),
    async read(request) {
      const { name, signal, horizon, report } = request;
      const plan = planHorizon(signal, horizon);
      try {
        for (const promql of rangeQueries(signal, plan.step, scopeOf(querier, signal))) {
          const key = `${name} ${plan.step} ${plan.pointsBack} ${promql}`;
          const known = before.find((one) => one.key === key);
          const source = sources.get(key) ?? newSource(promql, plan, known);
          const series = await readSource(querier, request, source);
          if (series === undefined) continue;
          sources.set(key, source);
          return series;
        }
        report('no_data', 'neither the recording rule nor raw series answer');
      } catch (error) {
        if (!(error instanceof QueryError) || error.kind !== 'rejected') throw error;
        report('query_rejected', `${name}: ${error.message}`);
      }
      return [];
    },
  };
}

/** The same for one look. */
export function readHistories(querier: Querier, request: HistoryRequest): Promise<Series[]> {
  return createHistoryReader(querier).read(request);
}

/** The recorded series and the raw one, each as the mean of the step where a step is long. */
function rangeQueries(signal: SignalDefinition, step: number, scope: Labels): string[] {
  const duration = formatDuration(step);
  const mean = step >= MEAN_FROM_STEP_SECONDS;
  const expr = promqlOf(signal, 'expr', scope);
  const raw = mean ? `avg_over_time((${expr})[${duration}:])` : expr;
  if (signal.record === undefined) return [raw];
  const record = promqlOf(signal, 'record', scope);
  return [mean ? `avg_over_time(${record}[${duration}])` : record, raw];
}

interface Source {
  readonly promql: string;
  readonly plan: HorizonPlan;
  readonly store: HistoryStore;
  /** The server has far more series over time than are wanted now: their pods, say, come and go. */
  isCrowded: boolean;
}

function newSource(
  promql: string,
  plan: HorizonPlan,
  { entries, isCrowded }: Omit<HistoryState[number], 'key'> = { entries: [], isCrowded: false },
): Source {
  return { promql, plan, store: createHistoryStore(plan, entries), isCrowded };
}

/** Undefined when this source has no series at all. */
async function readSource(
  querier: Querier,
  request: HistoryRequest,
  source: Source,
): Promise<Series[] | undefined> {
  const { promql, plan, store } = source;
  const { step, pointsBack } = plan;
  const to = Math.floor(request.now / step) * step;
  const choice = await choose(querier, request, { promql, to });
  if (choice === undefined) return undefined;
  const { points, isCut, filter } = choice;
  const filtered = `(${promql}) and ${filter(step)}`;
  const keys: string[] = [];
  await eachTurn(points, ({ labels }) => keys.push(labelsKey(labels)));
  const wanted = new Set(keys);
  const window = to - (pointsBack - 1) * step;
  const chunk = chunkPoints(points.length);
  const readInto = async (from: number, end: number) => {
    for (let start = from; start <= end; start += chunk * step) {
      const grid = { from: start, to: Math.min(end, start + (chunk - 1) * step), step };
      const answer = await querier.range(isCut || source.isCrowded ? filtered : promql, grid);
      source.isCrowded ||= answer.length > CROWDED_FACTOR * wanted.size;
      await eachTurn(answer, (series) => {
        if (wanted.has(labelsKey(series.labels))) store.put(series, to);
      });
    }
  };
  const known = store.readUntil(keys);
  const tail = known === undefined ? window : Math.max(window, known - OVERLAP_STEPS * step);
  await readInto(tail, to);
  // A series that is new here but began earlier has a past that was not read yet.
  if (tail > window && store.hasUnreadPast(keys, tail)) await readInto(window, tail - step);
  store.forgetOthers(keys, to);
  const histories: Series[] = [];
  await eachTurn(keys, (key) => {
    const history = store.get(key, to);
    if (history !== undefined) histories.push(history);
  });
  return histories;
}

function chunkPoints(series: number): number {
  const share = Math.floor(MAX_SAMPLES_PER_ANSWER / Math.max(1, series));
  return Math.max(1, Math.min(MAX_POINTS_PER_QUERY, share));
}

interface Choice {
  readonly points: readonly Point[];
  /** Some series of that moment are left out. */
  readonly isCut: boolean;
  /** Selects the same series in a range query. */
  readonly filter: (step: number) => string;
}

/** The most important series at one moment: the server ranks them, so that the answer is bounded. */
async function choose(
  querier: Querier,
  { signal, maxSubjects, report }: HistoryRequest,
  { promql, to }: { promql: string; to: number },
): Promise<Choice | undefined> {
  const downward = signal.direction === 'down';
  const rank = downward ? 'bottomk' : 'topk';
  const floor = downward ? undefined : signal.floor;
  const answer = await querier.instant(`${rank}(${maxSubjects + 1}, ${promql})`, to);
  const ranked = answer.filter(({ labels }) => querier.scope?.owns(labels) ?? true);
  if (ranked.length === 0) return undefined;
  const large = ranked.filter(({ value }) => value >= (floor ?? -Infinity));
  const sorted = [...large].sort((a, b) => (downward ? a.value - b.value : b.value - a.value));
  const points = sorted.slice(0, maxSubjects);
  if (large.length > points.length) {
    const condition = floor ? ` >= ${floor}` : '';
    const counts = await querier.instant(`count((${promql})${condition})`, to);
    const count = counts.reduce((sum, { value }) => sum + value, 0);
    report(
      'subject_cap',
      `${count || `more than ${maxSubjects}`} series, ${downward ? 'the smallest' : 'the largest'} ${maxSubjects} are forecast: raise forecast.max_subjects or the signal's max_series`,
    );
  }
  const least = floor ? ` >= ${floor}` : '';
  return {
    points,
    isCut: points.length < ranked.length,
    filter: (step) => {
      const span = formatDuration(step);
      const then = `last_over_time((${promql})[${span}:${span}] @ ${to})`;
      return `(${rank}(${maxSubjects}, ${then})${least})`;
    },
  };
}

async function eachTurn<T>(items: readonly T[], work: (item: T) => unknown): Promise<void> {
  for (const [index, item] of items.entries()) {
    work(item);
    if ((index + 1) % SERIES_PER_TURN === 0) await setImmediate();
  }
}

/** NaN when the series has ended: its subject is gone. */
export function lastValue({ values }: Series): number {
  const last = values.at(-1) ?? Number.NaN;
  return Number.isNaN(last) ? (values.at(-2) ?? Number.NaN) : last;
}
