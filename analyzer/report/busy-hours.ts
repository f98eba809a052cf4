// When the machines work most: the mean of every hour of the week, over all hosts.
import { MissingError } from './ask.ts';
import type { BusyHours, MeasureReport } from './report-data.ts';
import type { Zone } from './zone.ts';

const HOURS = 24;
const DAYS = 7;

/** @throws {MissingError} where the measure is missing itself. */
export function toBusyHours({ section, title, unit }: MeasureReport, zone: Zone): BusyHours {
  if (!('data' in section)) throw new MissingError(section.missing);
  const hourOf = createHourOf(zone);
  const sums = new Float64Array(DAYS * HOURS);
  const counts = new Float64Array(DAYS * HOURS);
  for (const { points } of section.data.rows)
    for (const [time, value] of points) {
      const hour = hourOf(time);
      sums[hour]! += value;
      counts[hour]! += 1;
    }
  const means = Array.from({ length: DAYS }, (_, day) =>
    Array.from({ length: HOURS }, (_, hour) => {
      const index = day * HOURS + hour;
      return counts[index]! > 0 ? sums[index]! / counts[index]! : undefined;
    }),
  );
  return { what: title, means, unit };
}

/** All hosts were looked at at the same times: each is asked of the calendar once. */
function createHourOf(zone: Zone): (time: number) => number {
  const known = new Map<number, number>();
  return (time) => {
    const hour = known.get(time) ?? zone.weekday(time) * HOURS + zone.hour(time);
    known.set(time, hour);
    return hour;
  };
}

export interface BusyHour {
  readonly weekday: number;
  readonly hour: number;
  readonly mean: number;
}

/** The busiest first. */
export function busiestHours({ means }: BusyHours, count: number): BusyHour[] {
  const all = means.flatMap((hours, weekday) =>
    hours.flatMap((mean, hour) => (mean === undefined ? [] : [{ weekday, hour, mean }])),
  );
  return all.sort((a, b) => b.mean - a.mean).slice(0, count);
}
