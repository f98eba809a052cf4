// Every path of the routing tree by amtool: who is told of which alert, for both files.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readRuleGroups } from '../rules/rule-files.ts';
import { runAmtool } from './amtool.ts';
import { type Route, readConfig } from './config-file.ts';

const HERE = import.meta.dirname;
const CONFIGS = ['alertmanager.yml', 'receivers.example.yml'];
const POSTED_KINDS =
  'cpu_saturation cpu_throttling cpu_steal memory_leak memory_pressure io_bound network_saturation network_path lock_contention thread_starvation fd_exhaustion database_contention dependency_slow anomaly'.split(
    ' ',
  );

/** Labels and who hears of them, in the order of the tree; alertname is GuardAny unless it is said. */
const PATHS: readonly (readonly [labels: string, receivers: string])[] = [
  ['severity=critical kind=cpu_saturation', 'remediator,tickets,page'],
  ['severity=critical kind=filesystem team=payments', 'remediator,tickets,page'],
  ['severity=critical kind=io_bound team=database', 'remediator,tickets,page-database'],
  ['severity=critical kind=database_contention', 'remediator,tickets,page-database'],
  ['severity=critical kind=network_path team=network', 'remediator,tickets,page'],
  ['severity=warning kind=cpu_saturation', 'remediator,team'],
  ['severity=warning kind=cpu_saturation team=payments', 'remediator,team'],
  ['severity=warning kind=memory_leak group=java', 'remediator,tickets,team'],
  ['severity=warning kind=memory_leak group=postgres', 'remediator,tickets,database'],
  ['severity=warning kind=io_bound group=mysqld', 'remediator,database'],
  ['severity=warning kind=io_bound group=my-mysqld-exporter', 'remediator,team'],
  ['severity=warning kind=lock_contention team=database', 'remediator,database'],
  ['severity=warning kind=database_contention database_server=main', 'remediator,database'],
  ['severity=warning kind=network_path target=gw', 'remediator,network'],
  ['severity=warning kind=network_saturation group=nginx', 'remediator,network'],
  ['severity=warning kind=dependency team=network', 'remediator,network'],
  ['severity=warning kind=runs_out', 'remediator,tickets,team'],
  ['severity=warning kind=certificate', 'remediator,tickets,team'],
  ['severity=warning kind=config', 'remediator,team'],
  ['severity=info kind=runs_out', 'low'],
  ['alertname=GuardAnomaly severity=info kind=anomaly', 'low'],
  ['severity=info kind=database_contention team=database', 'low'],
  ['alertname=GuardRemediationRunning kind=cpu_saturation severity=none', 'nobody'],
  ['alertname=GuardRemediationFailed kind=cpu_saturation severity=critical', 'tickets,page'],
  // Another product's alerts have no label of ours to go by.
  ['alertname=Other', 'team'],
  ['alertname=Other severity=critical', 'tickets,page'],
  ['alertname=Other severity=warning', 'team'],
];

for (const file of CONFIGS) {
  test(`${file}: every case reaches its receivers, and no others`, () => {
    for (const [labels, receivers] of PATHS) {
      assert.equal(receiversOf(file, labels), receivers, labels);
    }
  });
}

test('the cases above take every path of the tree', () => {
  const { route } = readConfig('alertmanager.yml');
  const untaken = pathsOf(route).filter(({ matchers, receiver }) => {
    return !PATHS.some(
      ([labels, receivers]) =>
        receivers.split(',').includes(receiver) && matchers.every((each) => holds(each, labels)),
    );
  });
  assert.deepEqual(untaken, []);
});

test('every kind of alert that there is reaches somebody at every severity', () => {
  const ruleKinds = readRuleGroups().flatMap(({ rules }) => rules.map((rule) => rule.labels.kind));
  const kinds = new Set([...POSTED_KINDS, ...ruleKinds.filter((kind) => kind !== undefined)]);
  assert.ok(kinds.size > POSTED_KINDS.length);
  const people = { critical: /page/, warning: /team|database|network/, info: /^low$/ };
  for (const [severity, expected] of Object.entries(people)) {
    for (const kind of kinds) {
      const labels = `severity=${severity} kind=${kind}`;
      assert.match(receiversOf('alertmanager.yml', labels), expected, labels);
    }
  }
});

interface Path {
  readonly receiver: string;
  /** Its own and those of the routes above it. */
  readonly matchers: readonly string[];
}

function pathsOf(route: Route, above: readonly string[] = []): Path[] {
  const matchers = [...above, ...(route.matchers ?? [])];
  const below = (route.routes ?? []).flatMap((child) => pathsOf(child, matchers));
  return [{ receiver: route.receiver, matchers }, ...below];
}

/** Alertmanager's matchers, as far as our tree uses them, on labels as amtool takes them. */
function holds(matcher: string, labels: string): boolean {
  const [, name = '', operator = '', wanted = ''] = /^(\w+)(=~|!~|!=|=)"(.*)"$/.exec(matcher) ?? [];
  const value = new RegExp(`(?:^| )${name}=(\\S+)`).exec(withName(labels))?.[1] ?? '';
  const matches = operator.endsWith('~')
    ? new RegExp(`^(?:${wanted})$`).test(value)
    : value === wanted;
  return operator.startsWith('!') ? !matches : matches;
}

const withName = (labels: string) =>
  labels.includes('alertname=') ? labels : `alertname=GuardAny ${labels}`;

function receiversOf(file: string, labels: string): string {
  const args = ['config', 'routes', 'test', '--config.file', file, ...withName(labels).split(' ')];
  const { status, output } = runAmtool(args, HERE);
  assert.equal(status, 0, output);
  return output.replace(/^Warning: .*$/m, '').trim();
}
