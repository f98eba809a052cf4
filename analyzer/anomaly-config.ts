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
const MAX_GROUPS = 500;
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
    .lt(1, 'expected a number between 0 and 1')
    .describe('In (0, 1): more finds more and errs more.'),
  direction: z
    .enum(['both', 'above', 'below'])
    .describe('Whether both, or only what is above or below the expected, counts.'),
  min_absolute_deviation: z
    .number()
    .min(0)
    .describe("Departures up to this do not matter, in the signal's unit."),
  min_relative_deviation: z
    .number()
    .min(0)
    .describe('Departures up to this share of the expected do not matter.'),
  range: z
    .strictObject({
      min: z.number().optional().describe('Least possible value.'),
      max: z.number().optional().describe('Greatest possible value.'),
    })
    .refine(({ min, max }) => min === undefined || max === undefined || min < max, {
      error: 'expected min below max',
    })
    .describe('What is possible at all; outside of it a value is anomalous whatever the past.'),
  business_hours: z
    .strictObject({
      from: z.number().min(0).max(24).describe('Hour of the day at which they begin.'),
      to: z.number().min(0).max(24).describe('Hour of the day at which they end.'),
      weekdays: z
        .array(weekday)
        .min(1)
        .default([1, 2, 3, 4, 5])
        .describe('ISO weekdays, 1 = Monday.'),
    })
    .refine(({ from, to }) => from < to, { error: 'expected from before to, in hours' })
    .describe("Alarms are raised in these hours only, in the analyzer's local time."),
  warm_up: duration({ max: 30 * DAY_SECONDS }).describe(
    'What has to be known of a series before it has a score.',
  ),
};
const ownPolicy = z.strictObject({
  enabled: z.boolean().default(true).describe('Whether it is watched.'),
  ...z.strictObject(policyShape).partial().shape,
});

export const anomaliesSchema = z
  .strictObject({
    enabled: z.boolean().default(true).describe('Whether anything is watched for anomalies.'),
    step: duration({ min: 15, max: 3600 })
      .prefault('1m')
      .describe('Time between two looks; a sample is the mean of this time.'),
    history: duration({ min: 3600, max: 30 * DAY_SECONDS })
      .prefault('7d')
      .describe('Past that a new series learns from at once.'),
    max_series: z
      .int()
      .min(1)
      .max(MAX_SERIES)
      .default(300)
      .describe('Series that are watched, the largest of each signal.'),
    max_hosts: z
      .int()
      .min(0)
      .max(MAX_HOSTS)
      .default(20)
      .describe('Hosts of which all series are also judged together.'),
    max_groups: z
      .int()
      .min(0)
      .max(MAX_GROUPS)
      .default(30)
      .describe('Process groups that are judged as a whole, those with most series first.'),
    cpu_cores: z
      .number()
      .min(0.01)
      .max(16)
      .default(0.25)
      .describe('Cores that learning the past may use on average.'),
    alarms_per_day: z
      .number()
      .gt(0, 'expected more than 0')
      .max(1000)
      .default(2)
      .describe('New events of one host that are welcome; beyond them its threshold rises.'),
    features: z
      .array(z.enum(FEATURE_NAMES))
      .default([...WATCHED_FEATURES])
      .describe('Features that are watched beside the signals that are forecast.'),
    sensitivity: policyShape.sensitivity
      .default(0.5)
      .describe('In (0, 1): more finds more and errs more.'),
    direction: policyShape.direction
      .default('both')
      .describe('Whether both, or only what is above or below the expected, counts.'),
    min_absolute_deviation: z
      .union([z.literal('auto'), policyShape.min_absolute_deviation], {
        error: 'expected auto or a number from 0 on',
      })
      .default('auto')
      .describe(
        "Departures up to this do not matter, in the signal's unit; auto = 0.05 of a ratio, 0.1 cores, 16 MiB, 1 MiB/s, 5 ms, 10/s, 2 of what is counted.",
      ),
    min_relative_deviation: policyShape.min_relative_deviation
      .default(0.1)
      .describe('Departures up to this share of the expected do not matter.'),
    range: policyShape.range
      .default({})
      .describe('What is possible at all; outside of it a value is anomalous whatever the past.'),
    business_hours: policyShape.business_hours
      .optional()
      .describe("Alarms are raised in these hours only, in the analyzer's local time."),
    warm_up: policyShape.warm_up
      .prefault('1d')
      .describe('What has to be known of a series before it has a score.'),
    signals: z
      .record(z.string().min(1), ownPolicy)
      .refine((all) => Object.keys(all).length <= MAX_SIGNALS, `at most ${MAX_SIGNALS} signals`)
      .default({})
      .describe('Other settings for single signals or features, by name.'),
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
    maxGroups: config.max_groups,
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
