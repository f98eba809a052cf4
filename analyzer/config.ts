// Configuration of the analyzer (analyzer.yml) and of its presets, strict and with defaults that work without a file.
import { hostname } from 'node:os';
import { z } from 'zod';
import { duration, httpUrl, loadConfig } from '../service/config.ts';
import { anomaliesSchema } from './anomaly-config.ts';
import { authSchema } from './api/auth-config.ts';
import { rulesSchema } from './api/rules-config.ts';
import { DEFAULT_THRESHOLDS, thresholdsSchema } from './bottleneck/thresholds.ts';
import { FEATURE_NAMES, type FeatureSource } from './features/feature.ts';
import { mergePresets, type PresetSources } from './features/merge-presets.ts';
import type { SignalDefinitions } from './features/signal.ts';
import { stretchWindows } from './features/stretch-windows.ts';
import { hintsSchema } from './hints-config.ts';
import { inventorySchema } from './inventory/config.ts';
import { notifySchema } from './notify/config.ts';
import { DEFAULT_CPU_CORES } from './pipeline/refresh-forecasts.ts';
import { parseShard, type Shard } from './pipeline/shard.ts';
import { PRESET_NAMES, type PresetName, STANDARD_PRESET } from './presets/list.ts';
import { prometheusSchema } from './prometheus/config.ts';
import { remediationSchema } from './remediation/config.ts';
import { reportSchema, unknownChannels } from './report/config.ts';
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
import { storeSchema } from './store/config.ts';

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
  prometheus: prometheusSchema
    .prefault({})
    .describe('The Prometheus-compatible server that is asked.'),
  alertmanager: z
    .strictObject({
      urls: z
        .array(httpUrl())
        .max(MAX_ALERTMANAGERS)
        .default([])
        .describe('Every Alertmanager of a cluster; without any, findings alert nobody.'),
      timeout: duration({ min: 0.1, max: 60 })
        .prefault('5s')
        .describe('What one request may take.'),
      resend_interval: duration({ min: 1, max: 3600 })
        .prefault('30s')
        .describe(
          'A firing alert is sent again this often and dies four intervals after the last time.',
        ),
    })
    .prefault({})
    .describe('Where findings are sent as alerts.'),
  cycle_interval: duration({ min: 1, max: 3600 })
    .prefault('5s')
    .describe(
      'Time between two looks at Prometheus; shorter than the scrape interval gains nothing.',
    ),
  shard: z
    .string()
    .default('0/1')
    .transform(toShard)
    .describe(
      'i/n: looks after the i-th of n parts of the hosts, i from 0; auto/n takes i from the end of the host name.',
    ),
  findings: z
    .strictObject({
      hold: duration({ max: 3600 })
        .prefault('10s')
        .describe('A bottleneck has to hold this long before it fires …'),
      clear: duration({ max: 3600 })
        .prefault('30s')
        .describe('… and to be gone this long before it is resolved.'),
    })
    .prefault({})
    .describe('When a bottleneck becomes a finding.'),
  forecast: z
    .strictObject({
      horizons: z
        .array(horizon())
        .min(1)
        .max(8)
        .refine(areDifferent, 'a horizon is given twice')
        .prefault(['10m', '1h', '24h'])
        .describe('How far ahead; each at its own resolution, 60 steps ahead.'),
      max_subjects: z
        .int()
        .min(1)
        .max(MAX_SERIES)
        .default(30)
        .describe(
          'Series per signal; the largest are kept, and the cut is said in guard_unavailable.',
        ),
      threads: z.int().min(1).max(64).default(1).describe('Worker threads for the models.'),
      cpu_cores: z
        .number()
        .min(0.01)
        .max(64)
        .default(DEFAULT_CPU_CORES)
        .describe(
          'Cores that the models may use on average; what the budget leaves waiting is said in guard_unavailable.',
        ),
    })
    .prefault({})
    .describe('What is forecast, and what it may cost.'),
  presets: z
    .union([z.literal('auto'), z.array(z.enum(PRESET_NAMES)).min(1)], {
      error: `expected auto, or a list of ${PRESET_NAMES.join(', ')}`,
    })
    .default('auto')
    .describe(
      'Where features and signals come from: auto = ours, and those whose series the server has; or a list.',
    ),
  signals: configSignals
    .default({})
    .describe('What is forecast beside, or in place of, the signals of the presets, by name.'),
  thresholds: thresholdsSchema
    .prefault(DEFAULT_THRESHOLDS)
    .describe('From where on something is a bottleneck.'),
  anomalies: anomaliesSchema.prefault({}).describe('What is unusual (docs/anomalies.md).'),
  hints: hintsSchema
    .prefault({})
    .describe("What is asked about a finding while it is open, beside the rules' evidence."),
  learning: z
    .strictObject({
      models: z
        .string()
        .min(1)
        .optional()
        .describe('Folder to which guard retrain wrote models; without it none is used.'),
    })
    .prefault({})
    .describe('The classifier that is trained on your labels (docs/diagnosis.md).'),
  remediation: remediationSchema
    .prefault({})
    .describe(
      'What may be done about an alert (docs/remediation.md). Without anything named here nothing acts.',
    ),
  store: storeSchema
    .prefault({})
    .describe(
      'Where alerts, actions and the audit log are; SQLite under --storage.path unless a URL is given.',
    ),
  inventory: inventorySchema.prefault({}).describe('Hosts and their use, written into PostgreSQL.'),
  rules: rulesSchema
    .prefault({})
    .describe(
      'Where the numbers of the alerts are kept, so that they can be changed in the console.',
    ),
  notify: notifySchema
    .prefault({})
    .describe(
      'Whom reports and waiting approvals are told, and where tickets are opened (docs/report.md).',
    ),
  report: reportSchema
    .prefault({})
    .describe('When a report is made, and to whom it goes (docs/report.md).'),
  auth: authSchema.prefault({}).describe('Who may read, and how people log in (docs/api.md).'),
  links: z
    .strictObject({
      runbooks: httpUrl()
        .default(DEFAULT_RUNBOOKS)
        .describe('Folder of the runbooks; the kind is appended.'),
      prometheus: httpUrl().optional().describe('Prometheus; prometheus.url unless given.'),
      grafana: httpUrl()
        .optional()
        .describe('Grafana; without it there are no links to dashboards.'),
    })
    .prefault({})
    .describe("Where the console's links lead, as browsers reach it."),
});

/** As the file says it, which is checked with everything else. */
function toShard(text: string, context: z.RefinementCtx): Shard {
  try {
    return parseShard(text, hostname());
  } catch (error) {
    context.addIssue({ code: 'custom', message: (error as Error).message });
    return z.NEVER;
  }
}

export type Config = z.infer<typeof configSchema>;
export type Preset = z.infer<typeof presetSchema>;

/** A signal that no preset in use has needs an expression of its own. */
const completeSchema = configSchema.superRefine((config, context) => {
  for (const { path, message } of unknownChannels(config))
    context.addIssue({ code: 'custom', path, message });
  if (config.inventory.enabled && (config.inventory.url ?? config.store.url) === undefined)
    context.addIssue({
      code: 'custom',
      path: ['inventory', 'url'],
      message: 'is missing: the inventory needs a PostgreSQL, here or as store.url',
    });
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
  readonly shard?: Shard | undefined;
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
    shard: overrides.shard ?? config.shard,
  };
}

/** One of the presets shipped in `presets/`. @throws {ConfigError} */
export function loadPreset(name: string): Preset {
  return loadConfig(presetSchema, new URL(`presets/${name}.yml`, import.meta.url).pathname);
}

/** Several presets in one, with the signals as the configuration wants them. @throws {ConfigError} */
export function combinePresets(
  names: readonly PresetName[],
  { signals, prometheus }: Pick<Config, 'signals'> & Partial<Pick<Config, 'prometheus'>>,
): PresetSources & { readonly memory_history: FeatureSource } {
  const interval = prometheus?.scrape_interval ?? 0;
  const merged = mergePresets(names.map((name) => stretched(loadPreset(name), interval)));
  const memory_history = merged.memory_history ?? loadPreset(STANDARD_PRESET).memory_history;
  if (memory_history === undefined)
    throw new Error(`preset ${STANDARD_PRESET} has no memory_history`);
  return { ...merged, memory_history, signals: mergeSignals(merged.signals, signals) };
}

/** The same for a server that scrapes more rarely. */
function stretched(preset: Preset, scrapeInterval: number): Preset {
  const stretch = <T extends FeatureSource>(source: T): T => ({
    ...source,
    expr: stretchWindows(source.expr, scrapeInterval),
    ...(source.record === undefined
      ? {}
      : { record: stretchWindows(source.record, scrapeInterval) }),
  });
  const each = <T extends Readonly<Record<string, FeatureSource>>>(sources: T): T =>
    Object.fromEntries(Object.entries(sources).map(([name, one]) => [name, stretch(one)])) as T;
  return { ...preset, features: each(preset.features), signals: each(preset.signals) };
}
