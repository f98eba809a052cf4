// Configuration of the analyzer (analyzer.yml) and of its presets, strict and with defaults that work without a file.
import { z } from 'zod';
import { duration, httpUrl, loadConfig } from '../service/config.ts';
import { anomaliesSchema } from './anomaly-config.ts';
import { DEFAULT_THRESHOLDS, thresholdsSchema } from './bottleneck/thresholds.ts';
import { FEATURE_NAMES, type FeatureSource } from './features/feature.ts';
import { mergePresets, type PresetSources } from './features/merge-presets.ts';
import type { SignalDefinitions } from './features/signal.ts';
import { hintsSchema } from './hints-config.ts';
import { DEFAULT_CPU_CORES } from './pipeline/refresh-forecasts.ts';
import { PRESET_NAMES, type PresetName, STANDARD_PRESET } from './presets/list.ts';
import { remediationSchema } from './remediation/config.ts';
import {
  areDifferent,
  coarseSignals,
  configSignals,
  horizon,
  incompleteSignals,
  MAX_SERIES,
  mergeSignals,
  presetSignals,
} from './signal-config.ts';

const MAX_ALERTMANAGERS = 16;
const DEFAULT_RUNBOOKS = 'https://github.com/latency-guard/latency-guard/blob/main/docs/runbooks';

const promql = z
  .string()
  .min(1)
  .refine(
    (text) => /\$(selector|host)\b/.test(text),
    'expected $selector (or $host) inside the braces of every metric',
  );
const source = { record: promql.optional(), expr: promql };
const presetSchema = z.strictObject({
  features: z.partialRecord(z.enum(FEATURE_NAMES), z.strictObject(source)),
  memory_history: z.strictObject(source).optional(),
  memory_trend: z.strictObject(source).optional(),
  signals: presetSignals(source),
});

export const configSchema = z.strictObject({
  prometheus: z
    .strictObject({
      url: httpUrl().default('http://127.0.0.1:9090'),
      timeout: duration({ min: 0.1, max: 300 }).prefault('10s'),
    })
    .prefault({}),
  alertmanager: z
    .strictObject({
      urls: z.array(httpUrl()).max(MAX_ALERTMANAGERS).default([]),
      timeout: duration({ min: 0.1, max: 60 }).prefault('5s'),
      resend_interval: duration({ min: 1, max: 3600 }).prefault('30s'),
    })
    .prefault({}),
  cycle_interval: duration({ min: 1, max: 3600 }).prefault('5s'),
  findings: z
    .strictObject({
      hold: duration({ max: 3600 }).prefault('10s'),
      clear: duration({ max: 3600 }).prefault('30s'),
    })
    .prefault({}),
  forecast: z
    .strictObject({
      horizons: z
        .array(horizon())
        .min(1)
        .max(8)
        .refine(areDifferent, 'a horizon is given twice')
        .prefault(['10m', '1h', '24h']),
      max_subjects: z.int().min(1).max(MAX_SERIES).default(30),
      threads: z.int().min(1).max(64).default(1),
      cpu_cores: z.number().min(0.01).max(64).default(DEFAULT_CPU_CORES),
    })
    .prefault({}),
  presets: z
    .union([z.literal('auto'), z.array(z.enum(PRESET_NAMES)).min(1)], {
      error: `expected auto, or a list of ${PRESET_NAMES.join(', ')}`,
    })
    .default('auto'),
  signals: configSignals.default({}),
  thresholds: thresholdsSchema.prefault(DEFAULT_THRESHOLDS),
  anomalies: anomaliesSchema.prefault({}),
  hints: hintsSchema.prefault({}),
  learning: z.strictObject({ models: z.string().min(1).optional() }).prefault({}),
  remediation: remediationSchema.prefault({}),
  links: z.strictObject({ runbooks: httpUrl().default(DEFAULT_RUNBOOKS) }).prefault({}),
});

export type Config = z.infer<typeof configSchema>;
export type Preset = z.infer<typeof presetSchema>;

/** A signal that no preset in use has needs an expression of its own. */
const completeSchema = configSchema.superRefine((config, context) => {
  if (Object.keys(config.signals).length === 0) return;
  const possible = config.presets === 'auto' ? PRESET_NAMES : config.presets;
  const known: SignalDefinitions = Object.assign(
    {},
    ...possible.map((name) => loadPreset(name).signals),
  );
  const merged = Object.entries(mergeSignals(known, config.signals));
  const configured = Object.fromEntries(merged.filter(([name]) => name in config.signals));
  for (const { path, message } of [
    ...incompleteSignals(new Set(Object.keys(known)), config.signals),
    ...coarseSignals(configured, config.forecast.horizons),
  ])
    context.addIssue({ code: 'custom', path, message });
});

/** Where the command line says something, it wins over the file. */
export interface ConfigOverrides {
  readonly prometheusUrl?: string | undefined;
  readonly alertmanagerUrls?: readonly string[] | undefined;
  readonly cycleInterval?: number | undefined;
}

/** @throws {ConfigError} with every problem of the file. */
export function loadAnalyzerConfig(file: string | undefined, overrides: ConfigOverrides): Config {
  const config = loadConfig(completeSchema, file);
  return {
    ...config,
    prometheus: { ...config.prometheus, url: overrides.prometheusUrl ?? config.prometheus.url },
    alertmanager: {
      ...config.alertmanager,
      urls: [...(overrides.alertmanagerUrls ?? config.alertmanager.urls)],
    },
    cycle_interval: overrides.cycleInterval ?? config.cycle_interval,
  };
}

/** One of the presets shipped in `presets/`. @throws {ConfigError} */
export function loadPreset(name: string): Preset {
  return loadConfig(presetSchema, new URL(`presets/${name}.yml`, import.meta.url).pathname);
}

/** Several presets in one, with the signals as the configuration wants them. @throws {ConfigError} */
export function combinePresets(
  names: readonly PresetName[],
  { signals }: Pick<Config, 'signals'>,
): PresetSources & { readonly memory_history: FeatureSource } {
  const merged = mergePresets(names.map(loadPreset));
  const memory_history = merged.memory_history ?? loadPreset(STANDARD_PRESET).memory_history;
  if (memory_history === undefined)
    throw new Error(`preset ${STANDARD_PRESET} has no memory_history`);
  return { ...merged, memory_history, signals: mergeSignals(merged.signals, signals) };
}
