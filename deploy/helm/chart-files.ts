// What the chart brings along from other folders, since Helm reads nothing outside of it: rules and dashboards.
import { globSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';

const ROOT = join(import.meta.dirname, '../..');
const RULES = ['recording', 'alerts', 'anomaly-compat'];

/** Where the chart keeps its copies. */
export const CHART = join(import.meta.dirname, 'latency-guard');

/** Text by path below `files/` of the chart. Dashboards are packed on one line: a release must fit into a Secret of 1 MiB. */
export function chartFiles(): ReadonlyMap<string, string> {
  const rules = RULES.map((name): [string, string] => [
    `rules/${name}.yml`,
    readFileSync(join(ROOT, 'rules', `${name}.yml`), 'utf8'),
  ]);
  const dashboards = globSync('grafana/dashboards/json/*.json', { cwd: ROOT })
    .sort()
    .map((file): [string, string] => [
      `dashboards/${basename(file)}`,
      `${JSON.stringify(JSON.parse(readFileSync(join(ROOT, file), 'utf8')))}\n`,
    ]);
  return new Map([...rules, ...dashboards]);
}
