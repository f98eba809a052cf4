// Configuration of the analyzer (analyzer.yml) and of its presets, strict and with defaults that work without a file.
import { z } from 'zod';
import { duration, httpUrl, loadConfig } from '../service/config.ts';
import { DEFAULT_THRESHOLDS, thresholdsSchema } from './bottleneck/thresholds.ts';
import { FEATURE_NAMES } from './features/feature.ts';

const MAX_ALERTMANAGERS = 16;
const DEFAULT_RUNBOOKS = 'https://github.com/latency-guard/latency-guard/blob/main/docs/runbooks';

const promql = z
  .string()
  .min(1)
  .refine(
    (text) => text.includes('$selector'),
    'expected $selector inside the braces of every metric',
  );
const source = { record: promql.optional(), expr: promql };
const numberOrFeature = z.union([z.number(), z.enum(FEATURE_NAMES)], {
  error: 'expected a number or the name of a feature',
});

const presetSchema = z.strictObject({
  features: z.partialRecord(z.enum(FEATURE_NAMES), z.strictObject(source)),
  memory_history: z.strictObject(source),
  signals: z.record(
    z.string().regex(/^[a-z][a-z0-9_]*$/, 'expected a name such as host_cpu'),
    z.strictObject({
      ...source,
      unit: z.enum(['ratio', 'cores', 'bytes', 'seconds', 'count']),
      limit: numberOrFeature,
      minimum: z.number().default(0),
      maximum: numberOrFeature.optional(),
      floor: z.number().default(0),
    }),
  ),
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
        .array(duration({ min: 60, max: 90 * 86_400 }))
        .min(1)
        .max(8)
        .prefault(['10m', '1h', '24h']),
      max_subjects: z.int().min(1).max(10_000).default(30),
      threads: z.int().min(1).max(64).default(1),
    })
    .prefault({}),
  thresholds: thresholdsSchema.prefault(DEFAULT_THRESHOLDS),
  links: z.strictObject({ runbooks: httpUrl().default(DEFAULT_RUNBOOKS) }).prefault({}),
});

export type Config = z.infer<typeof configSchema>;
export type Preset = z.infer<typeof presetSchema>;
export type SignalConfig = Preset['signals'][string];

/** Where the command line says something, it wins over the file. */
export interface ConfigOverrides {
  readonly prometheusUrl?: string | undefined;
  readonly alertmanagerUrls?: readonly string[] | undefined;
  readonly cycleInterval?: number | undefined;
}

/** @throws {ConfigError} with every problem of the file. */
export function loadAnalyzerConfig(file: string | undefined, overrides: ConfigOverrides): Config {
  const config = loadConfig(configSchema, file);
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
