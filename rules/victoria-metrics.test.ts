// The rules on a real VictoriaMetrics: every promtool test again, with its inputs imported and its numbers asked there; and vmalert.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, type TestContext, test } from 'node:test';
import { stringify } from 'yaml';
import { z } from 'zod';
import { parseDuration } from '../service/duration.ts';
import {
  RULE_FILES,
  type Rule,
  type RuleTest,
  readRuleGroups,
  readRuleTests,
} from './rule-files.ts';
import { parseSelector, parseValues } from './series-notation.contract.ts';
import {
  importSeries,
  isInstalled,
  query,
  type RunningServer,
  startServer,
  startVictoriaMetrics,
  type VmSeries,
} from './victoria-metrics.contract.ts';

const MISSING = ['victoria-metrics', 'vmalert'].filter((program) => !isInstalled(program));
const skip =
  MISSING.length > 0 && `no ${MISSING.join(' and no ')}: apt-get install victoria-metrics`;
/** rate() of VictoriaMetrics reads from the last sample before the window and does not extrapolate. */
const RELATIVE_TOLERANCE = 0.02;
const ABSOLUTE_TOLERANCE = 1e-6;
/** Promtool's clock begins at 0, which VictoriaMetrics cannot store: yesterday, at a full hour. */
const START = Math.floor(Date.now() / 3_600_000) * 3600 - 86_400;
const RULES_ERROR_WAIT_MS = 30_000;

/** Where VictoriaMetrics answers otherwise, with the reason; nothing else may differ. */
const DIFFERENCES: readonly string[] = [];

const files = [...RULE_FILES, 'anomaly-compat.yml'];
const groups = readRuleGroups(files);
const tests = readRuleTests();
const secondsOf = (duration: string) => parseDuration(duration) ?? Number.NaN;

let server: RunningServer | undefined;
before(async () => {
  if (skip === false) server = await startVictoriaMetrics();
});
after(async () => {
  await server?.stop();
});

test('vmalert accepts the rule files', { skip }, () => {
  const rules = files.map((file) => `-rule=${import.meta.dirname}/${file}`);
  const { status, stderr } = spawnSync('vmalert', ['-dryRun', ...rules], { encoding: 'utf8' });
  assert.equal(status, 0, stderr);
});

test('every promtool test has the same outcome on VictoriaMetrics', { skip }, async (t) => {
  const differences: string[] = [];
  for (const [index, each] of tests.entries()) {
    differences.push(...(await differencesOf(each, String(index))));
  }
  t.diagnostic(`${tests.length} tests, ${differences.length} differences`);
  assert.deepEqual(differences, DIFFERENCES);
});

test('the comparison above can fail, for a number and for an alert', { skip }, async () => {
  const wrong: RuleTest = {
    name: 'wrong',
    interval: '5s',
    input_series: [
      { series: 'instance:guard_cpu_used:ratio_rate1m{instance="h"}', values: '0.9x60' },
    ],
    promql_expr_test: [
      {
        expr: 'instance:guard_cpu_used:ratio_rate1m',
        eval_time: '1m',
        exp_samples: [{ labels: '{instance="h"}', value: 0.7 }],
      },
    ],
    alert_rule_test: [{ alertname: 'GuardHostCpuHigh', eval_time: '4m', exp_alerts: [] }],
  };
  const [number, alert, ...more] = await differencesOf(wrong, 'wrong');
  assert.match(number ?? '', /0\.9 instead of 0\.7/);
  assert.match(alert ?? '', /GuardHostCpuHigh at 4m: .*host_cpu.* instead of $/);
  assert.deepEqual(more, []);
});

test('vmalert runs every rule against VictoriaMetrics without an error', { skip }, async (t) => {
  const rules = await liveRules(t);
  const wanted = groups.flatMap((group) => group.rules).length;
  assert.equal(rules.length, wanted);
  assert.deepEqual(
    rules.filter(({ health, lastError }) => health !== 'ok' || lastError !== ''),
    [],
  );
});

async function differencesOf(each: RuleTest, id: string): Promise<string[]> {
  const { url } = server!;
  const step = secondsOf(each.interval);
  await importSeries(
    url,
    id,
    each.input_series.map((input) => seriesOf(input, step)),
  );
  const cases = [...each.alert_rule_test, ...each.promql_expr_test];
  const end = START + Math.max(...cases.map(({ eval_time }) => secondsOf(eval_time)));
  const known = new Set(each.input_series.map(({ series }) => parseSelector(series).name));
  for (const group of groups) {
    for (const rule of group.rules) {
      if (rule.record === undefined || !reads(rule.expr, known)) continue;
      const span = { from: START, to: end, step: secondsOf(group.interval) };
      const found = await query(url, { expr: rule.expr, test: id }, span);
      if (found.length === 0) continue;
      const recorded = found.map((series) => ({
        ...series,
        name: rule.record!,
        labels: { ...series.labels, ...rule.labels },
      }));
      await importSeries(url, id, recorded);
      known.add(rule.record);
    }
  }
  const numbers = await Promise.all(each.promql_expr_test.map((one) => wrongNumbers(one, id)));
  const alerts = await Promise.all(each.alert_rule_test.map((one) => wrongAlerts(one, id)));
  return [...numbers, ...alerts].flat().map((difference) => `${each.name}: ${difference}`);
}

/** Points in time move with the clock: what promtool calls 0 is START here. */
function seriesOf(input: RuleTest['input_series'][number], step: number): VmSeries {
  const { name, labels } = parseSelector(input.series);
  const shift = name.endsWith('_timestamp_seconds') ? START : 0;
  const points = parseValues(input.values).flatMap((value, index) =>
    value === undefined ? [] : [{ at: START + index * step, value: value + shift }],
  );
  return { name, labels, points };
}

const reads = (expr: string, names: ReadonlySet<string>) =>
  (expr.match(/[A-Za-z_:][\w:]*/g) ?? []).some((word) => names.has(word));

async function wrongNumbers(
  { expr, eval_time, exp_samples }: RuleTest['promql_expr_test'][number],
  id: string,
): Promise<string[]> {
  const found = await query(server!.url, { expr, test: id }, START + secondsOf(eval_time));
  const got = new Map(found.map(({ labels, points }) => [keyOf(labels), points[0]!.value]));
  const want = new Map(
    exp_samples.map(({ labels, value }) => [keyOf(parseSelector(labels).labels), value]),
  );
  return [...new Set([...got.keys(), ...want.keys()])]
    .filter((key) => !isNear(got.get(key), want.get(key)))
    .map((key) => `${expr} at ${eval_time} of ${key}: ${got.get(key)} instead of ${want.get(key)}`);
}

function isNear(a: number | undefined, b: number | undefined): boolean {
  if (a === undefined || b === undefined) return false;
  if (Object.is(a, b)) return true;
  return Math.abs(a - b) <= Math.max(ABSOLUTE_TOLERANCE, RELATIVE_TOLERANCE * Math.abs(b));
}

async function wrongAlerts(
  { alertname, eval_time, exp_alerts }: RuleTest['alert_rule_test'][number],
  id: string,
): Promise<string[]> {
  const at = START + secondsOf(eval_time);
  const found = await Promise.all(
    groups.flatMap(({ interval, rules }) =>
      rules
        .filter(({ alert }) => alert === alertname)
        .map((rule) => firingOf(rule, { at, id, step: secondsOf(interval) })),
    ),
  );
  const got = found.flat().map(keyOf).sort();
  const want = exp_alerts.map(({ exp_labels }) => keyOf(exp_labels)).sort();
  if (JSON.stringify(got) === JSON.stringify(want)) return [];
  return [`${alertname} at ${eval_time}: ${got.join(' ')} instead of ${want.join(' ')}`];
}

/** Labels of those that the rule's expression has found at every evaluation of its `for`. */
async function firingOf(
  { expr, for: hold = '0', labels }: Rule,
  { at, id, step }: { at: number; id: string; step: number },
): Promise<Record<string, string>[]> {
  const evaluations = Math.round(secondsOf(hold) / step) + 1;
  const from = at - (evaluations - 1) * step;
  if (from < START) return [];
  const found = await query(server!.url, { expr, test: id }, { from, to: at, step });
  return found
    .filter(({ points }) => points.length === evaluations)
    .map((series) => ({ ...series.labels, ...labels }));
}

const keyOf = (labels: Readonly<Record<string, string>>) =>
  JSON.stringify(Object.entries(labels).sort(([a], [b]) => (a < b ? -1 : 1)));

const rulesSchema = z.looseObject({
  data: z.looseObject({
    groups: z.array(
      z.looseObject({
        rules: z.array(
          z.looseObject({
            name: z.string(),
            health: z.string(),
            lastError: z.string().default(''),
            lastEvaluation: z.string(),
          }),
        ),
      }),
    ),
  }),
});

/** The state of every rule once vmalert has evaluated each of them, on series of this very minute. */
async function liveRules(t: TestContext) {
  await importSeries(server!.url, 'live', liveSeries());
  const folder = mkdtempSync(join(tmpdir(), 'guard-vmalert-'));
  t.after(() => rmSync(folder, { recursive: true }));
  // vmalert spreads the first evaluations of groups over their interval: with a short one they are all soon.
  const soon = groups.map((group) => ({ ...group, interval: '2s' }));
  writeFileSync(join(folder, 'rules.yml'), stringify({ groups: soon }));
  const vmalert = await startServer('vmalert', [
    `-datasource.url=${server!.url}`,
    `-remoteWrite.url=${server!.url}`,
    // Nothing listens there: what its alerts say is seen in its own answer.
    '-notifier.url=http://127.0.0.1:9',
    `-rule=${folder}/rules.yml`,
  ]);
  t.after(() => vmalert.stop());
  const deadline = Date.now() + RULES_ERROR_WAIT_MS;
  while (Date.now() < deadline) {
    const answer = await fetch(`${vmalert.url}/api/v1/rules`);
    const rules = rulesSchema.parse(await answer.json()).data.groups.flatMap((one) => one.rules);
    if (rules.every(({ lastEvaluation }) => !lastEvaluation.startsWith('0001'))) return rules;
    await new Promise((resolve) => setTimeout(resolve, 250));
  }
  return assert.fail(`vmalert has not evaluated every rule within ${RULES_ERROR_WAIT_MS} ms`);
}

/** Every input of every test, as of now. */
function liveSeries(): VmSeries[] {
  const now = Math.floor(Date.now() / 1000);
  const inputs = tests.flatMap((each) => each.input_series);
  const distinct = new Map(inputs.map((input) => [input.series, input]));
  return [...distinct.values()].map(({ series, values }) => {
    const { name, labels } = parseSelector(series);
    const recent = parseValues(values).slice(0, 24);
    const points = recent.flatMap((value, index) =>
      value === undefined ? [] : [{ at: now - (recent.length - 1 - index) * 5, value }],
    );
    return { name, labels, points };
  });
}
