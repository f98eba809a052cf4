// Every query of a dashboard as plain PromQL, so that a test can ask a real Prometheus what each panel would show.
import type { Dashboard, Panel, VariableModel } from '@grafana/grafana-foundation-sdk/dashboard';

export interface PanelQuery {
  /** The panel's title, or `annotation: …`, `variable: …` for the queries above the panels. */
  readonly panel: string;
  readonly expr: string;
  /** Asked for one moment, the end of the range, and not for all of it. */
  readonly instant: boolean;
  /** What the dashboard or the panel shows, in seconds from now: negative is the past. */
  readonly range: Range;
  /** Why an empty answer is right, taken from the panel's own description. */
  readonly mayBeEmpty?: string;
}

interface Range {
  readonly from: number;
  readonly to: number;
}

/** Choices under which every panel should have data: everything, and the forecast that is there first. */
export const EVERYTHING: Readonly<Record<string, string>> = {
  job: '.*',
  instance: '.*',
  group: '.*',
  horizon: '10m',
  signal: '.*',
};

/** What Grafana fills in by itself at a scrape interval of 5 s. */
const BUILT_IN: Readonly<Record<string, string>> = { __rate_interval: '1m', __interval: '15s' };

/** "$name", "${name}" and "${name:format}"; "$1" of label_replace is none of them. */
const VARIABLE = /\$(?:\{(\w+)(?::\w+)?\}|([A-Za-z_]\w*))/g;

const LABEL_VALUES = /^label_values\((.+), \w+\)$/;
const RELATIVE_TIME = /^now(?:([+-]\d+)([mhd]))?$/;
const UNIT_SECONDS: Readonly<Record<string, number>> = { m: 60, h: 3600, d: 86_400 };

/** As wide as Grafana draws a graph, within Prometheus' 11,000 points. */
const POINTS = 200;
const MIN_STEP_SECONDS = 5;

type Unfilled = Omit<PanelQuery, 'range'> & { readonly range?: Range };

/**
 * All queries of panels, annotations and variables, with the variables replaced.
 * @param variables values by variable name, as they stand inside a regular expression matcher, such as `{ instance: '.*' }`
 * @throws {Error} when a query uses a variable that has no value, or a time range is not relative to now
 */
export function panelQueries(
  dashboard: Dashboard,
  variables: Readonly<Record<string, string>> = EVERYTHING,
): PanelQuery[] {
  const { from = 'now-30m', to = 'now' } = dashboard.time ?? {};
  const shown = { from: secondsFromNow(from), to: secondsFromNow(to) };
  const all: Unfilled[] = [
    ...(dashboard.templating.list ?? []).flatMap(variableQuery),
    ...(dashboard.annotations.list ?? []).flatMap(({ name, expr }) =>
      expr
        ? [{ panel: `annotation: ${name}`, expr, instant: false, mayBeEmpty: 'nothing happened' }]
        : [],
    ),
    ...(dashboard.panels ?? []).flatMap((panel) => ('targets' in panel ? queriesOf(panel) : [])),
  ];
  const values = { ...BUILT_IN, ...variables };
  return all.map((query) => {
    const range = query.range ?? shown;
    const filled = { ...values, __range: `${range.to - range.from}s` };
    return { ...query, range, expr: substitute(query, filled) };
  });
}

/** What Grafana would ask of Prometheus' HTTP API at this moment, without the server's address. */
export function requestPath({ expr, instant, range }: PanelQuery, nowSeconds: number): string {
  const start = nowSeconds + range.from;
  const end = nowSeconds + range.to;
  const step = Math.max(MIN_STEP_SECONDS, Math.ceil((end - start) / POINTS));
  const when: Record<string, number> = instant ? { time: end } : { start, end, step };
  const parameters = Object.entries(when).map(([name, value]): [string, string] => [
    name,
    String(value),
  ]);
  const query = new URLSearchParams([['query', expr], ...parameters]);
  return `/api/v1/${instant ? 'query' : 'query_range'}?${query}`;
}

function secondsFromNow(text: string): number {
  const [matched, count = '0', unit = 'm'] = RELATIVE_TIME.exec(text) ?? [];
  if (matched === undefined) throw new Error(`A time range that is not relative to now: ${text}`);
  return Number(count) * UNIT_SECONDS[unit]!;
}

function variableQuery({ name, query }: VariableModel): Unfilled[] {
  const series = typeof query === 'string' ? LABEL_VALUES.exec(query)?.[1] : undefined;
  return series === undefined ? [] : [{ panel: `variable: ${name}`, expr: series, instant: false }];
}

function queriesOf({ title = '', description = '', targets = [], timeFrom }: Panel): Unfilled[] {
  const whole = /^Empty when (.+)\.$/m.exec(description)?.[1];
  return targets.map((target) => {
    const { expr = '', refId = '', instant = false } = target as Target;
    const named = `^(?:\\w+, )*${refId}(?:, \\w+)* (?:is|are) empty when (.+)\\.$`;
    const single = new RegExp(named, 'm').exec(description)?.[1];
    const mayBeEmpty = single ?? whole;
    return {
      panel: title,
      expr,
      instant,
      // A panel with a time of its own ends now, whatever the dashboard shows.
      ...(timeFrom !== undefined && { range: { from: secondsFromNow(`now-${timeFrom}`), to: 0 } }),
      ...(mayBeEmpty !== undefined && { mayBeEmpty }),
    };
  });
}

interface Target {
  readonly expr?: string;
  readonly refId?: string;
  readonly instant?: boolean;
}

function substitute({ panel, expr }: Unfilled, values: Readonly<Record<string, string>>): string {
  return expr.replace(VARIABLE, (text, braced: string | undefined, bare: string | undefined) => {
    const value = values[braced ?? bare ?? ''];
    if (value === undefined) throw new Error(`Panel "${panel}": no value for ${text} in ${expr}`);
    return value;
  });
}
