// A day's profile taken out and exponential smoothing on the rest, at many origins at the price of one search.
import { type EtsShape, ets, searchEts } from './ets.ts';
import { type RollingModel, refitted } from './rolling.ts';
import { MIN_SEASONS, seasonalProfile, withSeason } from './with-season.ts';

/**
 * ETS on the seasonally adjusted values. The smoothing parameters are searched once, on what the first origin may
 * see, so that no later value leaks into an earlier fit; level, slope and profile are those of each origin.
 */
export function smoothedSeason(shape: EtsShape, season: number): RollingModel {
  return {
    name: `ets(${shape})+season(${season})`,
    roll(values, plan) {
      const seen = values.subarray(0, plan.origins[0]!);
      if (seen.length < MIN_SEASONS * season) return undefined;
      const profile = seasonalProfile(seen, season);
      const adjusted = seen.map((value, index) => value - profile[index % season]!);
      const parameters = searchEts(adjusted, shape);
      return refitted(withSeason(ets(shape, parameters), season)).roll(values, plan);
    },
  };
}
