// One PromQL query of a panel and the selectors that every query shares.
import { DataqueryBuilder, PromQueryFormat } from '@grafana/grafana-foundation-sdk/prometheus';

export const DATASOURCE = { type: 'prometheus', uid: '$datasource' } as const;

/** Label matchers of the chosen hosts, and of the chosen process groups on them. */
export const HOST = 'job=~"$job",instance=~"$instance"';
export const GROUP = `${HOST},group=~"$group"`;

const TOP_GROUPS = 10;

export interface Query {
  /** The refId: unique in its panel, and a word, because table columns and the inspector show it. */
  readonly name: string;
  readonly expr: string;
  readonly legend?: string;
  /** Why this query alone may rightly answer nothing; ends up in the panel's description. */
  readonly emptyWhen?: string;
  /** `now` is one value per series, `table` the same as rows, `heatmap` buckets over time; default: lines over time. */
  readonly shape?: 'now' | 'table' | 'heatmap';
}

/** The SDK's builder of one query. */
export function target({ name, expr, legend, shape }: Query): DataqueryBuilder {
  const builder = new DataqueryBuilder().refId(name).datasource(DATASOURCE).expr(expr);
  if (shape === 'now' || shape === 'table') builder.instant();
  else builder.range();
  if (legend !== undefined) builder.legendFormat(legend);
  if (shape === 'heatmap') return builder.format(PromQueryFormat.Heatmap);
  return builder.format(shape === 'table' ? PromQueryFormat.Table : PromQueryFormat.TimeSeries);
}

/**
 * The groups that were highest at some moment of the shown range, each as one unbroken line.
 * A bare topk() answers anew for every step, so that lines come and go.
 */
export function topGroups(...metrics: readonly string[]): string {
  const selected = metrics.map((metric) => `${metric}{${GROUP}}`);
  const highest = selected.map((series) => `max_over_time(${series}[$__range] @ end())`);
  return `${sum(selected)} and topk(${TOP_GROUPS}, ${highest.join(' + ')})`;
}

/** The same for any expression, at the price of a subquery: the lines that were highest at some minute of the range. */
export function topLines(expr: string): string {
  return `${expr} and topk(${TOP_GROUPS}, max_over_time((${expr})[$__range:1m] @ end()))`;
}

function sum(terms: readonly string[]): string {
  return terms.length === 1 ? terms[0]! : `(${terms.join(' + ')})`;
}
