// How a signal is looked at for one horizon: step, how far ahead and back, and what a season is in steps.
import type { SignalDefinition } from '../features/signal.ts';
import { MAX_SEASONAL_POINTS } from '../forecast/prepare.ts';

/** Every horizon is this many steps ahead, so that each is seen at the resolution that suits it. */
export const STEPS_AHEAD = 60;
/** And looks back this many of the same steps: four times the horizon … */
const STEPS_BACK = 240;
/** … or three weeks, where a step is long enough to know days and weeks. */
const SEASONAL_STEPS_BACK = 1_300;
const DAY_SECONDS = 86_400;
const WEEK_SECONDS = 7 * DAY_SECONDS;
/** A day of more steps than these is too long a season for what is read back. */
const MAX_DAY_STEPS = 100;
/** The same for a season that the configuration names, and that the history is then chosen for. */
const MAX_SEASON_STEPS = 400;
/** A season is tested on three repetitions and used from four on. */
const SEASONS_BACK = 5;

export interface HorizonPlan {
  /** Seconds. */
  readonly step: number;
  readonly stepsAhead: number;
  readonly pointsBack: number;
  /** Steps of the short and of the long season. */
  readonly season?: number;
  readonly longSeason?: number;
}

type Shape = Pick<SignalDefinition, 'step' | 'history' | 'season'>;

/**
 * One step is a 60th of the horizon, longer where the signal says so, where a season has to be a whole number
 * of steps, or where the history asked for would be more points than the models use.
 */
export function planHorizon(signal: Shape, horizon: number): HorizonPlan {
  const [wanted] = signal.season ?? [];
  const longest = Math.max(
    signal.step ?? 0,
    horizon / STEPS_AHEAD,
    (signal.history ?? 0) / MAX_SEASONAL_POINTS,
    (wanted ?? 0) / MAX_SEASON_STEPS,
  );
  // Whole seconds: queries name the step as a duration.
  const finest = Math.ceil(longest - 1e-9);
  const step = wanted === undefined ? finest : wanted / stepsOfSeason(wanted, finest);
  const seasons = signal.season === undefined ? seasonsOf(step) : seasonsIn(signal.season, step);
  return {
    step,
    stepsAhead: Math.max(1, Math.ceil(horizon / step - 1e-9)),
    pointsBack: pointsBack(signal.history, step, seasons.season),
    ...seasons,
  };
}

/** As many whole steps as are not finer; of whole seconds where that costs less than half of them. */
function stepsOfSeason(season: number, finest: number): number {
  const most = Math.max(1, Math.floor(season / finest));
  for (let count = most; count >= most / 2; count -= 1) if (season % count === 0) return count;
  return most;
}

/** Steps of a day and of a week, by the clock, where the step divides them and is not too fine. */
export function seasonsOf(step: number): { season?: number; longSeason?: number } {
  const day = DAY_SECONDS / step;
  if (!Number.isInteger(day) || day > MAX_DAY_STEPS || day < 2) return {};
  return { season: day, longSeason: WEEK_SECONDS / step };
}

function seasonsIn(season: readonly number[], step: number): ReturnType<typeof seasonsOf> {
  const [short, long] = season.map((seconds) => Math.round(seconds / step));
  if (short === undefined || short < 2) return {};
  return { season: short, ...(long === undefined || long <= short ? {} : { longSeason: long }) };
}

function pointsBack(history: number | undefined, step: number, season: number | undefined): number {
  if (history !== undefined)
    return Math.max(2, Math.min(MAX_SEASONAL_POINTS, Math.round(history / step)));
  if (season === undefined) return STEPS_BACK;
  return Math.min(MAX_SEASONAL_POINTS, Math.max(SEASONAL_STEPS_BACK, SEASONS_BACK * season));
}
