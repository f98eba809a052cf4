// Dates and hours as the reader's clock shows them.

export interface Zone {
  readonly name: string;
  /** `Mon 2026-11-16`. */
  day(seconds: number): string;
  /** `Mon 11-16 14:05`. */
  minute(seconds: number): string;
  /** Monday = 0. */
  weekday(seconds: number): number;
  hour(seconds: number): number;
}

export const WEEKDAYS: readonly string[] = ['Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat', 'Sun'];

/** @param name as IANA names it, such as `Europe/Berlin`. @throws {RangeError} for another name. */
export function createZone(name: string): Zone {
  const format = new Intl.DateTimeFormat('en-GB', {
    ...{ timeZone: name, hourCycle: 'h23', weekday: 'short' },
    ...{ year: 'numeric', month: '2-digit', day: '2-digit', hour: '2-digit', minute: '2-digit' },
  });
  const partsOf = (seconds: number) =>
    Object.fromEntries(
      format.formatToParts(seconds * 1000).map(({ type, value }) => [type, value]),
    ) as Readonly<Record<'weekday' | 'year' | 'month' | 'day' | 'hour' | 'minute', string>>;
  return {
    name,
    day(seconds) {
      const { weekday, year, month, day } = partsOf(seconds);
      return `${weekday} ${year}-${month}-${day}`;
    },
    minute(seconds) {
      const { weekday, month, day, hour, minute } = partsOf(seconds);
      return `${weekday} ${month}-${day} ${hour}:${minute}`;
    },
    weekday: (seconds) => WEEKDAYS.indexOf(partsOf(seconds).weekday),
    hour: (seconds) => Number(partsOf(seconds).hour),
  };
}
