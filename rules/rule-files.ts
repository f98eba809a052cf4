// Reads the rule files of this folder and their promtool tests, for whoever has to agree with them.
import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { z } from 'zod';

/** What Prometheus loads, by name: a glob over this folder would also match the tests. */
export const RULE_FILES = ['recording.yml', 'alerts.yml'] as const;

const labels = z.record(z.string(), z.string()).default({});
const ruleSchema = z.strictObject({
  record: z.string().optional(),
  alert: z.string().optional(),
  expr: z.string(),
  for: z.string().optional(),
  labels,
  annotations: labels,
});
const ruleFileSchema = z.strictObject({
  groups: z.array(
    z.strictObject({ name: z.string(), interval: z.string(), rules: z.array(ruleSchema) }),
  ),
});
const testFileSchema = z.object({
  tests: z.array(
    z.object({
      name: z.string().default(''),
      interval: z.string(),
      input_series: z.array(z.object({ series: z.string(), values: z.string() })).default([]),
      alert_rule_test: z
        .array(
          z.object({
            alertname: z.string(),
            eval_time: z.string(),
            exp_alerts: z.array(z.object({ exp_labels: labels })).default([]),
          }),
        )
        .default([]),
      promql_expr_test: z
        .array(
          z.object({
            expr: z.string(),
            eval_time: z.string(),
            exp_samples: z.array(z.object({ labels: z.string(), value: z.number() })).default([]),
          }),
        )
        .default([]),
    }),
  ),
});

export type Rule = z.infer<typeof ruleSchema>;
export type RuleGroup = z.infer<typeof ruleFileSchema>['groups'][number];
export type RuleTest = z.infer<typeof testFileSchema>['tests'][number];

/** The groups of these rule files, in the order of the files. @throws {ZodError} on an unknown key. */
export function readRuleGroups(files: readonly string[] = RULE_FILES): RuleGroup[] {
  return files.flatMap((file) => ruleFileSchema.parse(readYaml(file)).groups);
}

/** Names of the promtool test files of this folder. */
export function listRuleTestFiles(): string[] {
  return globSync('*_test.yml', { cwd: import.meta.dirname }).sort();
}

export function readRuleTests(): RuleTest[] {
  return listRuleTestFiles().flatMap((file) => testFileSchema.parse(readYaml(file)).tests);
}

function readYaml(file: string): unknown {
  return parse(readFileSync(join(import.meta.dirname, file), 'utf8'));
}
