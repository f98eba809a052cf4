// Weeks by the calendar of a time zone: Monday 00:00 to Monday 00:00, an hour shorter or longer when the clocks change.
import type { Zone } from './zone.ts';

const HOUR = 3_600;
const DAY = 86_400;
const WEEK_FORM = /^(\d{4})-W(\d{2})$/;

export interface Span {
  /** Unix seconds. */
  readonly from: number;
  readonly to: number;
}

/** The last week that was over at `now` (Unix seconds). */
export function lastWeek(now: number, zone: Zone): Span {
  const to = mondayBefore(now, zone);
  return { from: mondayBefore(to - DAY, zone), to };
}

/** The week that ISO 8601 calls so, such as `2026-W46`; undefined where there is no such week. */
export function isoWeek(text: string, zone: Zone): Span | undefined {
  const [, year, week] = WEEK_FORM.exec(text) ?? [];
  if (year === undefined || Number(week) < 1 || Number(week) > 53) return undefined;
  // The week of 4 January is the first; the Wednesday of the wanted one is far from both of its ends, in every zone.
  const fourth = Date.UTC(Number(year), 0, 4) / 1000;
  const weekday = (new Date(fourth * 1000).getUTCDay() + 6) % 7;
  const wednesday = fourth + ((Number(week) - 1) * 7 + 2 - weekday) * DAY + DAY / 2;
  if (Number(week) === 53 && new Date((wednesday + DAY) * 1000).getUTCFullYear() !== Number(year))
    return undefined;
  const from = mondayBefore(wednesday, zone);
  return { from, to: mondayBefore(from + 8 * DAY, zone) };
}

/** The last Monday 00:00 at or before a time; zones are off by quarters of an hour at most. */
function mondayBefore(time: number, zone: Zone): number {
  const days = zone.weekday(time) * DAY + zone.hour(time) * HOUR;
  let at = Math.floor(time / 900) * 900 - days + 26 * HOUR;
  while (at > time || zone.weekday(at) !== 0 || zone.hour(at) !== 0 || !isFirstOfHour(at, zone))
    at -= 900;
  return at;
}

function isFirstOfHour(at: number, zone: Zone): boolean {
  return zone.minute(at).endsWith(':00');
}
