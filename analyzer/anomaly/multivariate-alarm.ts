// From scores to alarms: one episode per disturbance, however often the score crosses the edge while it lasts.

/** Seconds for which the score must stay below the edge before an episode is over, and before a new one may begin. */
const QUIET_SECONDS = 1800;
/** An open episode is kept open by scores from here on, so that it does not flicker at the edge. */
const KEEP_OPEN = 0.8;
/** With rows further apart than the quiet time a few calm ones end an episode. */
const MIN_QUIET_ROWS = 3;

/** Plain data; time is Unix seconds. */
export interface AlarmState {
  readonly since: number | undefined;
  readonly lastHigh: number;
  readonly quietRows: number;
}

export const NO_ALARM: AlarmState = {
  since: undefined,
  lastHigh: Number.NEGATIVE_INFINITY,
  quietRows: 0,
};

/** The state after one more score; an alarm is open where `since` is defined. NaN leaves it as it is. */
export function nextAlarm(state: AlarmState, score: number, time: number): AlarmState {
  if (Number.isNaN(score)) return state;
  const open = state.since !== undefined;
  if (score >= (open ? KEEP_OPEN : 1))
    return { since: state.since ?? time, lastHigh: time, quietRows: 0 };
  if (!open) return state;
  const quietRows = state.quietRows + 1;
  const over = time - state.lastHigh > QUIET_SECONDS && quietRows >= MIN_QUIET_ROWS;
  return over ? NO_ALARM : { ...state, quietRows };
}
