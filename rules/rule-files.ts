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
      alert_rule_test: z
        .array(z.object({ alertname: z.string(), exp_alerts: z.array(z.unknown()).default([]) }))
        .default([]),
      promql_expr_test: z
        .array(z.object({ expr: z.string(), exp_samples: z.array(z.unknown()).default([]) }))
        .default([]),
    }),
  ),
});

export type Rule = z.infer<typeof ruleSchema>;
export type RuleGroup = z.infer<typeof ruleFileSchema>['groups'][number];
export type RuleTest = z.infer<typeof testFileSchema>['tests'][number];

/** The groups of every rule file, in the order of the files. @throws {ZodError} on an unknown key. */
export function readRuleGroups(): RuleGroup[] {
  return RULE_FILES.flatMap((file) => ruleFileSchema.parse(readYaml(file)).groups);
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
