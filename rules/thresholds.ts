// Reads thresholds.yml: the limits of the alerts, how long they must be passed, and for whom they are other ones.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { z } from 'zod';
import { parseDuration } from '../service/duration.ts';

export const SEVERITIES = ['info', 'warning', 'critical'] as const;
/** The shortest window of recording.yml is 30 s and a rate needs two samples of it. */
const MAX_SCRAPE_SECONDS = 15;
const MAX_OVERRIDES = 50;

const duration = z.string().refine((text) => (parseDuration(text) ?? 0) > 0, {
  error: 'expected a duration above 0, such as 5s or 2m',
});
const limit = z
  .union([z.number(), z.string()])
  .transform((value) => String(value))
  .refine((text) => Number.isFinite(limitNumber(text)), {
    error: 'expected a number, a share such as 80%, or a duration such as 100ms',
  });
const level = z.strictObject({ limit, hold: duration });
const overridden = z.union([z.literal('off'), limit]).optional();
// Its own text goes into Go templates between backquotes, which know no escape.
const matcher = z.string().min(1).refine(isRegularExpression, {
  error: 'expected a regular expression without backquotes',
});
const override = z.strictObject({
  match: z.record(z.string(), matcher).refine((match) => Object.keys(match).length > 0, {
    error: 'expected at least one label',
  }),
  info: overridden,
  warning: overridden,
  critical: overridden,
});
const threshold = z.strictObject({
  info: level.optional(),
  warning: level.optional(),
  critical: level.optional(),
  parameters: z.record(z.string(), limit.or(z.string())).default({}),
  overrides: z.array(override).max(MAX_OVERRIDES).default([]),
});
const scrapeInterval = duration.refine((text) => parseDuration(text)! <= MAX_SCRAPE_SECONDS, {
  error: `expected at most ${MAX_SCRAPE_SECONDS}s: the windows of recording.yml need two samples`,
});
const schema = z.strictObject({
  intervals: z.strictObject({ scrape: scrapeInterval, evaluation: duration }),
  jobs: z.strictObject({ exporter: z.string().min(1), analyzer: z.string().min(1) }),
  thresholds: z.record(z.string(), threshold),
});

export type Severity = (typeof SEVERITIES)[number];
export type Thresholds = z.infer<typeof schema>;
export type Threshold = Thresholds['thresholds'][string];
export type Override = Threshold['overrides'][number];

/** @throws {Error} with the path of every mistake. */
export function readThresholds(file = join(import.meta.dirname, 'thresholds.yml')): Thresholds {
  return parseThresholds(readFileSync(file, 'utf8'));
}

export function parseThresholds(text: string): Thresholds {
  const { success, data, error } = schema.safeParse(parse(text));
  if (success) return data;
  throw new Error(`The thresholds are not valid:\n${z.prettifyError(error)}`);
}

/** In base units: `80%` is 0.8, `100ms` is 0.1; NaN when it is neither a number nor one of these. */
export function limitNumber(text: string): number {
  if (/^-?[\d.]+%$/.test(text)) return Number((Number.parseFloat(text) / 100).toPrecision(12));
  if (/^-?[\d.]+(e-?\d+)?$/.test(text)) return Number(text);
  return parseDuration(text) ?? Number.NaN;
}

function isRegularExpression(text: string): boolean {
  try {
    new RegExp(text);
    return !text.includes('`');
  } catch {
    return false;
  }
}
