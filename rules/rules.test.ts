// The rules by promtool itself, and what promtool does not ask: a test for each, a runbook for each alert, no name that is not recorded.
import assert from 'node:assert/strict';
import { globSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { test } from 'node:test';
import { stringify } from 'yaml';
import { RULES } from '../analyzer/bottleneck/list.ts';
import { runPromtool } from './promtool.ts';
import { listRuleTestFiles, RULE_FILES, readRuleGroups, readRuleTests } from './rule-files.ts';

const HERE = import.meta.dirname;
const RUNBOOKS = join(HERE, '../docs/runbooks');
const DASHBOARDS = join(HERE, '../grafana/dashboards/json');
const RUNBOOK_URL =
  /^https:\/\/github\.com\/latency-guard\/latency-guard\/blob\/main\/docs\/runbooks\/([a-z_]+\.md)$/;
const SEVERITIES = ['info', 'warning', 'critical'];
const RECORDED_NAME =
  /(?<![A-Za-z0-9_:])(?:instance|instance_[a-z]+|group):guard_[a-z_]+:[a-z0-9_]+/g;

/** The features that analyzer and dashboards rely on: renaming one is a breaking change. */
const FEATURES = [
  ...hour('instance:guard_cpu_used', ['ratio_rate30s', 'ratio_rate1m', 'slope5m']),
  'instance:guard_cpu_count:sum',
  'instance:guard_cpu_nice:ratio_rate30s',
  'instance:guard_cpu_steal:ratio_rate1m',
  ...hour('instance:guard_memory_used', ['ratio', 'ratio_avg1m', 'slope5m', 'growth_per_minute']),
  'instance:guard_pressure_cpu_waiting:ratio_rate30s',
  'instance:guard_pressure_io_waiting:ratio_rate30s',
  'instance:guard_pressure_io_stalled:ratio_rate30s',
  'instance:guard_pressure_memory_waiting:ratio_rate30s',
  'instance:guard_pressure_memory_stalled:ratio_rate30s',
  'instance_device:guard_disk_busy:ratio_rate30s',
  'instance_device:guard_disk_queue_length:rate30s',
  'instance_device:guard_disk_await_seconds:rate30s',
  'instance_device:guard_disk_bytes:rate30s',
  'instance_mountpoint:guard_filesystem_used:ratio',
  'instance_mountpoint:guard_filesystem_used:slope5m',
  'instance_device:guard_network_used:ratio_rate30s',
  'instance_device:guard_network_received_bytes:rate1m',
  'instance_device:guard_network_transmitted_bytes:rate1m',
  'instance_target:guard_ping_loss:ratio_rate1m',
  'instance_target:guard_ping_rtt_seconds:mean1m',
  'instance_target:guard_ping_rtt_seconds:p50_5m',
  'instance_target:guard_ping_rtt_seconds:p95_5m',
  'instance_target:guard_ping_jitter_seconds:p95_p50_5m',
  'instance_probe:guard_probe_failure:ratio_rate5m',
  ...hour('group:guard_process_cpu', ['rate30s', 'rate1m', 'slope5m']),
  'group:guard_process_thread_seconds:rate30s',
  'group:guard_process_read_bytes:rate30s',
  'group:guard_process_written_bytes:rate30s',
  'group:guard_process_context_switches:rate1m',
  ...hour('group:guard_process_anonymous_memory_bytes', ['avg1m', 'slope5m', 'growth_per_minute']),
  'group:guard_process_anonymous_memory_bytes:min1h',
  ...hour('group:guard_process_resident_memory_bytes', ['avg1m', 'slope5m', 'growth_per_minute']),
];

function hour(prefix: string, others: readonly string[]): string[] {
  return [...others, 'p95_1h', 'deviation1h'].map((operation) => `${prefix}:${operation}`);
}

const groups = readRuleGroups();
const rules = groups.flatMap((group) => group.rules);
const recorded = rules.flatMap((rule) => rule.record ?? []);
const alerts = rules.filter((rule) => rule.alert !== undefined);
const tests = readRuleTests();

test('promtool accepts the rule files', () => {
  const { status, output } = runPromtool(['check', 'rules', ...RULE_FILES], HERE);
  assert.equal(status, 0, output);
  assert.match(output, new RegExp(`SUCCESS: ${recorded.length} rules found`));
});

for (const file of listRuleTestFiles()) {
  test(`promtool proves ${file}`, () => {
    const { status, output } = runPromtool(['test', 'rules', file], HERE);
    assert.equal(status, 0, output);
    assert.match(output, /SUCCESS/);
  });
}

test('every feature is recorded once, and nothing else is', () => {
  assert.deepEqual([...recorded].sort(), [...FEATURES].sort());
});

test('every recording rule is checked by a number', () => {
  const checked = tests
    .flatMap((each) => each.promql_expr_test)
    .filter((each) => each.exp_samples.length > 0)
    .flatMap((each) => each.expr.match(RECORDED_NAME) ?? []);
  assert.deepEqual(
    recorded.filter((name) => !checked.includes(name)),
    [],
  );
});

test('every alert has a case in which it fires, at each severity, and one in which it is silent', () => {
  const cases = tests.flatMap((each) => each.alert_rule_test);
  for (const { alert, labels } of alerts) {
    const own = cases.filter((each) => each.alertname === alert);
    const fired = own.flatMap((each) => each.exp_alerts.map(({ exp_labels }) => exp_labels));
    assert.ok(
      fired.some(({ severity }) => severity === labels.severity),
      `${alert} never fires as ${labels.severity} in a test`,
    );
    assert.ok(
      own.some((each) => each.exp_alerts.length === 0),
      `${alert} is never silent in a test`,
    );
  }
});

const dashboards = new Set(
  globSync('*.json', { cwd: DASHBOARDS }).map(
    (file) => (JSON.parse(readFileSync(join(DASHBOARDS, file), 'utf8')) as { uid: string }).uid,
  ),
);

test('every alert waits, has a severity and a kind, and says what it saw, with the number and where to read on', () => {
  assert.ok(alerts.length >= 12);
  for (const { alert, for: wait, labels, annotations } of alerts) {
    assert.match(wait ?? '', /^\d+[sm]$/, `${alert}: for`);
    assert.ok(SEVERITIES.includes(labels.severity ?? ''), `${alert}: severity`);
    assert.match(labels.kind ?? '', /^[a-z_]+$/, `${alert}: kind`);
    assert.ok((annotations.summary ?? '').length > 0, `${alert}: summary`);
    assert.match(annotations.description ?? '', /\$value \| humanize/, `${alert}: description`);
    const uid = /^\/d\/([a-z-]+)(\?var-instance=\{\{ \$labels\.instance \| urlquery \}\})?$/.exec(
      annotations.dashboard ?? '',
    )?.[1];
    assert.ok(uid !== undefined && dashboards.has(uid), `${alert}: ${annotations.dashboard}`);
    assert.match(annotations.runbook_url ?? '', RUNBOOK_URL, `${alert}: runbook_url`);
  }
});

const runbooks = globSync('*.md', { cwd: RUNBOOKS }).sort();
const textOf = (file: string) => readFileSync(join(RUNBOOKS, file), 'utf8');

test('every alert has its runbook, the findings of the analyzer too, and every runbook its alert', () => {
  const linked = alerts.map((rule) => RUNBOOK_URL.exec(rule.annotations.runbook_url ?? '')?.[1]);
  // What the analyzer posts: a finding of each kind, and anomalies.
  const findings = [...RULES.map(({ kind }) => `${kind}.md`), 'anomaly.md'];
  assert.deepEqual(runbooks, [...new Set([...linked, ...findings])].sort());
  for (const { alert, annotations } of alerts) {
    const page = textOf(basename(annotations.runbook_url ?? ''));
    assert.ok(page.includes(`\`${alert}\``), `the runbook of ${alert} names it`);
  }
});

test('every runbook has the four sections and the PromQL that shows the claim', () => {
  for (const file of runbooks) {
    const sections = [...textOf(file).matchAll(/^## (.+)$/gm)].map((match) => match[1]);
    assert.deepEqual(sections, ['Meaning', 'Impact', 'Diagnosis', 'Mitigation'], file);
    assert.ok(queriesOf(file).length > 0, `${file} has no query`);
  }
});

test('the PromQL of the runbooks is valid', (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'guard-runbooks-'));
  t.after(() => rmSync(folder, { recursive: true }));
  const queries = runbooks.flatMap(queriesOf);
  const records = queries.map((expr, index) => ({ record: `query:${index}`, expr }));
  writeFileSync(
    join(folder, 'q.yml'),
    stringify({ groups: [{ name: 'runbooks', rules: records }] }),
  );
  const { status, output } = runPromtool(['check', 'rules', 'q.yml'], folder);
  assert.equal(status, 0, output);
  assert.match(output, new RegExp(`SUCCESS: ${queries.length} rules found`));
});

test('no alert and no runbook reads a name that nothing records', () => {
  const texts = [...alerts.map((rule) => JSON.stringify(rule)), ...runbooks.map(textOf)];
  const used = texts.flatMap((text) => text.match(RECORDED_NAME) ?? []);
  assert.ok(used.length > 10);
  assert.deepEqual(
    used.filter((name) => !recorded.includes(name)),
    [],
  );
});

test('a rule file with a mistake is refused, so the checks above can fail', (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'guard-rules-'));
  t.after(() => rmSync(folder, { recursive: true }));
  writeFileSync(
    join(folder, 'bad.yml'),
    'groups: [{ name: a, rules: [{ record: b, expr: rate(c) }] }]\n',
  );
  const { status, output } = runPromtool(['check', 'rules', 'bad.yml'], folder);
  assert.notEqual(status, 0);
  assert.match(output, /expected type range vector/);
});

test('without promtool the message says what to install', (t) => {
  const before = process.env.PROMTOOL_BIN;
  t.after(() => {
    if (before === undefined) delete process.env.PROMTOOL_BIN;
    else process.env.PROMTOOL_BIN = before;
  });
  process.env.PROMTOOL_BIN = '/nonexistent/promtool';
  assert.throws(() => runPromtool(['--version'], HERE), /no promtool.*apt install prometheus/);
});

/** The fenced `promql` blocks of a runbook; `INSTANCE` and `GROUP` in them stand for the alert's labels. */
function queriesOf(file: string): string[] {
  return [...textOf(file).matchAll(/```promql\n([\s\S]*?)```/g)].flatMap((match) =>
    match[1]!.split(/\n\n/).map((query) => query.trim()),
  );
}
