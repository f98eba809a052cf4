import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import type { Dashboard, Panel } from '@grafana/grafana-foundation-sdk/dashboard';
import type { Dataquery } from '@grafana/grafana-foundation-sdk/prometheus';
import { stringify } from 'yaml';
import { toJson } from './json.ts';
import { DASHBOARDS } from './list.ts';
import { type PanelQuery, panelQueries, requestPath } from './panel-queries.ts';

const JSON_FOLDER = join(import.meta.dirname, 'json');
const GRID_COLUMNS = 24;

const dashboards = Object.values(DASHBOARDS).map((build) => build());
const panelsOf = (dashboard: Dashboard) =>
  (dashboard.panels ?? []).filter((panel): panel is Panel => 'targets' in panel);
const panels = dashboards.flatMap(panelsOf);
const queries = dashboards.flatMap((dashboard) => panelQueries(dashboard));
const targetsOf = ({ targets = [] }: Panel) => targets as Dataquery[];
const exprsOf = (panel: Panel) => targetsOf(panel).map(({ expr }) => expr);

function repeated(values: readonly string[]): string[] {
  return values.filter((value, index) => values.indexOf(value) !== index);
}

/** What Prometheus' own parser says of the queries; empty when it accepts them all. */
function syntaxProblems(all: readonly Pick<PanelQuery, 'panel' | 'expr'>[]): string {
  const rules = all.map(({ expr }, index) => ({ record: `panel:query:${index}`, expr }));
  const folder = mkdtempSync(join(tmpdir(), 'guard-dashboards-'));
  try {
    const file = join(folder, 'queries.yml');
    writeFileSync(file, stringify({ groups: [{ name: 'panels', rules }] }));
    const { status, stdout, stderr } = spawnSync('promtool', ['check', 'rules', file], {
      encoding: 'utf8',
    });
    return status === 0 ? '' : `promtool check rules: ${stdout}${stderr}` || 'promtool failed';
  } finally {
    rmSync(folder, { recursive: true });
  }
}

test('building again changes nothing: the committed JSON is what the sources say', () => {
  assert.deepEqual(readdirSync(JSON_FOLDER).sort(), Object.keys(DASHBOARDS).sort());
  for (const [file, build] of Object.entries(DASHBOARDS)) {
    const committed = readFileSync(join(JSON_FOLDER, file), 'utf8');
    assert.equal(toJson(build()), committed, `${file} is stale: npm run grafana:build`);
  }
});

test('every dashboard has a stable uid, a title and its panels numbered without a gap', () => {
  assert.deepEqual(repeated(dashboards.map(({ uid = '' }) => uid)), []);
  assert.deepEqual(repeated(dashboards.map(({ title = '' }) => title)), []);
  for (const dashboard of dashboards) {
    assert.match(dashboard.uid ?? '', /^guard-[a-z-]+$/);
    const { panels: numbered } = JSON.parse(toJson(dashboard)) as { panels: { id: number }[] };
    assert.deepEqual(
      numbered.map(({ id }) => id),
      numbered.map((_, index) => index + 1),
    );
  }
});

test('every panel says what it shows, in what unit, from where, and has a query', () => {
  assert.ok(panels.length >= 25, 'the overview has its panels');
  for (const panel of panels) {
    const { title, description = '', fieldConfig, datasource } = panel;
    assert.ok(title, 'a panel has a title');
    assert.ok(description.length > 40, `"${title}" has a description`);
    assert.ok(fieldConfig?.defaults.unit, `"${title}" has a unit`);
    assert.ok(fieldConfig?.defaults.thresholds, `"${title}" has thresholds`);
    assert.equal(datasource?.uid, '$datasource', `"${title}" uses the chosen data source`);
    const names = targetsOf(panel).map(({ refId = '' }) => refId);
    assert.ok(names.length > 0, `"${title}" has a query`);
    assert.deepEqual(repeated(names), [], `"${title}" names its queries apart`);
  }
});

test('no panel repeats another', () => {
  for (const dashboard of dashboards) {
    const own = panelsOf(dashboard);
    assert.deepEqual(repeated(own.map(({ title = '' }) => title)), []);
    assert.deepEqual(repeated(own.flatMap(exprsOf)), []);
  }
});

test('lines of several series have a legend, and raw counters the interval that Grafana computes', () => {
  for (const panel of panels.filter(({ type }) => type !== 'table')) {
    for (const { refId, legendFormat } of targetsOf(panel)) {
      assert.ok(legendFormat, `"${panel.title}" ${refId} has a legend`);
    }
  }
  for (const expr of panels.flatMap(exprsOf)) {
    for (const [, window] of expr.matchAll(/\b(?:rate|increase|irate)\([^[]*\[([^\]]+)\]/g)) {
      assert.equal(window, '$__rate_interval', expr);
    }
  }
});

test('lanes over time take their colours from limits or from words, not from what happens to be highest', () => {
  const lanes = panels.filter(({ type }) => /state-timeline|status-history/.test(type));
  assert.ok(lanes.length >= 5);
  for (const { title, fieldConfig } of lanes) {
    const { color, mappings = [] } = fieldConfig!.defaults;
    assert.ok(color?.mode === 'thresholds' || mappings.length > 0, title);
  }
});

test('tables ask for this moment only, and order and name their columns', () => {
  const tables = panels.filter(({ type }) => type === 'table');
  assert.ok(tables.length >= 4);
  for (const panel of tables) {
    const { title, transformations = [] } = panel;
    for (const { instant, format } of targetsOf(panel)) {
      assert.deepEqual([instant, format], [true, 'table'], title);
    }
    const [organize, sortBy] = transformations.slice(-2);
    assert.deepEqual([organize?.id, sortBy?.id], ['organize', 'sortBy'], title);
    const headings: string[] = Object.values(organize!.options.renameByName);
    const field: string = sortBy!.options.sort[0].field;
    assert.ok(headings.includes(field), `"${title}" sorts by a column that it shows`);
  }
});

test('the grid is filled without overlap, and no panel leaves the page', () => {
  for (const { panels: placed = [] } of dashboards) {
    const cells = placed.flatMap(({ gridPos }) => {
      const { x, y, w, h } = gridPos!;
      assert.ok(x + w <= GRID_COLUMNS, 'a panel leaves the page');
      return Array.from({ length: w * h }, (_, i) => `${x + (i % w)},${y + Math.floor(i / w)}`);
    });
    assert.equal(new Set(cells).size, cells.length, 'panels overlap');
    const bottom = Math.max(...placed.map(({ gridPos }) => gridPos!.y + gridPos!.h));
    assert.equal(cells.length, bottom * GRID_COLUMNS, 'the page has no holes');
  }
});

test("every query is PromQL by Prometheus' own parser", () => {
  assert.ok(queries.length > 40);
  assert.equal(syntaxProblems(queries), '');
  assert.match(syntaxProblems([{ panel: 'bad', expr: 'rate(up[' }]), /parse error|unexpected/);
});

test('the queries above the panels are there: variables and event markers', () => {
  const names = queries.map(({ panel }) => panel).filter((panel) => panel.includes(': '));
  for (const name of ['job', 'instance', 'group']) assert.ok(names.includes(`variable: ${name}`));
  assert.ok(names.includes('annotation: Findings') && names.includes('annotation: Alerts'));
  for (const dashboard of dashboards) {
    assert.equal(dashboard.templating.list?.[0]?.type, 'datasource');
  }
});

test('variables are filled in, whichever way they are written; a forgotten one is an error', () => {
  const dashboard = (expr: string, description = '') =>
    ({
      templating: {},
      annotations: {},
      panels: [{ title: 'p', description, targets: [{ expr, refId: 'A' }] }],
    }) as unknown as Dashboard;
  const [query] = panelQueries(
    dashboard(`rate(a{i=~"$instance",g=~"\${group:regex}"}[$__rate_interval])`),
  );
  assert.equal(query?.expr, 'rate(a{i=~".*",g=~".*"}[1m])');
  assert.throws(() => panelQueries(dashboard('a{h="$host"}')), /"p": no value for \$host/);
  const [replaced] = panelQueries(dashboard('label_replace(a, "b", "$1", "c", "(.+)")'), {});
  assert.match(replaced!.expr, /"\$1"/);
});

test('one reason for several queries is said once, and counts for each of them only', () => {
  const [a, b, c] = panelQueries({
    templating: {},
    annotations: {},
    panels: [
      {
        title: 'p',
        description: 'Text.\n\nA, B are empty when it rains.\n\nCC is empty when B is.',
        targets: ['A', 'B', 'C'].map((refId) => ({ expr: 'up', refId })),
      },
    ],
  } as unknown as Dashboard);
  assert.equal(a?.mayBeEmpty, 'it rains');
  assert.equal(b?.mayBeEmpty, 'it rains');
  assert.equal(c?.mayBeEmpty, undefined);
  for (const { title, description = '' } of panels) {
    const lines = description.split('\n\n').map((line) => line.replace(/.*(?= empty when)/, ''));
    assert.deepEqual(repeated(lines), [], title);
  }
});

test('a query may only be empty when its panel says why', () => {
  const reasonOf = (panel: string) => queries.filter((query) => query.panel === panel);
  assert.ok(reasonOf('Who is the bottleneck now').every(({ mayBeEmpty }) => mayBeEmpty));
  assert.ok(reasonOf('CPU by process group').every(({ mayBeEmpty }) => mayBeEmpty === undefined));
  const [now, ...expected] = reasonOf('CPU: now and in ten minutes');
  assert.equal(now?.mayBeEmpty, undefined);
  assert.ok(expected.length === 3 && expected.every(({ mayBeEmpty }) => mayBeEmpty));
});

test('lines are asked for over the shown range, rows for its end, as Grafana does', () => {
  const [line, row, own] = panelQueries({
    time: { from: 'now-1h', to: 'now+10m' },
    templating: {},
    annotations: {},
    panels: [
      { title: 'line', targets: [{ expr: 'a[$__range]', refId: 'A' }] },
      { title: 'row', targets: [{ expr: 'a', refId: 'A', instant: true }] },
      { title: 'own', timeFrom: '6h', targets: [{ expr: 'a', refId: 'A', instant: true }] },
    ],
  } as unknown as Dashboard);
  assert.equal(
    requestPath(line!, 10_000),
    '/api/v1/query_range?query=a%5B4200s%5D&start=6400&end=10600&step=21',
  );
  assert.equal(requestPath(row!, 10_000), '/api/v1/query?query=a&time=10600');
  assert.equal(requestPath(own!, 10_000), '/api/v1/query?query=a&time=10000');
  const absolute = { time: { from: '2026-01-01', to: 'now' }, templating: {}, annotations: {} };
  assert.throws(() => panelQueries(absolute as unknown as Dashboard), /2026-01-01/);
});

test('no row asks for a moment that has not come: there only the curve has samples', () => {
  const rows = queries.filter(({ instant }) => instant);
  assert.ok(rows.length > 40);
  assert.deepEqual(
    rows.filter(({ range }) => range.to > 0).map(({ panel }) => panel),
    [],
  );
});
