// A built-in signal as of any moment: the engine's own reader and refresher, with the clock of the past.
import type { FeatureSource, FeatureSources } from '../features/feature.ts';
import type { SignalDefinition } from '../features/signal.ts';
import { buildFeatureTable } from '../features/table.ts';
import { readHistories } from './forecast-history.ts';
import { planHorizon } from './horizon-plan.ts';
import { createFeatureReader } from './read-features.ts';
import { createForecastRefresher } from './refresh-forecasts.ts';
import type { PastForecast, Replay } from './replay.ts';
import type { QueryDeps } from './replay-query.ts';

/** The past does not wait: whatever is due at an origin is fitted there. */
const UNLIMITED_CORES = 1_000;
/** A series that has become small or unimportant meanwhile still tells how it went on. */
const TRUTH_SERIES_FACTOR = 4;

export interface SignalReplay {
  readonly name: string;
  readonly signal: SignalDefinition;
  /** Seconds. */
  readonly horizon: number;
  readonly maxSeries: number;
  /** What limits are made of, such as the number of CPUs of a host. */
  readonly features: FeatureSources;
  readonly memoryHistory: FeatureSource;
}

export function replaySignal(deps: QueryDeps, replay: SignalReplay): Replay {
  const { name, signal, horizon, maxSeries } = replay;
  const { querier, pool } = deps;
  const { season } = planHorizon(signal, horizon);
  const reader = createFeatureReader({
    querier,
    sources: replay.features,
    memoryHistory: replay.memoryHistory,
  });
  const refresher = createForecastRefresher({
    querier,
    pool,
    signals: { [name]: signal },
    horizons: [horizon],
    maxSubjects: maxSeries,
    cpuCores: UNLIMITED_CORES,
  });
  return {
    ...{ name, horizon, unit: signal.unit },
    seasonOf: (_step, points) => (season !== undefined && points > season ? season : undefined),
    async forecast(now) {
      const hosts = buildFeatureTable(await reader.read(now));
      await refresher.refresh(now, hosts);
      const forecasts = refresher.forecasts().filter((one) => one.horizon === horizon);
      return {
        forecasts: forecasts.map(
          (one): PastForecast => ({ ...one, direction: directionOf(signal) }),
        ),
        absent: refresher.unavailable().map(({ reason, detail }) => ({ reason, detail })),
      };
    },
    truth: (until) =>
      readHistories(querier, {
        ...{ name, horizon, now: until },
        signal: { ...signal, floor: -Number.MAX_VALUE },
        maxSubjects: TRUTH_SERIES_FACTOR * maxSeries,
        report: refuseQuery,
      }),
  };
}

function directionOf({ direction }: SignalDefinition): PastForecast['direction'] {
  return direction === 'down' ? 'below' : 'above';
}

/** Reading the truth is no place to hide that the server refuses the query. @throws {Error} */
function refuseQuery(reason: string, detail: string): void {
  if (reason === 'query_rejected') throw new Error(detail);
}
