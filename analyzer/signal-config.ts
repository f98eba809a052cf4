// How signals are written: in presets completely, in analyzer.yml as new ones or as changes to those of the presets.
import { z } from 'zod';
import { duration } from '../service/config.ts';
import { formatDuration } from '../service/duration.ts';
import { type SignalDefinition, type SignalDefinitions, UNITS } from './features/signal.ts';
import { MODELS } from './forecast/forecast-series.ts';
import { MAX_SEASONAL_POINTS } from './forecast/prepare.ts';
import { planHorizon } from './pipeline/horizon-plan.ts';

const DAY_SECONDS = 86_400;
export const MAX_SERIES = 10_000;
const MAX_HORIZONS = 8;
const MAX_LEVELS = 8;
const MAX_SIGNALS = 200;
/** A history that leaves a horizon fewer steps than these is too long for it. */
const MIN_STEPS_AHEAD = 4;

export const horizon = () => duration({ min: 60, max: 90 * DAY_SECONDS });
const name = z.string().regex(/^[a-z][a-z0-9_]*$/, 'expected a name such as host_cpu');
const promql = z.string().min(1, 'expected a PromQL expression');
const level = z.union([z.number(), promql], {
  error: 'expected a number, the name of a feature or a PromQL expression',
});
const season = duration({ min: 60, max: 366 * DAY_SECONDS });

/** Each would be forecast and written twice. */
export function areDifferent(values: readonly number[]): boolean {
  return new Set(values).size === values.length;
}

/** Of a preset and of the configuration alike. */
const shape = {
  unit: z.enum(UNITS).optional().describe('What the values are.'),
  limit: level
    .optional()
    .describe(
      'Where trouble begins: a number, a feature such as host_cpu_count, or PromQL whose labels the series have.',
    ),
  direction: z
    .enum(['up', 'down'])
    .optional()
    .describe('up: trouble above the limit; down: below it (free space, days of a certificate).'),
  minimum: z.number().optional().describe('Least value that is possible at all.'),
  maximum: level
    .optional()
    .describe('Greatest value that is possible at all: a number, a feature or PromQL.'),
  floor: z.number().optional().describe('Series that stay below it are not worth a forecast.'),
  step: duration({ min: 1, max: DAY_SECONDS })
    .optional()
    .describe('Never looked at more finely; a 60th of the horizon unless given.'),
  history: duration({ min: 60, max: 366 * DAY_SECONDS })
    .optional()
    .describe('How far back; the step is lengthened when that is more than 2,016 of them.'),
  season: z
    .union([season.transform((seconds) => [seconds]), z.array(season).max(2)], {
      error: 'expected a duration such as 24h, or a list of at most two, shortest first',
    })
    .refine((list) => list.length < 2 || list[0]! < list[1]!, 'expected the shorter season first')
    .optional()
    .describe(
      'It repeats after this: a duration, or at most two, shortest first; [] = it does not. Found in the series itself unless given.',
    ),
  horizons: z
    .array(horizon())
    .min(1)
    .max(MAX_HORIZONS)
    .refine(areDifferent, 'a horizon is given twice')
    .optional()
    .describe('In place of forecast.horizons.'),
  levels: z
    .array(
      z
        .number()
        .gt(0, 'expected a level between 0 and 1')
        .lt(1, 'expected a level between 0 and 1'),
    )
    .min(1)
    .max(MAX_LEVELS)
    .refine(areDifferent, 'a level is given twice')
    .optional()
    .describe('Probabilities of the intervals.'),
  models: z
    .array(z.enum(MODELS))
    .min(1)
    .optional()
    .describe('Models to choose from; those that paid in the benchmarks unless given.'),
  max_series: z
    .int()
    .min(1)
    .max(MAX_SERIES)
    .optional()
    .describe('In place of forecast.max_subjects.'),
};

/** Every signal of a preset is complete; `expr` and `record` are checked by the preset's own schema. */
export const presetSignals = (source: { record: z.ZodOptional<z.ZodString>; expr: z.ZodString }) =>
  z.record(
    name,
    z.strictObject({ ...shape, ...source, unit: z.enum(UNITS) }).transform(
      ({ max_series, ...rest }): SignalDefinition => ({
        ...rest,
        maxSeries: max_series,
        perHost: true,
      }),
    ),
  );

/** All keys may be left out where a preset has a signal of the name. */
export const configSignals = z
  .record(
    name,
    z.strictObject({
      ...shape,
      expr: promql.optional().describe('PromQL; needed unless a preset has a signal of this name.'),
      enabled: z.boolean().default(true).describe('Whether it is forecast.'),
    }),
  )
  .refine(
    (signals) => Object.keys(signals).length <= MAX_SIGNALS,
    `at most ${MAX_SIGNALS} signals`,
  );

export type ConfigSignals = z.infer<typeof configSignals>;

/** The signals of the presets with what the configuration changes, adds or disables. */
export function mergeSignals(
  fromPresets: SignalDefinitions,
  configured: ConfigSignals,
): SignalDefinitions {
  const merged: Record<string, SignalDefinition> = { ...fromPresets };
  for (const [signal, { enabled, max_series, expr, ...changes }] of Object.entries(configured)) {
    delete merged[signal];
    if (!enabled) continue;
    const before = fromPresets[signal];
    const source = expr === undefined ? before : { expr, record: undefined, perHost: undefined };
    if (source === undefined) continue;
    const given = Object.entries({ ...changes, maxSeries: max_series });
    merged[signal] = {
      unit: 'other',
      ...before,
      ...source,
      ...Object.fromEntries(given.filter(([, value]) => value !== undefined)),
    };
  }
  return merged;
}

/** Signals that are neither complete nor those of a preset, one sentence each. */
export function incompleteSignals(
  known: ReadonlySet<string>,
  configured: ConfigSignals,
): { path: string[]; message: string }[] {
  return Object.entries(configured).flatMap(([signal, { expr }]) =>
    expr !== undefined || known.has(signal)
      ? []
      : [
          {
            path: ['signals', signal],
            message: `expr is missing, and no preset has a signal of this name: ${[...known].join(', ')}`,
          },
        ],
  );
}

/** Signals that are looked at too coarsely for one of their horizons, one sentence each. */
export function coarseSignals(
  signals: SignalDefinitions,
  horizons: readonly number[],
): { path: string[]; message: string }[] {
  return Object.entries(signals).flatMap(([name, signal]) => {
    const shortest = (signal.horizons ?? horizons).reduce((a, b) => Math.min(a, b));
    const key = coarsenedBy(signal, shortest);
    if (key === undefined) return [];
    const step = formatDuration(planHorizon(signal, shortest).step);
    const message = `makes steps of ${step}, too long for the horizon ${formatDuration(shortest)}: lower it, or set horizons of the signal`;
    return [{ path: ['signals', name, key], message }];
  });
}

/** The key that makes the steps too long for a horizon. */
function coarsenedBy(
  signal: SignalDefinition,
  horizon: number,
): 'history' | 'step' | 'season' | undefined {
  if ((signal.history ?? 0) / MAX_SEASONAL_POINTS > horizon / MIN_STEPS_AHEAD) return 'history';
  if (planHorizon(signal, horizon).step <= horizon) return undefined;
  return (signal.step ?? 0) > horizon ? 'step' : 'season';
}
