// The generator: what is committed is what it makes, overrides hold in Prometheus itself, and mistakes are refused with their place.
import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { parse, stringify } from 'yaml';
import { alertRules, holdFor } from './alert-rules.ts';
import { readAlertSources } from './alert-source.ts';
import { renderAlerts } from './alerts-file.ts';
import { runPromtool } from './promtool.ts';
import { limitNumber, parseThresholds, readThresholds, type Thresholds } from './thresholds.ts';

const HERE = import.meta.dirname;
const sources = readAlertSources();
const committed = readThresholds();
const sourceOf = (alert: string) =>
  sources.flatMap(({ rules }) => rules).find((rule) => rule.alert === alert)!;

function withThreshold(
  name: string,
  change: Partial<Thresholds['thresholds'][string]>,
): Thresholds {
  const { thresholds } = committed;
  return {
    ...committed,
    thresholds: { ...thresholds, [name]: { ...thresholds[name]!, ...change } },
  };
}

test('the committed alerts.yml is what rules/source and thresholds.yml make', () => {
  assert.equal(readFileSync(join(HERE, 'alerts.yml'), 'utf8'), renderAlerts(sources, committed));
});

test('without overrides an alert is the plain comparison', () => {
  const [rule, ...more] = alertRules(sourceOf('GuardHostCpuHigh'), committed);
  assert.equal(rule?.expr, 'instance:guard_cpu_used:ratio_rate1m > 0.8');
  assert.equal(more.length, 0);
});

const PROVEN = [
  { instance: 'web', value: 0.85, limit: '80%' },
  { instance: 'batch-1', value: 0.95, limit: undefined },
  { instance: 'batch-2', value: 0.99, limit: '98%' },
  { instance: 'batch-lab', value: 1, limit: undefined },
  // Matchers are anchored: this is no batch host.
  { instance: 'my-batch-1', value: 0.85, limit: '80%' },
];

test('promtool proves: the first override that matches gives the limit, off gives none, everybody else keeps the usual', (t) => {
  const thresholds = withThreshold('host_cpu', {
    overrides: [
      { match: { instance: 'batch-lab' }, warning: 'off' },
      { match: { instance: 'batch-.+', job: 'e' }, warning: '98%' },
    ],
  });
  const exp_alerts = PROVEN.flatMap(({ instance, value, limit }) => {
    if (limit === undefined) return [];
    const [rule] = alertRules(sourceOf('GuardHostCpuHigh'), committed);
    const share = `${value * 100}%`;
    return [
      {
        exp_labels: { severity: 'warning', kind: 'host_cpu', job: 'e', instance },
        exp_annotations: {
          summary: `CPU of ${instance} at ${share}`,
          description: `The CPUs of ${instance} were busy ${share} of the last minute, and above ${limit} for 2m.`,
          runbook_url: rule?.annotations.runbook_url,
          dashboard: `/d/guard-host?var-instance=${instance}`,
        },
      },
    ];
  });
  prove(t, renderAlerts(sources, thresholds), {
    interval: '5s',
    input_series: PROVEN.map(({ instance, value }) => ({
      series: `instance:guard_cpu_used:ratio_rate1m{job="e",instance="${instance}"}`,
      values: `${value}x60`,
    })),
    alert_rule_test: [{ eval_time: '4m', alertname: 'GuardHostCpuHigh', exp_alerts }],
  });
});

function prove(t: TestContext, rules: string, one: unknown): void {
  const folder = mkdtempSync(join(tmpdir(), 'guard-overrides-'));
  t.after(() => rmSync(folder, { recursive: true }));
  writeFileSync(join(folder, 'rules.yml'), rules);
  const file = { rule_files: ['rules.yml'], evaluation_interval: '5s', tests: [one] };
  writeFileSync(join(folder, 'rules_test.yml'), stringify(file));
  const { status, output } = runPromtool(['test', 'rules', 'rules_test.yml'], folder);
  assert.equal(status, 0, output);
}

test('promtool accepts every alert with an override on each label that it says to have', (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'guard-overrides-'));
  t.after(() => rmSync(folder, { recursive: true }));
  const overridden = sources.flatMap(({ rules }) =>
    rules.map((rule) => {
      const labels = rule.by ?? ['job', 'instance', ...rule.labels];
      const match = Object.fromEntries(labels.map((label) => [label, '.+\\.example']));
      const overrides = [{ match, warning: '1', critical: '2', info: '3' }];
      return [rule.threshold, { ...committed.thresholds[rule.threshold]!, overrides }];
    }),
  );
  const thresholds = { ...committed, thresholds: Object.fromEntries(overridden) };
  const text = renderAlerts(sources, thresholds);
  writeFileSync(join(folder, 'rules.yml'), text);
  const { status, output } = runPromtool(['check', 'rules', 'rules.yml'], folder);
  assert.equal(status, 0, output);
  const { groups } = parse(text) as { groups: { rules: { expr: string }[] }[] };
  for (const { expr } of groups.flatMap(({ rules }) => rules)) {
    assert.match(expr, /unless.*=~"\.\+\\\\\.example"/);
  }
});

test('how long it has to hold is whole evaluations, and no late scrape is an alert', () => {
  const check = (hold: string, intervals: Thresholds['intervals'], want: string) =>
    assert.equal(holdFor(hold, intervals), want);
  check('2m', { scrape: '5s', evaluation: '5s' }, '2m');
  check('1s', { scrape: '5s', evaluation: '5s' }, '15s');
  check('30s', { scrape: '15s', evaluation: '15s' }, '45s');
  check('2m', { scrape: '5s', evaluation: '25s' }, '2m5s');
  check('30s', { scrape: '15s', evaluation: '1m' }, '3m');
  check('10s', { scrape: '15s', evaluation: '5s' }, '35s');
});

test('limits are numbers, shares and durations', () => {
  const check = (text: string, want: number) => assert.equal(limitNumber(text), want);
  check('80%', 0.8);
  check('99.5%', 0.995);
  check('100ms', 0.1);
  check('14d', 1_209_600);
  check('0', 0);
  check('1e-3', 0.001);
  check('soon', Number.NaN);
  check('80 %', Number.NaN);
});

test('mistakes in thresholds.yml are refused with their place', () => {
  const text = readFileSync(join(HERE, 'thresholds.yml'), 'utf8');
  const check = (from: string, to: string, want: RegExp) => {
    assert.ok(text.includes(from), from);
    assert.throws(() => parseThresholds(text.replace(from, to)), want);
  };
  check('limit: 80%', 'limit: a lot', /expected a number, a share.*\n.*host_cpu\.warning\.limit/);
  check('hold: 2m', 'hold: 0s', /expected a duration above 0/);
  check('scrape: 5s', 'scrape: 1m', /at most 15s.*\n.*intervals\.scrape/);
  check('host_cpu:\n', 'host_cpu:\n    warn: 1\n', /Unrecognized key/);
  check('overrides: []', "overrides: [{ match: { instance: '(' }, warning: 1 }]", /regular/);
  check('overrides: []', 'overrides: [{ match: { instance: "`" }, warning: 1 }]', /backquotes/);
  check('overrides: []', 'overrides: [{ match: {}, warning: 1 }]', /at least one label/);
  check('overrides: []', 'overrides: [{ match: { a: b }, warning: much }]', /overrides\[0\]/);
});

test('a rule and the thresholds must know of each other', () => {
  const source = sourceOf('GuardHostCpuHigh');
  assert.throws(() => alertRules({ ...source, threshold: 'none' }, committed), /lacks none/);
  assert.throws(() => alertRules({ ...source, expr: '[[nothing]]' }, committed), /\[\[nothing\]\]/);
  const extra = withThreshold('unused', { overrides: [], parameters: {} });
  assert.throws(() => renderAlerts(sources, extra), /No alert uses the thresholds unused/);
});

test('an override on a label that the alert does not have is refused: it would match nothing', () => {
  const wrong = withThreshold('host_cpu', { overrides: [{ match: { host: 'a' }, warning: '1' }] });
  assert.throws(
    () => alertRules(sourceOf('GuardHostCpuHigh'), wrong),
    /GuardHostCpuHigh matches host, but its labels are job, instance/,
  );
});
