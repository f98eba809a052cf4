// What can be told without a Grafana about whether its versions 10, 11 and 12 all load and show these dashboards.
import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { test } from 'node:test';
import { parse } from 'yaml';
import { z } from 'zod';
import { toJson } from './json.ts';
import { DASHBOARDS } from './list.ts';

const ROOT = join(import.meta.dirname, '..', '..');

/** Panels that 10.0 has and 12 still has: nothing of Angular (`graph`, `table-old`, `singlestat`), which 12 has dropped. */
const PANEL_TYPES = [
  ...['row', 'timeseries', 'table', 'stat', 'bargauge', 'gauge', 'text'],
  ...['state-timeline', 'status-history', 'heatmap'],
];
const TRANSFORMATIONS = ['merge', 'filterFieldsByName', 'organize', 'sortBy'];
/** `cellOptions` with these words is of 9.5 and later; `displayMode` before it is not read any more. */
const CELL_TYPES = ['auto', 'gauge', 'color-background', 'color-text'];
const PROPERTIES =
  /^(color|links|unit|min|max|decimals|noValue|thresholds|mappings|displayName|custom\.(fillOpacity|lineWidth|spanNulls|fillBelowTo|lineStyle|hideFrom|cellOptions|axisPlacement|width|transform|stacking))$/;
/** Where a link takes its values from, and how they are written: 10.0 knows all of these. */
const LINK_VARIABLE =
  /^(\w+:queryparam|__data\.fields\.[A-Z]\w*:percentencode|__field\.labels\.\w+:percentencode)$/;

const property = z.object({ id: z.string(), value: z.unknown() });
const panel = z.object({
  id: z.number(),
  type: z.string(),
  title: z.string(),
  datasource: z.object({ type: z.string(), uid: z.string() }).optional(),
  targets: z.array(z.object({ datasource: z.object({ uid: z.string() }) })).default([]),
  transformations: z.array(z.object({ id: z.string() })).default([]),
  fieldConfig: z
    .object({ overrides: z.array(z.object({ properties: z.array(property) })) })
    .default({ overrides: [] }),
});
const dashboard = z.object({
  schemaVersion: z.literal(38),
  uid: z.string().max(40),
  annotations: z.object({
    list: z.array(
      z.object({
        name: z.string(),
        expr: z.string(),
        step: z.string(),
        datasource: z.object({ uid: z.string() }),
        target: z.object({ refId: z.string(), expr: z.string(), interval: z.string() }),
      }),
    ),
  }),
  templating: z.object({
    list: z.array(
      z.object({
        type: z.enum(['datasource', 'query', 'custom']),
        name: z.string(),
        query: z.union([z.string(), z.object({})]).optional(),
        datasource: z.object({ uid: z.string() }).optional(),
      }),
    ),
  }),
  panels: z.array(panel),
});

const loaded = Object.entries(DASHBOARDS).map(([file, build]) => ({
  file,
  text: toJson(build()),
  ...dashboard.parse(JSON.parse(toJson(build()))),
}));
const panels = loaded.flatMap((one) => one.panels);
const properties = panels.flatMap(({ title, fieldConfig }) =>
  fieldConfig.overrides.flatMap((override) =>
    override.properties.map((each) => ({ title, ...each })),
  ),
);

test('panels, transformations and properties are those that 10, 11 and 12 have in common', () => {
  assert.ok(panels.length > 100 && properties.length > 300);
  for (const { title, type, transformations } of panels) {
    assert.ok(PANEL_TYPES.includes(type), `${title}: ${type}`);
    for (const { id } of transformations)
      assert.ok(TRANSFORMATIONS.includes(id), `${title}: ${id}`);
  }
  for (const { title, id, value } of properties) {
    assert.match(id, PROPERTIES, title);
    if (id !== 'custom.cellOptions') continue;
    const { type } = z.object({ type: z.string() }).parse(value);
    assert.ok(CELL_TYPES.includes(type), `${title}: ${type}`);
  }
});

test('the query of a mark stands where each version looks for it, and says the same in both places', () => {
  for (const { file, annotations } of loaded) {
    assert.ok(annotations.list.length > 0, file);
    for (const { name, expr, step, target } of annotations.list) {
      assert.deepEqual(target, { refId: 'Anno', expr, interval: step }, `${file}: ${name}`);
    }
  }
});

test('whatever asks for data asks the data source that is chosen above, and that choice comes first', () => {
  for (const { file, templating, annotations, panels: own } of loaded) {
    const [first, ...others] = templating.list;
    assert.deepEqual(
      [first?.type, first?.name, first?.query],
      ['datasource', 'datasource', 'prometheus'],
    );
    const asked = [
      ...others.flatMap(({ datasource }) => datasource ?? []),
      ...annotations.list.map(({ datasource }) => datasource),
      ...own.flatMap(({ datasource, targets }) => [
        ...(datasource === undefined ? [] : [datasource]),
        ...targets.map((target) => target.datasource),
      ]),
    ];
    assert.ok(asked.length > 5, file);
    for (const { uid } of asked) assert.equal(uid, '$datasource', file);
  }
});

test('no export placeholder is left that only an import by hand fills in', () => {
  for (const { file, text } of loaded)
    assert.doesNotMatch(text, /__inputs|\$\{DS_|__requires/, file);
});

test('links write what they carry so that dots, slashes and ampersands in names arrive as they are', () => {
  const links = properties.filter(({ id }) => id === 'links');
  const urls = z
    .array(z.array(z.object({ url: z.string() })))
    .parse(links.map(({ value }) => value));
  const used = urls.flat().flatMap(({ url }) => [...url.matchAll(/\$\{([^}]+)\}/g)]);
  assert.ok(used.length > 100);
  for (const [, name] of used) assert.match(name!, LINK_VARIABLE);
  // An equality or another matcher would not take several, nor would Grafana escape the name for it.
  for (const { file, text } of loaded) {
    for (const name of ['job', 'instance', 'group']) {
      assert.doesNotMatch(text, new RegExp(`[^~]=\\\\"\\$${name}\\\\"`), `${file}: ${name}`);
    }
  }
});

const provisioned = (path: string) =>
  readFileSync(join(ROOT, 'grafana', 'provisioning', path, 'latency-guard.yml'), 'utf8');

test('the provisioning files name what compose.yml mounts, and data sources have fixed uids', () => {
  const compose = readFileSync(join(ROOT, 'compose.yml'), 'utf8');
  const { providers } = z
    .object({
      apiVersion: z.literal(1),
      providers: z.array(
        z.object({ type: z.literal('file'), options: z.object({ path: z.string() }) }),
      ),
    })
    .parse(parse(provisioned('dashboards')));
  for (const { options } of providers) {
    assert.ok(compose.includes(`./grafana/dashboards/json:${options.path}:ro`), options.path);
  }
  const { datasources } = z
    .object({
      apiVersion: z.literal(1),
      datasources: z.array(
        z.object({
          uid: z.string(),
          type: z.string(),
          url: z.string(),
          isDefault: z.boolean().default(false),
        }),
      ),
    })
    .parse(parse(provisioned('datasources')));
  assert.deepEqual(
    datasources.map(({ uid, type, isDefault }) => [uid, type, isDefault]),
    [
      ['guard-prometheus', 'prometheus', true],
      ['guard-alertmanager', 'alertmanager', false],
    ],
  );
  for (const { url } of datasources) {
    assert.ok(compose.includes(`${url.replace('$', '')}:`), `compose.yml sets ${url}`);
  }
});

test('the page that Grafana opens with is there', () => {
  const compose = readFileSync(join(ROOT, 'compose.yml'), 'utf8');
  const home = /GF_DASHBOARDS_DEFAULT_HOME_DASHBOARD_PATH: (\S+)/.exec(compose)?.[1] ?? '';
  assert.ok(existsSync(join(ROOT, 'grafana/dashboards/json', basename(home))), home);
});
