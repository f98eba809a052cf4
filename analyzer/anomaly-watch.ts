// The anomaly watch as the configuration wants it, or none.
import type { Logger } from '../service/log.ts';
import { type AnomaliesConfig, anomalySettings } from './anomaly-config.ts';
import type { FeatureSources } from './features/feature.ts';
import type { SignalDefinitions } from './features/signal.ts';
import type { AnomalyStore } from './pipeline/anomaly-store.ts';
import type { SignalForecast } from './pipeline/state.ts';
import {
  type AnomalyWatcher,
  createAnomalyWatcher,
  NO_WATCHER,
} from './pipeline/watch-anomalies.ts';
import { type WatchedSource, watchedSources } from './pipeline/watched-source.ts';
import type { Querier } from './prometheus/querier.ts';

interface Preset {
  readonly signals: SignalDefinitions;
  readonly features: FeatureSources;
}

export interface WatcherDeps {
  readonly querier: Querier;
  /** The presets in use now: the same object as long as they are the same. */
  readonly preset: () => Preset;
  readonly forecasts: () => SignalForecast[];
  readonly store: AnomalyStore;
  readonly log: Logger;
}

export function createConfiguredWatcher(
  config: AnomaliesConfig,
  deps: WatcherDeps,
): AnomalyWatcher {
  const settings = anomalySettings(config);
  if (settings === undefined) return NO_WATCHER;
  let known: { preset: Preset; sources: readonly WatchedSource[] } | undefined;
  return createAnomalyWatcher({
    ...deps,
    settings,
    sources() {
      const preset = deps.preset();
      if (known?.preset !== preset) known = { preset, sources: watchedSources(preset, settings) };
      return known.sources;
    },
    onProblem: (error) => deps.log.warn({ err: error }, 'watching for anomalies'),
  });
}
