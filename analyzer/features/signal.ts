// A signal: a family of series that is forecast, with its unit, its natural bounds and the limit that must not be crossed.
import type { FeatureSource } from './feature.ts';

export const UNITS = [
  'ratio',
  'cores',
  'bytes',
  'seconds',
  'count',
  'per_second',
  'bytes_per_second',
  'other',
] as const;
export type Unit = (typeof UNITS)[number];

/** `up`: trouble begins above the limit (memory in use); `down`: below it (free space, days of a certificate). */
export type Direction = 'up' | 'down';

/** A number, the name of a feature of the series' own host, or PromQL whose labels are among those of the series. */
export type Level = number | string;

export interface SignalDefinition extends FeatureSource {
  readonly unit: Unit;
  /** Without one the signal is forecast, but there is no time to threshold. */
  readonly limit?: Level | undefined;
  readonly direction?: Direction | undefined;
  /** What the values can be at all. */
  readonly minimum?: number | undefined;
  readonly maximum?: Level | undefined;
  /** Series whose latest value is below this are too small to matter and are not forecast; not with `down`. */
  readonly floor?: number | undefined;
  /** Seconds: never looked at more finely than this. */
  readonly step?: number | undefined;
  /** Seconds to look back. */
  readonly history?: number | undefined;
  /** Seconds after which the series repeats itself, shortest first; empty = it does not. */
  readonly season?: readonly number[] | undefined;
  /** Seconds ahead, in place of the horizons of all signals. */
  readonly horizons?: readonly number[] | undefined;
  /** Nominal coverages of the intervals, in (0, 1). */
  readonly levels?: readonly number[] | undefined;
  /** Names of the models that may speak; unless given, those that paid in the benchmarks. */
  readonly models?: readonly string[] | undefined;
  /** In place of the number that holds for all signals. */
  readonly maxSeries?: number | undefined;
}

export type SignalDefinitions = Readonly<Record<string, SignalDefinition>>;
