// prometheus.yml as the local system needs it, and the parts of it that a Prometheus of somebody else needs.
import { globSync } from 'node:fs';
import { join } from 'node:path';
import { stringify } from 'yaml';

/** Also the rule evaluation interval; the windows of the rules (30 s and up) are built on it. */
const INTERVAL = '5s';

export interface Targets {
  /** host:port of each. */
  readonly exporter: string;
  readonly analyzer: string;
  readonly prometheus: string;
  /** Base URL, because an Alertmanager elsewhere may have a scheme and a path. */
  readonly alertmanagerUrl: string;
}

/** The complete file for our own Prometheus. */
export function renderPrometheusConfig(targets: Targets, ruleFiles: readonly string[]): string {
  const alertmanager = splitUrl(targets.alertmanagerUrl);
  return stringify({
    global: { scrape_interval: INTERVAL, scrape_timeout: INTERVAL, evaluation_interval: INTERVAL },
    rule_files: [...ruleFiles],
    remote_read: curveRead(targets),
    alerting: {
      alertmanagers: [
        {
          scheme: alertmanager.scheme,
          path_prefix: alertmanager.path || '/',
          static_configs: [{ targets: [alertmanager.target] }],
        },
      ],
    },
    scrape_configs: [
      ...guardJobs(targets),
      { job_name: 'prometheus', static_configs: [{ targets: [targets.prometheus] }] },
      {
        job_name: 'alertmanager',
        scheme: alertmanager.scheme,
        metrics_path: `${alertmanager.path}/metrics`,
        static_configs: [{ targets: [alertmanager.target] }],
      },
    ],
  });
}

/** What to paste into the configuration of a Prometheus that already runs. */
export function renderPasteConfig(
  targets: Pick<Targets, 'exporter' | 'analyzer'>,
  ruleFiles: readonly string[],
): string {
  const jobs = guardJobs(targets).map(({ job_name, ...rest }) => ({
    job_name,
    scrape_interval: INTERVAL,
    scrape_timeout: INTERVAL,
    ...rest,
  }));
  return stringify({
    scrape_configs: jobs,
    rule_files: [...ruleFiles],
    remote_read: curveRead(targets),
  });
}

/** Absolute paths of the rule files; their promtool tests (`*_test.yml`) and the numbers they are made of are no rules. */
export function findRuleFiles(folder: string): string[] {
  return globSync('*.yml', { cwd: folder })
    .filter((name) => !name.endsWith('_test.yml') && name !== 'thresholds.yml')
    .sort()
    .map((name) => join(folder, name));
}

/** The analyzer's series carry the labels of the series they speak about: honor_labels keeps them. */
function guardJobs({ exporter, analyzer }: Pick<Targets, 'exporter' | 'analyzer'>) {
  return [
    { job_name: 'latency-guard-exporter', static_configs: [{ targets: [exporter] }] },
    {
      job_name: 'latency-guard-analyzer',
      honor_labels: true,
      static_configs: [{ targets: [analyzer] }],
    },
  ];
}

/** The curves into the future: asked for by name only, so that no other query waits for the analyzer. */
function curveRead({ analyzer }: Pick<Targets, 'analyzer'>) {
  return [
    {
      url: `http://${analyzer}/api/v1/read`,
      read_recent: true,
      remote_timeout: '5s',
      required_matchers: { __name__: 'guard_forecast_curve' },
    },
  ];
}

function splitUrl(text: string): { scheme: string; target: string; path: string } {
  const url = new URL(text);
  return {
    scheme: url.protocol.replace(':', ''),
    target: url.host,
    path: url.pathname.replace(/\/+$/, ''),
  };
}
