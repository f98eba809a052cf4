// The `anomalies:` section of analyzer.yml: what is watched, how sensitively, and within which bounds.
import { z } from 'zod';
import { duration } from '../service/config.ts';
import { FEATURE_NAMES, type FeatureName } from './features/feature.ts';
import type { AnomalySettings, SignalSettings } from './pipeline/watched-source.ts';

const DAY_SECONDS = 86_400;
/** Prometheus answers no more points a series at once. */
const MAX_HISTORY_POINTS = 11_000;
const MAX_SERIES = 10_000;
const MAX_HOSTS = 200;
const MAX_SIGNALS = 200;

/** What tells of trouble beside the signals that are forecast, and does not say the same twice. */
const WATCHED_FEATURES: readonly FeatureName[] = [
  'host_cpu_waiting_ratio',
  'host_io_waiting_ratio',
  'host_memory_waiting_ratio',
  'host_disk_bytes_per_second',
  'host_network_bytes_per_second',
  'group_runnable_threads',
  'group_disk_wait_threads',
  'group_voluntary_switches_per_second',
  'group_major_faults_per_second',
  'group_read_bytes_per_second',
  'group_written_bytes_per_second',
  'group_network_bytes_per_second',
  'group_threads',
  'group_open_fds',
  'target_ping_rtt_seconds',
  'target_ping_loss_ratio',
  'probe_duration_seconds',
];

const weekday = z.int().min(1).max(7);
const policyShape = {
  sensitivity: z
    .number()
    .gt(0, 'expected a number between 0 and 1')
    .lt(1, 'expected a number between 0 and 1'),
  direction: z.enum(['both', 'above', 'below']),
  min_absolute_deviation: z.number().min(0),
  min_relative_deviation: z.number().min(0),
  range: z
    .strictObject({ min: z.number().optional(), max: z.number().optional() })
    .refine(({ min, max }) => min === undefined || max === undefined || min < max, {
      error: 'expected min below max',
    }),
  business_hours: z
    .strictObject({
      from: z.number().min(0).max(24),
      to: z.number().min(0).max(24),
      weekdays: z.array(weekday).min(1).default([1, 2, 3, 4, 5]),
    })
    .refine(({ from, to }) => from < to, { error: 'expected from before to, in hours' }),
  warm_up: duration({ max: 30 * DAY_SECONDS }),
};
const ownPolicy = z.strictObject({
  enabled: z.boolean().default(true),
  ...z.strictObject(policyShape).partial().shape,
});

export const anomaliesSchema = z
  .strictObject({
    enabled: z.boolean().default(true),
    step: duration({ min: 15, max: 3600 }).prefault('1m'),
    history: duration({ min: 3600, max: 30 * DAY_SECONDS }).prefault('7d'),
    max_series: z.int().min(1).max(MAX_SERIES).default(300),
    max_hosts: z.int().min(0).max(MAX_HOSTS).default(20),
    cpu_cores: z.number().min(0.01).max(16).default(0.25),
    alarms_per_day: z.number().gt(0, 'expected more than 0').max(1000).default(2),
    features: z.array(z.enum(FEATURE_NAMES)).default([...WATCHED_FEATURES]),
    sensitivity: policyShape.sensitivity.default(0.5),
    direction: policyShape.direction.default('both'),
    min_absolute_deviation: z
      .union([z.literal('auto'), policyShape.min_absolute_deviation], {
        error: 'expected auto or a number from 0 on',
      })
      .default('auto'),
    min_relative_deviation: policyShape.min_relative_deviation.default(0.1),
    range: policyShape.range.default({}),
    business_hours: policyShape.business_hours.optional(),
    warm_up: policyShape.warm_up.prefault('1d'),
    signals: z
      .record(z.string().min(1), ownPolicy)
      .refine((all) => Object.keys(all).length <= MAX_SIGNALS, `at most ${MAX_SIGNALS} signals`)
      .default({}),
  })
  .refine(({ history, step }) => history / step <= MAX_HISTORY_POINTS, {
    error: `more than ${MAX_HISTORY_POINTS} steps of history: a longer step or a shorter history`,
    path: ['history'],
  })
  .refine(({ history, warm_up }) => warm_up <= history, {
    error: 'longer than the history that is read',
    path: ['warm_up'],
  });

export type AnomaliesConfig = z.infer<typeof anomaliesSchema>;

/** Undefined when nothing shall be watched. */
export function anomalySettings(config: AnomaliesConfig): AnomalySettings | undefined {
  if (!config.enabled) return undefined;
  const { signals, min_absolute_deviation: absolute } = config;
  return {
    step: config.step,
    history: config.history,
    maxSeries: config.max_series,
    maxHosts: config.max_hosts,
    cpuCores: config.cpu_cores,
    alarmsPerDay: config.alarms_per_day,
    features: config.features,
    policy: policyOf({
      ...config,
      min_absolute_deviation: absolute === 'auto' ? undefined : absolute,
    }),
    signals: Object.fromEntries(
      Object.entries(signals).map(([name, own]): [string, SignalSettings] => [
        name,
        { enabled: own.enabled, ...policyOf(own) },
      ]),
    ),
  };
}

type PolicyConfig = {
  [Key in keyof typeof policyShape]?: z.infer<(typeof policyShape)[Key]> | undefined;
};

/** Only what is said: the rest is inherited. */
function policyOf(config: PolicyConfig): SignalSettings {
  const { range, business_hours: hours } = config;
  const all = {
    sensitivity: config.sensitivity,
    direction: config.direction,
    minAbsoluteDeviation: config.min_absolute_deviation,
    minRelativeDeviation: config.min_relative_deviation,
    range: range && { min: range.min ?? -Infinity, max: range.max ?? Infinity },
    businessHours: hours,
    warmUpSeconds: config.warm_up,
  };
  return Object.fromEntries(Object.entries(all).filter(([, value]) => value !== undefined));
}
