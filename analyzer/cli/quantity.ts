// Values, dates and labels as an operator reads them in a terminal.
import { digits, formatBytes, formatSpan } from '../bottleneck/format.ts';
import { UNITS as SIGNAL_UNITS } from '../features/signal.ts';
import type { Labels } from '../series/labels.ts';
import { printable } from './columns.ts';

const MINUTE_MS = 60_000;
/** Beyond this a date without its year could be taken for another. */
const NEAR_SECONDS = 180 * 86_400;

export const UNITS = SIGNAL_UNITS;

const SI = ['', 'k', 'M', 'G', 'T', 'P', 'E'];

/** 0.873 of a ratio → "87.3 %", 1536 bytes → "1.5 KiB", 4200 of anything else → "4.2 k". */
export function formatValue(value: number, unit: string): string {
  if (!Number.isFinite(value)) return '–';
  if (unit === 'bytes') return formatBytes(value);
  if (unit === 'bytes_per_second') return `${formatBytes(value)}/s`;
  if (unit === 'ratio') return `${digits(value * 100)} %`;
  if (unit === 'seconds') return value < 0 ? `-${formatSpan(-value)}` : formatSpan(value);
  const size = Math.abs(value);
  const exponent = size < 1000 ? 0 : Math.min(SI.length - 1, Math.floor(Math.log10(size) / 3));
  const scaled = value / 1000 ** exponent;
  if (size !== 0 && size < 1e-3) return value.toExponential(1);
  return `${digits(scaled)}${exponent === 0 ? '' : ` ${SI[exponent]}`}${unit === 'cores' ? ' CPUs' : ''}`;
}

/** The offset of the clock times written, such as `UTC` or `UTC+02:00`. */
export function zoneName(seconds: number): string {
  const minutes = -new Date(seconds * 1000).getTimezoneOffset();
  if (minutes === 0) return 'UTC';
  const size = Math.abs(minutes);
  const two = (value: number) => String(value).padStart(2, '0');
  return `UTC${minutes < 0 ? '-' : '+'}${two(Math.floor(size / 60))}:${two(size % 60)}`;
}

/** `11-20 17:05` by the local clock, rounded to the minute; with the year when it is far from `now`. */
export function formatDate(seconds: number, now: number): string {
  const date = new Date(Math.round((seconds * 1000) / MINUTE_MS) * MINUTE_MS);
  const year = Math.abs(seconds - now) > NEAR_SECONDS ? `${date.getFullYear()}-` : '';
  return `${year}${two(date.getMonth() + 1)}-${two(date.getDate())} ${formatClock(date)}`;
}

export function formatClock(date: Date): string {
  return `${two(date.getHours())}:${two(date.getMinutes())}`;
}

/** `instance="a", group="x"`; `(no labels)` for the series that has none. */
export function formatLabels(labels: Labels): string {
  const text = Object.entries(labels)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, value]) => `${name}=${JSON.stringify(value)}`)
    .join(', ');
  return text === '' ? '(no labels)' : printable(text);
}

/** Without the labels that are the same on all of several series. */
export function differingLabels(series: readonly Labels[]): Labels[] {
  if (series.length < 2) return [...series];
  const same = (name: string, value: string) => series.every((labels) => labels[name] === value);
  return series.map((labels) =>
    Object.fromEntries(Object.entries(labels).filter(([name, value]) => !same(name, value))),
  );
}

function two(value: number): string {
  return String(value).padStart(2, '0');
}
