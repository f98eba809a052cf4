// Models that are asked at many origins of one history at once, and what they share between the origins.
import type { Model } from './model.ts';

/** Where in the history the question "what comes next?" is asked, oldest first; the last origin is its end. */
export interface RollingPlan {
  /** Each is the number of values that may be seen. */
  readonly origins: readonly number[];
  readonly steps: number;
}

export interface RollingModel {
  readonly name: string;
  /** One path of `steps` values per origin; undefined when it cannot serve every origin. */
  roll(values: Float64Array, plan: RollingPlan): readonly Float64Array[] | undefined;
}

/** The mean of the last `seasons` values at the same place of the season: seasonal naive for 1. */
export function seasonalMean(season: number, seasons: number): RollingModel {
  return {
    name: `seasonal-mean(${season},${seasons})`,
    roll(values, { origins, steps }) {
      if (origins[0]! < season * seasons) return undefined;
      return origins.map((origin) =>
        Float64Array.from({ length: steps }, (_, step) => {
          const newest = origin - season + (step % season);
          let sum = 0;
          for (let k = 0; k < seasons; k++) sum += values[newest - k * season]!;
          return sum / seasons;
        }),
      );
    },
  };
}

/** Any model as one that rolls: fitted anew at every origin, so at the price of as many fits. */
export function refitted(model: Model): RollingModel {
  return {
    name: model.name,
    roll(values, { origins, steps }) {
      const paths: Float64Array[] = [];
      for (const origin of origins) {
        const path = model.fit(values.subarray(0, origin), { zero: 0 })?.predict(steps);
        if (path === undefined) return undefined;
        paths.push(path.centre);
      }
      return paths;
    },
  };
}
