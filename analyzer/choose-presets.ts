// Which presets are in use: what the configuration names, or what the server turns out to have.
import { type Config, combinePresets } from './config.ts';
import { createPresetDetector } from './pipeline/detect-presets.ts';
import { createFeatureReader } from './pipeline/read-features.ts';
import { DETECTED_BY, type PresetName, STANDARD_PRESET } from './presets/list.ts';
import type { Querier } from './prometheus/querier.ts';

/** The presets that the configuration names, or those whose exporters the server has. */
export function choosePresets(
  config: Config,
  { querier, history }: { querier: Querier; history: Querier },
) {
  const isAuto = config.presets === 'auto';
  return createPresetDetector({
    querier,
    always: config.presets === 'auto' ? [STANDARD_PRESET] : config.presets,
    detectedBy: isAuto ? DETECTED_BY : {},
    combine(names: readonly PresetName[]) {
      const { features, memory_history, memory_trend, signals } = combinePresets(names, config);
      return {
        signals,
        features,
        reader: createFeatureReader({
          querier,
          historyQuerier: history,
          sources: features,
          memoryHistory: memory_history,
          memoryTrend: memory_trend,
        }),
      };
    },
  });
}
