// Reads rules/source: what an alert asks and says, with [[names]] where a number of thresholds.yml belongs.
import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { z } from 'zod';

const labelNames = z.array(z.string().regex(/^[a-z_]+$/));
const ruleSchema = z.strictObject({
  alert: z.string(),
  /** Name in thresholds.yml: each severity that it has becomes a rule. */
  threshold: z.string(),
  kind: z.string(),
  /** A comment in the generated file. */
  why: z.string().optional(),
  /** The series that are judged; overrides add their matchers to it. */
  select: z.string(),
  /** Labels of the series beside job and instance, which overrides may match. */
  labels: labelNames.default([]),
  /** The labels that `expr` leaves, when it aggregates. */
  by: labelNames.optional(),
  expr: z.string(),
  summary: z.string(),
  description: z.string(),
  forecast: z.string().optional(),
  runbook: z.string(),
  dashboard: z.string(),
});
const groupSchema = z.strictObject({ name: z.string(), rules: z.array(ruleSchema) });

export type AlertSource = z.infer<typeof ruleSchema>;
export type AlertSourceGroup = z.infer<typeof groupSchema>;

/** The groups in their order in alerts.yml. @throws {Error} on a file that this order does not name, and on unknown keys. */
export function readAlertSources(): AlertSourceGroup[] {
  const folder = join(import.meta.dirname, 'source');
  const found = globSync('*.yml', { cwd: folder }).sort();
  const unknown = found.filter((file) => !FILES.includes(file));
  if (unknown.length > 0) throw new Error(`rules/source has files without a place: ${unknown}`);
  return FILES.map((file) => groupSchema.parse(parse(readFileSync(join(folder, file), 'utf8'))));
}

const FILES = ['host.yml', 'ping.yml', 'probe.yml', 'forecast.yml', 'self.yml'];
