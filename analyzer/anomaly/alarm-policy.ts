// What the operator decides about alarms, and how much rarer an event has to be because of it.

export interface AlarmPolicy {
  /** In (0, 1); 0.5 is the default. Every 0.1 more lets through what is 1.6 times less rare, in a band a tenth narrower. */
  readonly sensitivity: number;
  /** Alarms of one series per day that are welcome; beyond them the threshold rises until that holds. */
  readonly alarmsPerDay: number;
  readonly direction: 'both' | 'above' | 'below';
  /** Departures from the expected value that do not matter, in units of the series and as a share of the expected value. */
  readonly minAbsoluteDeviation: number;
  readonly minRelativeDeviation: number;
  /** What is possible at all: a value outside is anomalous whatever the history, an expectation outside is none. */
  readonly range: { readonly min: number; readonly max: number };
  /** Local hours, `from` ≤ hour < `to`, and ISO weekdays (1 = Monday), in which alarms are raised. */
  readonly businessHours?: BusinessHours | undefined;
  /** A new series has no score before so many seconds, apart from values that are out of range: one day shows every hour once. */
  readonly warmUpSeconds: number;
}

export interface BusinessHours {
  readonly from: number;
  readonly to: number;
  readonly weekdays: readonly number[];
}

export const DEFAULT_POLICY: AlarmPolicy = {
  sensitivity: 0.5,
  alarmsPerDay: 2,
  direction: 'both',
  minAbsoluteDeviation: 0,
  minRelativeDeviation: 0,
  range: { min: -Infinity, max: Infinity },
  warmUpSeconds: 24 * 3600,
};

/** Reads a policy over the defaults; throws a RangeError that names the setting. */
export function alarmPolicy(settings: Partial<AlarmPolicy> = {}): AlarmPolicy {
  const policy = { ...DEFAULT_POLICY, ...settings };
  const { sensitivity, alarmsPerDay, range, minAbsoluteDeviation, minRelativeDeviation } = policy;
  const wrong = [
    !(sensitivity > 0 && sensitivity < 1) && `sensitivity ${sensitivity}: expected inside (0, 1)`,
    !(alarmsPerDay > 0) && `alarmsPerDay ${alarmsPerDay}: expected more than 0`,
    !(range.min < range.max) && `range ${range.min} to ${range.max}: expected min < max`,
    !(minAbsoluteDeviation >= 0) && `minAbsoluteDeviation ${minAbsoluteDeviation}: expected ≥ 0`,
    !(minRelativeDeviation >= 0) && `minRelativeDeviation ${minRelativeDeviation}: expected ≥ 0`,
    !(policy.warmUpSeconds >= 0) && `warmUpSeconds ${policy.warmUpSeconds}: expected ≥ 0`,
  ].filter((text) => text !== false);
  if (wrong.length > 0) throw new RangeError(wrong.join('; '));
  return policy;
}

/** The rarity at which a series with 1000 samples of history is at the edge, for sensitivity 0.5; ±1 for the ends. */
const EDGE_RARITY = 2.35;
const EDGE_RARITY_SPAN = 2;
const REFERENCE_SAMPLES = 1000;
const MIN_SAMPLES = 100;

/**
 * The rarity at which an event is at the edge. It grows with half the logarithm of the history: halfway between one tail
 * probability for all (alarms in proportion to samples) and one expected number of events for all (ever rarer alarms).
 */
export function edgeRarity(sensitivity: number, samples: number): number {
  const base = EDGE_RARITY + EDGE_RARITY_SPAN * (0.5 - sensitivity);
  return Math.max(0.5, base + 0.5 * Math.log10(Math.max(samples, MIN_SAMPLES) / REFERENCE_SAMPLES));
}

/** How wide the detectors' bands are, 1 being their own: from 1.5 for the shy to 0.5 for the bold. */
export function bandWidth(sensitivity: number): number {
  return 1.5 - sensitivity;
}

export interface Departure {
  readonly value: number;
  readonly expected: number;
}

/** Why a departure does not matter to this operator, or undefined. */
export function excuse(policy: AlarmPolicy, { value, expected }: Departure): string | undefined {
  const distance = Math.abs(value - expected);
  if (policy.direction === 'above' && value < expected) return 'direction';
  if (policy.direction === 'below' && value > expected) return 'direction';
  if (distance < policy.minAbsoluteDeviation) return 'min_absolute_deviation';
  if (distance < policy.minRelativeDeviation * Math.abs(expected)) return 'min_relative_deviation';
  return undefined;
}

export function isOutsideRange({ range }: AlarmPolicy, value: number): boolean {
  return value < range.min || value > range.max;
}

const DAY_SECONDS = 86_400;
const HOUR_SECONDS = 3600;
/** 1 January 1970 was a Thursday, the fourth ISO weekday. */
const EPOCH_WEEKDAY = 4;

/** @param localSeconds Unix seconds plus the offset of the local clock. */
export function isBusinessHour(policy: AlarmPolicy, localSeconds: number): boolean {
  if (policy.businessHours === undefined) return true;
  const { from, to, weekdays } = policy.businessHours;
  const day = Math.floor(localSeconds / DAY_SECONDS);
  const hour = (localSeconds - day * DAY_SECONDS) / HOUR_SECONDS;
  const weekday = ((((day + EPOCH_WEEKDAY - 1) % 7) + 7) % 7) + 1;
  return hour >= from && hour < to && weekdays.includes(weekday);
}
