// Every metric that a dashboard names exists: in the exporter, in the analyzer, or as a recording rule.
import assert from 'node:assert/strict';
import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { registerAnalyzerMetrics } from '../../analyzer/metrics.ts';
import { NO_ANOMALIES } from '../../analyzer/series/anomaly.ts';
import { toAnomalyFamilies } from '../../analyzer/synthetic/anomaly-exposition.ts';
import { toFamilies } from '../../analyzer/synthetic/exposition.ts';
import { readRuleGroups } from '../../rules/rule-files.ts';
import { createSelfMetrics } from '../../service/self-metrics.ts';
import { DASHBOARDS } from './list.ts';
import { panelQueries } from './panel-queries.ts';

const ROOT = join(import.meta.dirname, '..', '..');
const PROMQL_WORDS = new Set(['and', 'or', 'unless', 'by', 'without', 'on', 'offset', 'bool']);
/** What Prometheus writes by itself. */
const OF_PROMETHEUS = ['up', 'ALERTS', 'scrape_duration_seconds'];
/** Served by remote read when it is asked for by name; no exposition has it. */
const CURVE = 'guard_forecast_curve';

const queries = Object.values(DASHBOARDS).flatMap((build) => panelQueries(build()));

/** Names of metrics: what is left when texts, label lists, ranges and functions are taken away. */
function metricsOf(expr: string): string[] {
  const bare = expr
    .replaceAll(/"(?:[^"\\]|\\.)*"/g, '""')
    .replaceAll(/\{[^}]*\}|\[[^\]]*\]|\boffset \w+/g, ' ')
    .replaceAll(/\b(by|without|on|ignoring)\s*\([^)]*\)/g, ' ')
    .replaceAll(/[a-z_]\w*\s*\(/g, '(')
    .replaceAll(/""|\bInf\b/g, ' ');
  return (bare.match(/[A-Za-z_][\w:]*/g) ?? []).filter((word) => !PROMQL_WORDS.has(word));
}

/** The golden output of the exporter, and what its collectors spell out for hosts unlike that of the golden. */
function ofExporter(): string[] {
  const golden = readFileSync(join(ROOT, 'exporter/fixtures/metrics.golden.txt'), 'utf8');
  const sources = globSync('exporter/**/*.ts', { cwd: ROOT })
    .filter((file) => !/\.(test|contract)\.ts$/.test(file))
    .map((file) => readFileSync(join(ROOT, file), 'utf8'));
  const spelled = sources.flatMap((source) => source.match(/(?<=')guard_[a-z0-9_]+(?=')/g) ?? []);
  const typed = [...golden.matchAll(/^# TYPE (\S+)/gm)].map(([, name]) => name!);
  return [...typed, ...spelled].flatMap((name) => [name, `${name}_bucket`]);
}

function ofAnalyzer(): string[] {
  const results = { verdicts: [], findings: [], forecasts: [], accuracy: [], unavailable: [] };
  const fitted = { followed: 0, fitted: 0 };
  const counts = { learning: 0, warming: 0, warm: 0, nextAt: 0, lastAt: 0 };
  const warmUp = { ...counts, hosts: fitted, groups: fitted };
  const families = [...toFamilies(results, 0), ...toAnomalyFamilies({ ...NO_ANOMALIES, warmUp })];
  return [...families.map(({ name }) => name), ...ofActions()];
}

/** Spelled out in their file: the families themselves would need a database. */
function ofActions(): string[] {
  const source = readFileSync(join(ROOT, 'analyzer/remediation/families.ts'), 'utf8');
  return source.match(/(?<=')guard_[a-z_]+(?=')/g) ?? [];
}

async function ofProcesses(): Promise<string[]> {
  const analyzer = createSelfMetrics('guard_analyzer').registry;
  registerAnalyzerMetrics(analyzer);
  const registries = [analyzer, createSelfMetrics('guard_exporter').registry];
  const all = await Promise.all(registries.map((registry) => registry.getMetricsAsJSON()));
  return all.flat().map(({ name }) => name);
}

test('every metric of every query exists', async () => {
  const rules = readRuleGroups().flatMap(({ rules: own }) => own);
  const recorded = rules.flatMap(({ record }) => record ?? []);
  const sources = [ofExporter(), ofAnalyzer(), await ofProcesses(), recorded];
  for (const names of sources) assert.ok(names.length > 5);
  const known = new Set([...sources.flat(), ...OF_PROMETHEUS, CURVE]);
  const named = queries.flatMap(({ panel, expr }) => metricsOf(expr).map((name) => [name, panel]));
  assert.deepEqual(
    named.filter(([name]) => !known.has(name!)),
    [],
  );
});

test('every query reads a metric', () => {
  for (const { panel, expr } of queries) assert.ok(metricsOf(expr).length > 0, panel);
  assert.deepEqual(
    metricsOf('sum by (job) (rate(node_cpu{a="b"}[5m] offset 1h)) > 2 and on (x) up'),
    ['node_cpu', 'up'],
  );
});
