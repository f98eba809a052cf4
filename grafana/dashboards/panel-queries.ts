// Every query of a dashboard as plain PromQL, so that a test can ask a real Prometheus what each panel would show.
import type { Dashboard, Panel, VariableModel } from '@grafana/grafana-foundation-sdk/dashboard';

export interface PanelQuery {
  /** The panel's title, or `annotation: …`, `variable: …` for the queries above the panels. */
  readonly panel: string;
  readonly expr: string;
  /** Why an empty answer is right, taken from the panel's own description. */
  readonly mayBeEmpty?: string;
}

/** What Grafana fills in by itself, for a page of the last half hour at a scrape interval of 5 s. */
const BUILT_IN: Readonly<Record<string, string>> = {
  __rate_interval: '1m',
  __interval: '15s',
  __range: '30m',
};

/** "$name", "${name}" and "${name:format}"; "$1" of label_replace is none of them. */
const VARIABLE = /\$(?:\{(\w+)(?::\w+)?\}|([A-Za-z_]\w*))/g;

const LABEL_VALUES = /^label_values\((.+), \w+\)$/;

/**
 * All queries of panels, annotations and variables, with the variables replaced.
 * @param variables values by variable name, as they stand inside a regular expression matcher, such as `{ instance: '.*' }`
 * @throws {Error} when a query uses a variable that has no value
 */
export function panelQueries(
  dashboard: Dashboard,
  variables: Readonly<Record<string, string>>,
): PanelQuery[] {
  const all = [
    ...(dashboard.templating.list ?? []).flatMap(variableQuery),
    ...(dashboard.annotations.list ?? []).flatMap(({ name, expr }) =>
      expr ? [{ panel: `annotation: ${name}`, expr, mayBeEmpty: 'nothing has happened' }] : [],
    ),
    ...(dashboard.panels ?? []).flatMap((panel) => ('targets' in panel ? queriesOf(panel) : [])),
  ];
  const values = { ...BUILT_IN, ...variables };
  return all.map((query) => ({ ...query, expr: substitute(query, values) }));
}

function variableQuery({ name, query }: VariableModel): PanelQuery[] {
  const series = typeof query === 'string' ? LABEL_VALUES.exec(query)?.[1] : undefined;
  return series === undefined ? [] : [{ panel: `variable: ${name}`, expr: series }];
}

function queriesOf({ title = '', description = '', targets = [] }: Panel): PanelQuery[] {
  const whole = /^Empty when (.+)\.$/m.exec(description)?.[1];
  return targets.map((target) => {
    const { expr = '', refId = '' } = target as { expr?: string; refId?: string };
    const single = new RegExp(`^${refId} is empty when (.+)\\.$`, 'm').exec(description)?.[1];
    const mayBeEmpty = single ?? whole;
    return { panel: title, expr, ...(mayBeEmpty !== undefined && { mayBeEmpty }) };
  });
}

function substitute({ panel, expr }: PanelQuery, values: Readonly<Record<string, string>>): string {
  return expr.replace(VARIABLE, (text, braced: string | undefined, bare: string | undefined) => {
    const value = values[braced ?? bare ?? ''];
    if (value === undefined) throw new Error(`Panel "${panel}": no value for ${text} in ${expr}`);
    return value;
  });
}
