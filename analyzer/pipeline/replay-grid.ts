// Step and history where the user names only a horizon: fine enough to see it, coarse enough for the models to know days.
import { MAX_STEPS } from '../forecast/forecaster.ts';
import { MAX_SEASONAL_POINTS } from '../forecast/prepare.ts';

const DAY_SECONDS = 86_400;
const DEFAULT_HISTORY_SECONDS = 14 * DAY_SECONDS;
/** What a person would choose; each divides a day. */
const STEPS_SECONDS = [
  1, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 10_800, 14_400, 21_600, 43_200,
  86_400,
];
const MIN_DEFAULT_STEP_SECONDS = 10;
/** Steps ahead that a default step gives: 15 min for a day. */
const STEPS_AHEAD = 96;
/** Without days to learn from, this many steps back: four times the horizon as the engine does it. */
const STEPS_BACK = 240;
const HORIZONS_BACK = 4;
/** More is more than Prometheus answers in one range query. */
export const MAX_HISTORY_POINTS = 11_000;

export interface Grid {
  readonly horizon: number;
  readonly step: number;
  readonly history: number;
}

/** The grid with whole steps (horizon rounded up, history down), or what is wrong with it as a sentence. */
export function resolveGrid(asked: {
  readonly horizon: number;
  readonly step?: number | undefined;
  readonly history?: number | undefined;
}): Grid | string {
  const step = asked.step ?? defaultStep(asked);
  const wanted = asked.history ?? defaultHistory(step, asked.horizon);
  const horizon = Math.ceil(asked.horizon / step - 1e-9) * step;
  const history = Math.floor(wanted / step + 1e-9) * step;
  if (horizon / step > MAX_STEPS)
    return `a horizon of ${Math.round(horizon / step)} steps, at most ${MAX_STEPS}: choose a longer step or a shorter horizon`;
  if (history / step > MAX_HISTORY_POINTS)
    return `a history of ${Math.round(history / step)} steps, at most ${MAX_HISTORY_POINTS}: choose a longer step or a shorter history`;
  if (history < 2 * step) return 'a history of less than two steps: choose a longer history';
  return { horizon, step, history };
}

function defaultStep({ horizon, history = 0 }: { horizon: number; history?: number | undefined }) {
  const least = Math.max(
    MIN_DEFAULT_STEP_SECONDS,
    horizon / STEPS_AHEAD,
    history / MAX_SEASONAL_POINTS,
  );
  return STEPS_SECONDS.find((step) => step >= least) ?? DAY_SECONDS;
}

/** Two weeks, or what it takes to test a longer horizon; four horizons where the step is too fine for days. */
function defaultHistory(step: number, horizon: number): number {
  const wanted = Math.max(DEFAULT_HISTORY_SECONDS, HORIZONS_BACK * horizon);
  return wanted / step <= MAX_SEASONAL_POINTS ? wanted : STEPS_BACK * step;
}
