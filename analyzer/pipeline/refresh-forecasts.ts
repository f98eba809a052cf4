// Keeps a forecast per signal, horizon and subject fresh: each horizon is looked at through its own resolution.
import { formatDuration } from '../../service/duration.ts';
import { promqlOf } from '../features/feature.ts';
import type { SignalDefinition, SignalDefinitions } from '../features/signal.ts';
import type { HostFeatures } from '../features/table.ts';
import { timeToThreshold } from '../forecast/time-to-threshold.ts';
import { type Querier, QueryError } from '../prometheus/querier.ts';
import type { Unavailable } from '../series/finding.ts';
import { labelsKey, withoutLabels } from '../series/labels.ts';
import type { Series } from '../series/series.ts';
import type { ForecastPool } from './forecast-pool.ts';
import type { SignalForecast } from './state.ts';

/** Every horizon is this many steps ahead, so that each is seen at the resolution that suits it. */
export const STEPS_AHEAD = 60;
/** And looks back this many of the same steps: four times the horizon … */
const STEPS_BACK = 240;
/** … or three weeks, where a step is long enough to know days and weeks. */
const SEASONAL_STEPS_BACK = 1_300;
/** Each horizon is forecast again after this share of it. */
const REFRESH_SHARE = 1 / 20;
const DAY_SECONDS = 86_400;
const WEEK_SECONDS = 7 * DAY_SECONDS;
/** A day of more steps than these is too long a season for what is read back. */
const MAX_DAY_STEPS = 100;
export const LEVELS = [0.8, 0.95] as const;
/** From this step on a sample would hide what happens between two: the mean of the step is asked instead. */
const MEAN_FROM_STEP_SECONDS = 60;

export interface RefresherOptions {
  readonly querier: Querier;
  readonly pool: ForecastPool;
  readonly signals: SignalDefinitions;
  /** Seconds. */
  readonly horizons: readonly number[];
  /** Series per signal and horizon; the largest are kept and the cut is reported. */
  readonly maxSubjects: number;
}

export interface ForecastRefresher {
  /** Brings everything that is due up to date. @throws {QueryError} when the server cannot be asked. */
  refresh(now: number, hosts: readonly HostFeatures[]): Promise<void>;
  forecasts(): SignalForecast[];
  unavailable(): Unavailable[];
}

interface Task {
  readonly name: string;
  readonly signal: SignalDefinition;
  readonly horizon: number;
  readonly now: number;
  readonly hosts: ReadonlyMap<string, HostFeatures>;
}

interface Outcome {
  readonly madeAt: number;
  readonly forecasts: readonly SignalForecast[];
  readonly unavailable: readonly Unavailable[];
}

export function createForecastRefresher(options: RefresherOptions): ForecastRefresher {
  const outcomes = new Map<string, Outcome>();
  return {
    async refresh(now, hosts) {
      const byKey = new Map(hosts.map((host) => [labelsKey(host.subject), host]));
      for (const horizon of options.horizons) {
        for (const [name, signal] of Object.entries(options.signals)) {
          const key = `${name} ${horizon}`;
          const madeAt = outcomes.get(key)?.madeAt ?? Number.NEGATIVE_INFINITY;
          if (now - madeAt < horizon * REFRESH_SHARE) continue;
          outcomes.set(
            key,
            await forecastSignal(options, { name, signal, horizon, now, hosts: byKey }),
          );
        }
      }
    },
    forecasts: () => [...outcomes.values()].flatMap((outcome) => outcome.forecasts),
    unavailable: () => [...outcomes.values()].flatMap((outcome) => outcome.unavailable),
  };
}

async function forecastSignal(options: RefresherOptions, task: Task): Promise<Outcome> {
  const absent = new Map<string, Unavailable>();
  const report = (reason: string, detail: string) =>
    void absent.set(reason, {
      what: 'forecast',
      signal: task.name,
      reason,
      detail: `${formatDuration(task.horizon)}: ${detail}`,
    });
  const histories = await readHistories(options, task, report);
  const results = await Promise.all(
    histories.map((history) => forecastSubject(options.pool, task, { history, report })),
  );
  const forecasts = results.filter((result) => result !== undefined);
  return { madeAt: task.now, forecasts, unavailable: [...absent.values()] };
}

type Report = (reason: string, detail: string) => void;

async function readHistories(
  { querier, maxSubjects }: RefresherOptions,
  { name, signal, horizon, now }: Task,
  report: Report,
): Promise<Series[]> {
  const step = horizon / STEPS_AHEAD;
  const to = Math.floor(now / step) * step;
  const back = seasonsOf(step).season === undefined ? STEPS_BACK : SEASONAL_STEPS_BACK;
  const grid = { from: to - (back - 1) * step, to, step };
  try {
    const series = await readFirstNonEmpty(querier, rangeQueries(signal, step), grid);
    if (series.length === 0) report('no_data', 'neither the recording rule nor raw series answer');
    const large = series.map(trimLeadingGap).filter((one) => lastValue(one) >= signal.floor);
    large.sort((a, b) => lastValue(b) - lastValue(a));
    if (large.length > maxSubjects) {
      report(
        'subject_cap',
        `${large.length} series, the largest ${maxSubjects} are forecast: raise forecast.max_subjects`,
      );
    }
    return large.slice(0, maxSubjects);
  } catch (error) {
    if (!(error instanceof QueryError) || error.kind !== 'rejected') throw error;
    report('query_rejected', `${name}: ${error.message}`);
    return [];
  }
}

/** The recorded series and the raw one, each as the mean of the step where a step is long. */
function rangeQueries(signal: SignalDefinition, step: number): string[] {
  const duration = formatDuration(step);
  const mean = step >= MEAN_FROM_STEP_SECONDS;
  const expr = promqlOf(signal, 'expr');
  const raw = mean ? `avg_over_time((${expr})[${duration}:])` : expr;
  if (signal.record === undefined) return [raw];
  const record = promqlOf(signal, 'record');
  return [mean ? `avg_over_time(${record}[${duration}])` : record, raw];
}

async function readFirstNonEmpty(
  querier: Querier,
  queries: readonly string[],
  grid: { from: number; to: number; step: number },
): Promise<Series[]> {
  for (const promql of queries) {
    const series = await querier.range(promql, grid);
    if (series.length > 0) return series;
  }
  return [];
}

async function forecastSubject(
  pool: ForecastPool,
  { name, signal, horizon, hosts }: Task,
  { history, report }: { history: Series; report: Report },
): Promise<SignalForecast | undefined> {
  const host = hosts.get(labelsKey(hostOf(history)));
  const limit = resolve(signal.limit, host);
  const maximum = signal.maximum === undefined ? undefined : resolve(signal.maximum, host);
  const bounds = { min: signal.minimum, ...(maximum === undefined ? {} : { max: maximum }) };
  const result = await pool.forecast(history, {
    steps: STEPS_AHEAD,
    levels: LEVELS,
    bounds,
    ...seasonsOf(history.step),
  });
  if ('reason' in result) {
    report(result.reason, result.detail);
    return undefined;
  }
  const value = lastValue(history);
  const { step } = history;
  return {
    signal: name,
    unit: signal.unit,
    labels: withoutLabels(history.labels),
    horizon,
    step,
    value,
    limit,
    forecast: result,
    timeToThreshold:
      limit === undefined
        ? undefined
        : timeToThreshold(result, { limit, direction: 'above', step, current: value }),
  };
}

/** Steps of a day and of a week, by the clock, where the step divides them and is not too fine. */
function seasonsOf(step: number): { season?: number; longSeason?: number } {
  const day = DAY_SECONDS / step;
  if (!Number.isInteger(day) || day > MAX_DAY_STEPS || day < 2) return {};
  return { season: day, longSeason: WEEK_SECONDS / step };
}

function resolve(
  value: SignalDefinition['limit'],
  host: HostFeatures | undefined,
): number | undefined {
  return typeof value === 'number' ? value : host?.value(value);
}

function hostOf({ labels }: Series): Record<string, string> {
  const { job, instance } = labels;
  return { ...(job === undefined ? {} : { job }), ...(instance === undefined ? {} : { instance }) };
}

/** A series that began during the window has no gap before its beginning: it is just shorter. */
function trimLeadingGap(series: Series): Series {
  const first = series.values.findIndex((value) => !Number.isNaN(value));
  if (first <= 0) return series;
  const start = series.start + first * series.step;
  return { ...series, start, values: series.values.subarray(first) };
}

/** NaN, and so below every floor, when the series has ended: its subject is gone. */
function lastValue({ values }: Series): number {
  const last = values.at(-1) ?? Number.NaN;
  return Number.isNaN(last) ? (values.at(-2) ?? Number.NaN) : last;
}
