// What the API answers about alerting rules and their thresholds, as schemas.
import { z } from 'zod';

const seconds = z.number().describe('Seconds');
const level = z.object({
  severity: z.enum(['info', 'warning', 'critical']),
  limit: z.string().describe('As it is written: 80%, 100ms, 0'),
  hold: z.string(),
  expr: z.string().describe('The PromQL of the rule'),
});

export const ruleAnswer = z.object({
  alert: z.string(),
  threshold: z.string().describe('Its name in thresholds.yml'),
  kind: z.string(),
  why: z.string().nullable(),
  severities: z.array(level),
  parameters: z.record(z.string(), z.string()),
  overrides: z.int().min(0).describe('Exceptions for some series; they are edited in the file'),
});

export const rulesAnswer = z.object({
  rules: z.array(ruleAnswer),
  thresholdsFile: z.string().nullable(),
  alertsFile: z.string().nullable(),
  notSavable: z.string().nullable().describe('Why a change cannot be saved here; null when it can'),
});

const preview = z.object({
  alert: z.string(),
  severity: z.string(),
  expr: z.string(),
  holdSeconds: seconds,
  stepSeconds: seconds.describe('Between two evaluations that were looked at'),
  count: z.int().min(0).describe('How often it would have fired'),
  subjects: z.int().min(0),
  firingSeconds: seconds,
  firings: z
    .array(
      z.object({
        labels: z.record(z.string(), z.string()),
        from: z.number(),
        to: z.number(),
        isOpen: z.boolean(),
      }),
    )
    .describe('The latest first, at most 100'),
});

export const previewAnswer = z.object({
  alert: z.string(),
  from: z.number().describe('Unix seconds'),
  to: z.number(),
  severities: z.array(z.object({ severity: z.string(), now: preview, changed: preview })),
  yaml: z.string().describe('The changed part of thresholds.yml'),
});

export const savedAnswer = z.object({
  rule: ruleAnswer,
  yaml: z.string(),
  reload: z
    .enum(['reloaded', 'not_enabled', 'not_asked', 'no_answer'])
    .describe(
      'Whether Prometheus has loaded the rules: not_enabled without its --web.enable-lifecycle',
    ),
  detail: z.string().nullable(),
});
