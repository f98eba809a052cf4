// Prints what the analyzer would forecast on a server, as JSON: the command line may not read the analyzer's configuration itself.
import { writeSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { ConfigError } from '../service/config.ts';
import { combinePresets, loadAnalyzerConfig } from './config.ts';
import { createPresetDetector } from './pipeline/detect-presets.ts';
import { DETECTED_BY, STANDARD_PRESET } from './presets/list.ts';
import { createPrometheusClient } from './prometheus/client.ts';
import { serverOptions } from './prometheus/config.ts';
import { QueryError } from './prometheus/querier.ts';

const STDOUT = 1;

try {
  const { values } = parseArgs({
    options: { 'config.file': { type: 'string' }, 'prometheus.url': { type: 'string' } },
  });
  writeSync(STDOUT, `${JSON.stringify(await readSignals(values))}\n`);
} catch (error) {
  if (!(error instanceof ConfigError || error instanceof QueryError)) throw error;
  process.stderr.write(`${error.message}\n`);
  process.exitCode = 1;
}

async function readSignals(flags: {
  'config.file'?: string | undefined;
  'prometheus.url'?: string | undefined;
}) {
  const overrides = { prometheusUrl: flags['prometheus.url'] };
  const config = loadAnalyzerConfig(flags['config.file'], overrides);
  const isAuto = config.presets === 'auto';
  const presets = createPresetDetector({
    querier: createPrometheusClient(serverOptions(config.prometheus)),
    always: config.presets === 'auto' ? [STANDARD_PRESET] : config.presets,
    detectedBy: isAuto ? DETECTED_BY : {},
    combine: (names) => combinePresets(names, config),
  });
  await presets.check(Date.now() / 1000);
  const { features, memory_history: memoryHistory, signals } = presets.current();
  const { notify, report } = config;
  return {
    url: config.prometheus.url,
    horizons: config.forecast.horizons,
    features,
    memoryHistory,
    signals,
    notify,
    report,
  };
}
