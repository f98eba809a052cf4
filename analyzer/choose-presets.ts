// Which presets are in use: what the configuration names, or what the server turns out to have.
import { type Config, combinePresets } from './config.ts';
import { createPresetDetector } from './pipeline/detect-presets.ts';
import type { ShardHosts } from './pipeline/shard-hosts.ts';
import { createShardReader } from './pipeline/shard-reader.ts';
import { DETECTED_BY, type PresetName, STANDARD_PRESET } from './presets/list.ts';
import type { Querier } from './prometheus/querier.ts';

/** The presets that the configuration names, or those whose exporters the server has. */
export function choosePresets(
  config: Config,
  { querier, history, hosts }: { querier: Querier; history: Querier; hosts: ShardHosts },
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
        reader: createShardReader({
          shard: config.shard,
          hosts,
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
