// What is watched for anomalies: the signals that are forecast and features of hosts, groups, targets and probes, each as PromQL.
import type { AlarmPolicy } from '../anomaly/alarm-policy.ts';
import type { FeatureName, FeatureSource, FeatureSources } from '../features/feature.ts';
import type { SignalDefinitions, Unit } from '../features/signal.ts';

export interface AnomalySettings {
  /** Seconds between two looks; every sample is the mean of this time. */
  readonly step: number;
  /** Seconds of the past that a new series learns from. */
  readonly history: number;
  readonly maxSeries: number;
  /** Hosts of which all series are also judged together. */
  readonly maxHosts: number;
  /** Process groups of single hosts of which all series are also judged together. */
  readonly maxGroups: number;
  /** Mean cores for learning the past. */
  readonly cpuCores: number;
  /** New events of one host per day that are welcome. */
  readonly alarmsPerDay: number;
  /** Features beside the signals. */
  readonly features: readonly FeatureName[];
  /** Of every signal; `minAbsoluteDeviation` undefined = by the unit. */
  readonly policy: Partial<AlarmPolicy>;
  /** Of single signals or features. */
  readonly signals: Readonly<Record<string, SignalSettings>>;
}

export type SignalSettings = Partial<AlarmPolicy> & { readonly enabled?: boolean };

export interface WatchedSource {
  /** Name of the signal or feature. */
  readonly signal: string;
  readonly query: FeatureSource;
  readonly policy: Partial<AlarmPolicy>;
}

/** Departures that nobody would get up for, in the unit of the signal. */
const NEGLIGIBLE: Readonly<Record<Unit, number>> = {
  ratio: 0.05,
  cores: 0.1,
  bytes: 16 * 1024 * 1024,
  seconds: 0.005,
  count: 2,
  per_second: 10,
  bytes_per_second: 1024 * 1024,
  other: 0,
};

/** Longest first: the name of a feature ends with its unit. */
const UNIT_OF_NAME: readonly (readonly [string, Unit])[] = [
  ['_bytes_per_second', 'bytes_per_second'],
  ['_per_second', 'per_second'],
  ['_bytes', 'bytes'],
  ['_seconds', 'seconds'],
  ['_ratio', 'ratio'],
  ['_cores', 'cores'],
];

/** Signals first; a feature that the preset does not provide, or a disabled one, is left out. */
export function watchedSources(
  { signals, features }: { signals: SignalDefinitions; features: FeatureSources },
  settings: AnomalySettings,
): WatchedSource[] {
  const fromSignals = Object.entries(signals).map(([signal, definition]) => ({
    signal,
    query: definition,
    unit: definition.unit,
  }));
  const fromFeatures = settings.features.flatMap((signal) => {
    const query = features[signal];
    if (query === undefined) return [];
    return [{ signal, query: { ...query, perHost: true }, unit: unitOf(signal) }];
  });
  return [...fromSignals, ...fromFeatures]
    .filter(({ signal }) => settings.signals[signal]?.enabled !== false)
    .map(({ signal, query, unit }) => {
      const { enabled, ...own } = settings.signals[signal] ?? {};
      return {
        signal,
        query,
        policy: { minAbsoluteDeviation: NEGLIGIBLE[unit], ...settings.policy, ...own },
      };
    });
}

export function unitOf(feature: FeatureName): Unit {
  return UNIT_OF_NAME.find(([suffix]) => feature.endsWith(suffix))?.[1] ?? 'count';
}
