// Where a click leads: the addresses of the dashboards, and links between them that keep data source, choice and time.
import type { DynamicConfigValue } from '@grafana/grafana-foundation-sdk/dashboard';
import { property } from './panel.ts';

/** Stable for ever: alerts, bookmarks and these links use them. */
export const UIDS = {
  overview: 'guard-overview',
  bottlenecks: 'guard-bottlenecks',
  host: 'guard-host',
  group: 'guard-group',
  forecast: 'guard-forecast',
  latency: 'guard-latency',
  remediation: 'guard-remediation',
  self: 'guard-self',
} as const;
export type DashboardName = keyof typeof UIDS;

/** Where the analyzer's alerts point to as well (`links.runbooks` in analyzer.yml). */
export const RUNBOOKS = 'https://github.com/latency-guard/latency-guard/blob/main/docs/runbooks';

export interface Click {
  readonly title: string;
  readonly to: DashboardName;
  /** Variable to where its value stands, such as `__data.fields.Host`; the others keep what is chosen. */
  readonly set?: Readonly<Record<string, string>>;
  /** Where the shown time must not be kept: to and from the page that shows the future. */
  readonly time?: string;
}

/** For links away from a page whose range ends in the future, where tables of other pages would be empty. */
export const UNTIL_NOW = 'from=now-30m&to=now';

/** The views of the future: a horizon, and as much of the past as of the future. */
export const HORIZONS = ['10m', '1h', '24h'] as const;

/** The parameters of a view of the future. */
export function ahead(horizon: (typeof HORIZONS)[number]): string {
  return `var-horizon=${horizon}&from=now-${horizon}&to=now%2B${horizon}`;
}

const KEEP_TIME = '$__url_time_range';
const KEPT = ['datasource', 'job', 'instance', 'group'] as const;

/** A link on a cell or a line to another dashboard; what is not set keeps its choice. */
export function clicks(...all: readonly Click[]): DynamicConfigValue {
  const links = all.map(({ title, to, set = {}, time = KEEP_TIME }) => ({
    title,
    url: dashboardUrl(to, set, time),
    targetBlank: false,
  }));
  return property('links', links);
}

/** The page of the column `Kind` in the runbooks. */
export function runbookClick(): DynamicConfigValue {
  const url = `${RUNBOOKS}/${value('__data.fields.Kind')}.md`;
  return property('links', [{ title: 'Open the runbook', url, targetBlank: true }]);
}

/** What a row's own host and group are called in a table. */
export const ROW_HOST = { instance: '__data.fields.Host' } as const;
export const ROW_GROUP = { ...ROW_HOST, group: '__data.fields.Group' } as const;

/** The same for a line, of which Grafana knows the labels. */
export const LINE_HOST = { instance: '__field.labels.instance' } as const;
export const LINE_GROUP = { ...LINE_HOST, group: '__field.labels.group' } as const;

/** The address of a dashboard with everything that is chosen, and another time. */
export function viewUrl(to: DashboardName, also: readonly string[], time: string): string {
  const kept = [...KEPT, ...also].map(keep);
  return `/d/${UIDS[to]}?${[...kept, time].join('&')}`;
}

function dashboardUrl(
  to: DashboardName,
  set: Readonly<Record<string, string>>,
  time: string,
): string {
  const kept = KEPT.filter((name) => !(name in set)).map(keep);
  const chosen = Object.entries(set).map(([name, source]) => `var-${name}=${value(source)}`);
  return `/d/${UIDS[to]}?${[...kept, ...chosen, time].join('&')}`;
}

function keep(name: string): string {
  return `\${${name}:queryparam}`;
}

/** Group names are texts of somebody else: without encoding an "&" would end the parameter. */
function value(source: string): string {
  return `\${${source}:percentencode}`;
}
