// Several families of exporters at once: for each feature what any of them provides.
import {
  FEATURE_NAMES,
  type FeatureName,
  type FeatureSource,
  type FeatureSources,
} from './feature.ts';
import type { SignalDefinition, SignalDefinitions } from './signal.ts';

export interface PresetSources {
  readonly features: FeatureSources;
  readonly memory_history?: FeatureSource | undefined;
  readonly memory_trend?: FeatureSource | undefined;
  readonly signals: SignalDefinitions;
}

/** Signal names are distinct between presets; where one preset provides a feature, it stays as it is. */
export function mergePresets(presets: readonly PresetSources[]): PresetSources {
  const features = FEATURE_NAMES.flatMap((name): [FeatureName, FeatureSource][] => {
    const source = mergeSources(presets.map((preset) => preset.features[name]));
    return source === undefined ? [] : [[name, source]];
  });
  return {
    features: Object.fromEntries(features),
    memory_history: mergeSources(presets.map((preset) => preset.memory_history)),
    memory_trend: mergeSources(presets.map((preset) => preset.memory_trend)),
    signals: Object.assign({}, ...presets.map(({ signals }) => signals)) as Record<
      string,
      SignalDefinition
    >,
  };
}

/**
 * `or` keeps the left side where both have a series of the same labels: what a recording rule has computed hides the
 * raw series of the same host, and each exporter has its own job and instance. Adding nothing drops the names: while one
 * of them has a gap the other answers, and a mean over time of series whose name changes is an error.
 */
export function mergeSources(
  candidates: readonly (FeatureSource | undefined)[],
): FeatureSource | undefined {
  const sources = candidates.filter((source) => source !== undefined);
  if (sources.length < 2) return sources[0];
  const parts = sources.flatMap(({ record, expr }) =>
    record === undefined ? [expr] : [record, expr],
  );
  return { expr: `(${parts.map((part) => `(${part})`).join(' or ')}) + 0` };
}
