// Keeps a forecast per signal, horizon and subject fresh: each horizon is looked at through its own resolution.
import { formatDuration } from '../../service/duration.ts';
import type { SignalDefinition, SignalDefinitions } from '../features/signal.ts';
import type { HostFeatures } from '../features/table.ts';
import { withinBounds } from '../forecast/bounds.ts';
import { timeToThreshold } from '../forecast/time-to-threshold.ts';
import {
  type Claim,
  createTrackRecord,
  stretched,
  type TrackRecord,
} from '../forecast/track-record.ts';
import type { Querier } from '../prometheus/querier.ts';
import type { Unavailable } from '../series/finding.ts';
import type { Forecast } from '../series/forecast.ts';
import { labelsKey, withoutLabels } from '../series/labels.ts';
import { endOf, type Series } from '../series/series.ts';
import {
  lastValue,
  type Report,
  readHistories,
  STEPS_AHEAD,
  seasonsOf,
} from './forecast-history.ts';
import type { ForecastPool } from './forecast-pool.ts';
import type { ForecastAccuracy, SignalForecast } from './state.ts';

/** Each horizon is forecast again after this share of it. */
const REFRESH_SHARE = 1 / 20;
/** A forecast that could not be renewed for this many refreshes is about a past now, and is withdrawn. */
const MAX_MISSED_REFRESHES = 4;
export const LEVELS = [0.8, 0.95] as const;
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
  /** How right earlier forecasts were, for every signal and horizon of which enough is known. */
  accuracy(): ForecastAccuracy[];
}

interface Task {
  readonly name: string;
  readonly signal: SignalDefinition;
  readonly horizon: number;
  readonly now: number;
  readonly hosts: ReadonlyMap<string, HostFeatures>;
  readonly record: TrackRecord;
}

interface ForecastRecord {
  readonly signal: string;
  readonly horizon: number;
  readonly record: TrackRecord;
}

interface Outcome {
  readonly signal: string;
  readonly horizon: number;
  readonly madeAt: number;
  readonly forecasts: readonly SignalForecast[];
  readonly unavailable: readonly Unavailable[];
}

export function createForecastRefresher(options: RefresherOptions): ForecastRefresher {
  const outcomes = new Map<string, Outcome>();
  const records = new Map<string, ForecastRecord>();
  let latest = Number.NEGATIVE_INFINITY;
  const isStale = ({ madeAt, horizon }: Outcome) =>
    latest - madeAt > MAX_MISSED_REFRESHES * horizon * REFRESH_SHARE;
  return {
    async refresh(now, hosts) {
      latest = now;
      const byKey = new Map(hosts.map((host) => [labelsKey(host.subject), host]));
      for (const horizon of options.horizons) {
        for (const [name, signal] of Object.entries(options.signals)) {
          const key = `${name} ${horizon}`;
          const madeAt = outcomes.get(key)?.madeAt ?? Number.NEGATIVE_INFINITY;
          if (now - madeAt < horizon * REFRESH_SHARE) continue;
          const { record } = records.get(key) ?? { record: createTrackRecord() };
          records.set(key, { signal: name, horizon, record });
          const task = { name, signal, horizon, now, hosts: byKey, record };
          outcomes.set(key, await forecastSignal(options, task));
        }
      }
    },
    forecasts: () =>
      [...outcomes.values()].flatMap((outcome) => (isStale(outcome) ? [] : outcome.forecasts)),
    unavailable: () =>
      [...outcomes.values()].flatMap((outcome) =>
        isStale(outcome) ? [withdrawn(outcome)] : outcome.unavailable,
      ),
    accuracy: () =>
      [...records.values()].flatMap(({ signal, horizon, record }) => {
        const accuracy = record.accuracy();
        return accuracy === undefined ? [] : [{ signal, horizon, accuracy }];
      }),
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
  const { querier, maxSubjects } = options;
  const histories = await readHistories(querier, { ...task, maxSubjects, report });
  const results = await Promise.all(
    histories.map((history) => forecastSubject(options.pool, task, { history, report })),
  );
  const forecasts = results.filter((result) => result !== undefined);
  const { name, horizon, now } = task;
  return { signal: name, horizon, madeAt: now, forecasts, unavailable: [...absent.values()] };
}

function withdrawn({ signal, horizon }: Outcome): Unavailable {
  const detail = `${formatDuration(horizon)}: the history could not be read again for too long`;
  return { what: 'forecast', signal, reason: 'stale', detail };
}

async function forecastSubject(
  pool: ForecastPool,
  { name, signal, horizon, hosts, now, record }: Task,
  { history, report }: { history: Series; report: Report },
): Promise<SignalForecast | undefined> {
  const host = hosts.get(labelsKey(hostOf(history)));
  const limit = resolve(signal.limit, host);
  const maximum = signal.maximum === undefined ? undefined : resolve(signal.maximum, host);
  const bounds = { min: signal.minimum, ...(maximum === undefined ? {} : { max: maximum }) };
  const subject = labelsKey(history.labels);
  record.settle(subject, now, (time) => valueAt(history, time));
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
  const forecast = withinBounds(stretched(result, record.factor), bounds);
  record.claim(toClaim(forecast, { subject, target: endOf(history) + horizon, naive: value }));
  return {
    signal: name,
    unit: signal.unit,
    labels: withoutLabels(history.labels),
    horizon,
    step,
    end: endOf(history),
    value,
    limit,
    forecast,
    timeToThreshold:
      limit === undefined
        ? undefined
        : timeToThreshold(forecast, { limit, direction: 'above', step, current: value }),
  };
}

/** The value on the grid at a time; NaN outside of it. */
function valueAt({ start, step, values }: Series, time: number): number {
  return values[Math.round((time - start) / step)] ?? Number.NaN;
}

/** What the last step of a forecast claims. */
function toClaim(
  { median, intervals }: Forecast,
  { subject, target, naive }: Pick<Claim, 'subject' | 'target' | 'naive'>,
): Claim {
  return {
    subject,
    target,
    naive,
    median: median.at(-1)!,
    bounds: intervals.map(({ level, lower, upper }) => ({
      level,
      lower: lower.at(-1)!,
      upper: upper.at(-1)!,
    })),
  };
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
