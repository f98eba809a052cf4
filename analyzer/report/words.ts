// Figures and names as the report's readers see them, the same in every format.
import { digits, formatSpan } from '../bottleneck/format.ts';
import type { Labels } from '../series/labels.ts';
import { quantity } from './backtest-text.ts';
import type { Cell, Tone } from './document.ts';
import type { MeasureRow } from './report-data.ts';

export const NONE = '–';
const PER_SECOND = '/s';
/** Changes below this share are noise. */
const STEADY_RATIO = 0.1;

export function figure(value: number | undefined, unit: string): string {
  if (value === undefined || !Number.isFinite(value)) return NONE;
  if (unit === 'per_second') return `${digits(value)} ${PER_SECOND}`;
  if (unit === 'seconds' && value === 0) return '0 s';
  if (unit === 'seconds' && value > 0 && value < 0.001) return `${digits(value * 1e6)} µs`;
  return quantity(value, unit);
}

export function percent(ratio: number | undefined): string {
  return figure(ratio, 'ratio');
}

export function span(seconds: number): string {
  return seconds === 0 ? '0 s' : formatSpan(seconds);
}

/** `web1:9100 /var`: the host first, then what on it. */
export function nameOf({ instance, ...rest }: Labels): string {
  const others = Object.entries(rest).sort(([a], [b]) => (a < b ? -1 : 1));
  const name = [instance, ...others.map(([, value]) => value)].filter(Boolean).join(' ');
  return name === '' ? '(no labels)' : name;
}

const ACRONYMS: Readonly<Record<string, string>> = { cpu: 'CPU', io: 'I/O', fd: 'FD', tcp: 'TCP' };

/** `io_bound` → `I/O bound`. */
export function wordsOf(id: string): string {
  return id
    .split('_')
    .map((word) => ACRONYMS[word] ?? word)
    .join(' ');
}

export function titleOf(id: string): string {
  const words = wordsOf(id);
  return words.charAt(0).toUpperCase() + words.slice(1);
}

export function plural(count: number, word: string): string {
  return `${count} ${word}${count === 1 ? '' : 's'}`;
}

/** `+12 %`; of a share of time the difference says more than a ratio: `+3 points`. */
export function changeOf({ mean, before }: MeasureRow, unit: string): string {
  if (before === undefined) return NONE;
  if (unit === 'ratio') {
    const points = (mean - before) * 100;
    return Math.abs(points) < 0.05 ? '±0' : `${signed(points)} points`;
  }
  if (before === 0) return mean === 0 ? '±0' : 'new';
  const change = mean / before - 1;
  return Math.abs(change) < STEADY_RATIO / 20 ? '±0' : `${signed(change * 100)} %`;
}

function signed(value: number): string {
  return `${value > 0 ? '+' : '−'}${digits(Math.abs(value))}`;
}

export function cell(text: string, tone?: Tone): Cell {
  return tone === undefined ? { text } : { text, tone };
}

/** Labels come from anywhere: one line, nothing that controls a terminal or turns the direction of a text. */
export function printable(text: string): string {
  return text.replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]+/gu, ' ');
}
