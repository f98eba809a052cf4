// A signal: a family of series that is forecast, with its unit, its natural bounds and the limit that must not be crossed.
import type { FeatureName, FeatureSource } from './feature.ts';

export interface SignalDefinition extends FeatureSource {
  readonly unit: 'ratio' | 'cores' | 'bytes' | 'seconds' | 'count';
  /** A number, or a feature of the series' own host. */
  readonly limit: number | FeatureName;
  readonly minimum: number;
  readonly maximum?: number | FeatureName | undefined;
  /** Series whose latest value is below this are too small to matter and are not forecast. */
  readonly floor: number;
}

export type SignalDefinitions = Readonly<Record<string, SignalDefinition>>;
