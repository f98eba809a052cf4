// Which model speaks for a series: the one that would have been right lately, ARIMA when in doubt.
import { backtest, type Plan, planBacktest, type Trial } from './backtest.ts';
import { candidates } from './list.ts';
import type { Frame, Model } from './model.ts';

/** ARIMA is what operators ask for by name: it may be this much worse than the naive family. */
export const ARIMA_TOLERANCE = 1.05;

/** A straight line has to be better than a flat path by 5 %, */
const TREND_TOLERANCE = 1.05;
/** and, when next to nothing of the horizon could be tested, by this much more. */
const UNTESTED_TREND_DOUBT = 0.5;

/** What MSTL needs of a week. */
const MIN_LONG_SEASONS = 3;

export interface Candidate {
  readonly model: Model;
  /** Absent when the history is too short for a backtest. */
  readonly trial?: Trial;
}

export interface Tournament {
  readonly steps: number;
  /** Steps of the season, if any: the backtests leave enough of it to learn from. */
  readonly season?: number | undefined;
  readonly longSeason?: number | undefined;
  /** Who takes part; the default candidates unless given. */
  readonly models?: readonly Model[] | undefined;
  readonly frame?: Frame | undefined;
}

/** The candidates, best first; without a backtest in the order of the list. */
export function rankModels(values: Float64Array, tournament: Tournament): Candidate[] {
  const { steps, season = 0, longSeason = 0, models = candidates(season), frame } = tournament;
  const planned = planBacktest(values.length, steps, season);
  const windowPoints = Math.max(planned.windowPoints, MIN_LONG_SEASONS * longSeason);
  const plan: Plan = { ...planned, windowPoints, ...(frame === undefined ? {} : { frame }) };
  if (plan.origins.length === 0) return models.map((model) => ({ model }));
  const weight = ({ model }: Trial) => handicap(model, plan.steps / steps);
  const trials = models
    .flatMap((model) => backtest(model, values, plan) ?? [])
    // The sort is stable: on a tie the earlier model of the list stays first.
    .sort((a, b) => a.error * weight(a) - b.error * weight(b));
  return trials.map((trial) => ({ model: trial.model, trial }));
}

/**
 * What a candidate's error is multiplied by before it is compared. A walk without any trend looks
 * like one for a while, and the less of the horizon was tested, the more a line must prove.
 */
function handicap(model: Model, testedShare: number): number {
  const family = model.family === 'arima' ? 1 : ARIMA_TOLERANCE;
  const line = model.isTrended ? TREND_TOLERANCE + UNTESTED_TREND_DOUBT * (1 - testedShare) : 1;
  return family * line;
}
