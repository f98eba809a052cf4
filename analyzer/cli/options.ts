// Options that several subcommands have, each parsed once and refused with what was expected.
import { InvalidArgumentError, Option } from 'commander';
import { parseDuration } from '../../service/duration.ts';

const DEFAULT_PROMETHEUS = 'http://127.0.0.1:9090';
const DEFAULT_ANALYZER = 'http://127.0.0.1:10911';

export const OUTPUTS = ['table', 'json'] as const;
export type Output = (typeof OUTPUTS)[number];

export function prometheusOption(): Option {
  return new Option('--prometheus.url <url>', 'Prometheus-compatible server to ask')
    .env('GUARD_PROMETHEUS_URL')
    .argParser(parseUrl)
    .default(DEFAULT_PROMETHEUS);
}

export function analyzerOption(): Option {
  return new Option('--analyzer.url <url>', 'analyzer to ask')
    .env('GUARD_ANALYZER_URL')
    .argParser(parseUrl)
    .default(DEFAULT_ANALYZER);
}

export function outputOption(): Option {
  return new Option('--output <format>', 'table for people, json for programs')
    .choices(OUTPUTS)
    .default('table');
}

export function parseUrl(text: string): string {
  const url = URL.parse(text);
  if (url === null || !['http:', 'https:'].includes(url.protocol))
    throw new InvalidArgumentError('expected a URL such as http://127.0.0.1:9090');
  if (!isDecodable(url.username + url.password))
    throw new InvalidArgumentError('a percent sign in user or password is written %25');
  return text.replace(/\/+$/, '');
}

function isDecodable(text: string): boolean {
  try {
    decodeURIComponent(text);
    return true;
  } catch {
    return false;
  }
}

/** Seconds, at least one. */
export function parseSpan(text: string): number {
  const seconds = parseDuration(text);
  if (seconds !== undefined && seconds >= 1) return seconds;
  throw new InvalidArgumentError('expected a duration of at least 1s, such as 5m or 24h');
}

export function parseNumber(text: string): number {
  const value = Number(text);
  if (text.trim() !== '' && Number.isFinite(value)) return value;
  throw new InvalidArgumentError('expected a number');
}

/** A whole number from `min` to `max`. */
export function parseCount(min: number, max: number): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (text.trim() !== '' && Number.isInteger(value) && value >= min && value <= max) return value;
    throw new InvalidArgumentError(`expected a whole number from ${min} to ${max}`);
  };
}

/** Nominal coverages such as `0.8,0.95`, ascending. */
export function parseLevels(text: string): number[] {
  const levels = text.split(',').map(Number);
  if (levels.every((level) => level > 0 && level < 1)) {
    return [...new Set(levels)].sort((a, b) => a - b);
  }
  throw new InvalidArgumentError('expected numbers between 0 and 1, such as 0.8,0.95');
}

/** Unix seconds of a date (`2026-11-01T00:00Z`), a Unix time, or a duration ago (`7d`). */
export function parseTime(text: string): number {
  if (/^\d{9,}(\.\d+)?$/.test(text)) return Number(text);
  const ago = parseDuration(text);
  if (ago !== undefined) return Math.floor(Date.now() / 1000) - ago;
  const date = Date.parse(text);
  if (!Number.isNaN(date)) return date / 1000;
  throw new InvalidArgumentError('expected a date such as 2026-11-01T00:00Z, a Unix time, or 7d');
}

export function parseRatio(text: string): number {
  const ratio = Number(text);
  if (text.trim() !== '' && ratio > 0 && ratio <= 1) return ratio;
  throw new InvalidArgumentError('expected a ratio above 0, at most 1');
}
