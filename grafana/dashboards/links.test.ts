// Every link leads to a dashboard that exists, with variables that it has, from columns that the table shows.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import type { Dashboard, Panel } from '@grafana/grafana-foundation-sdk/dashboard';
import { RUNBOOKS, UIDS } from './links.ts';
import { DASHBOARDS } from './list.ts';

const ROOT = join(import.meta.dirname, '..', '..');
const dashboards = Object.values(DASHBOARDS).map((build) => build());
const byUid = new Map(dashboards.map((dashboard) => [dashboard.uid, dashboard]));

interface Link {
  readonly title: string;
  readonly url: string;
}

const panelsOf = ({ panels = [] }: Dashboard) =>
  panels.filter((panel): panel is Panel => 'targets' in panel);

function linksOf({ fieldConfig }: Panel): Link[] {
  const properties = fieldConfig?.overrides.flatMap((override) => override.properties) ?? [];
  return properties.flatMap(({ id, value }) => (id === 'links' ? (value as Link[]) : []));
}

const variablesOf = ({ templating }: Dashboard) => (templating.list ?? []).map(({ name }) => name);

test('the addresses are those of the dashboards', () => {
  assert.deepEqual([...byUid.keys()].sort(), Object.values(UIDS).sort());
});

/** A page that reaches into the future and one that ends now cannot take over each other's time. */
function timeOf(from: Dashboard, to: Dashboard): RegExp {
  const reachesAhead = ({ time }: Dashboard) => time?.to !== 'now';
  if (reachesAhead(to)) return /&from=now-\w+&to=now%2B\w+$/;
  return reachesAhead(from) ? /&from=now-\w+&to=now$/ : /&\$__url_time_range$/;
}

test('the links above the panels follow the same rule', () => {
  for (const from of dashboards) {
    const future = from.time?.to !== 'now';
    const [dropdown, ...others] = from.links ?? [];
    assert.deepEqual([dropdown?.type, dropdown?.keepTime], ['dashboards', !future]);
    assert.equal(from.tags?.includes(dropdown!.tags[0]!), !future, from.title);
    assert.ok(others.length > 0);
    for (const { url = '' } of others) {
      assert.match(url, /^\/d\/guard-forecast\?.*&from=now-\w+&to=now%2B\w+$/);
    }
  }
});

test('every link of a cell or line leads somewhere, keeps data source and time where it can, and sets what is there', () => {
  const links = dashboards.flatMap((from) =>
    panelsOf(from).flatMap((panel) => linksOf(panel).map((link) => ({ from, panel, link }))),
  );
  assert.ok(links.length > 20);
  for (const { from, panel, link } of links.filter(({ link: { url } }) => url.startsWith('/'))) {
    const where = `${from.title}, ${panel.title}: ${link.url}`;
    const target = byUid.get(/^\/d\/([\w-]+)\?/.exec(link.url)?.[1] ?? '');
    assert.ok(target, where);
    assert.match(link.url, /\$\{datasource:queryparam\}&\$\{job:queryparam\}/, where);
    assert.match(link.url, timeOf(from, target), where);
    for (const [, name] of link.url.matchAll(/var-(\w+)=/g)) {
      assert.ok(variablesOf(target).includes(name!), where);
    }
    for (const [, name] of link.url.matchAll(/\$\{(\w+):queryparam\}/g)) {
      assert.ok(variablesOf(from).includes(name!), where);
    }
  }
});

test('a link reads only columns that its table shows, under the name that it shows', () => {
  for (const panel of dashboards.flatMap(panelsOf)) {
    const organize = panel.transformations?.find(({ id }) => id === 'organize');
    const headings = Object.values(organize?.options.renameByName ?? {});
    for (const { url } of linksOf(panel)) {
      for (const [, field] of url.matchAll(/__data\.fields\.(\w+)/g)) {
        assert.ok(headings.includes(field), `${panel.title}: ${url}`);
      }
    }
  }
});

test('from the overview one click on a group tells what its threads do and what to do about it', () => {
  const overview = byUid.get(UIDS.overview);
  const verdict = panelsOf(overview!).find(({ title }) => title === 'Who is the bottleneck now');
  assert.ok(linksOf(verdict!).some(({ url }) => url.startsWith(`/d/${UIDS.group}?`)));
  const titles = panelsOf(byUid.get(UIDS.group)!).map(({ title }) => title);
  for (const title of ['What to do', 'What the threads do when they are not idle']) {
    assert.ok(titles.includes(title), title);
  }
});

test('runbooks are where the analyzer’s alerts point to', () => {
  const config = readFileSync(join(ROOT, 'analyzer/config.ts'), 'utf8');
  assert.ok(config.includes(`'${RUNBOOKS}'`));
});

test('every dashboard has its row in the documentation', () => {
  const page = readFileSync(join(ROOT, 'docs/dashboards.md'), 'utf8');
  for (const uid of byUid.keys()) assert.ok(page.includes(`\`${uid}\``), uid);
});

test('alerts point to dashboards that exist', () => {
  const rules = readFileSync(join(ROOT, 'rules/alerts.yml'), 'utf8');
  const named = [...rules.matchAll(/\/d\/([\w-]+)/g)].map(([, uid]) => uid);
  assert.ok(named.length > 0);
  for (const uid of named) assert.ok(byUid.has(uid), uid);
});
