// Minutes of every host, asked of Prometheus: who was there in which minute, and what it did.
import type { Grid, Querier } from '../prometheus/querier.ts';
import type { Series } from '../series/series.ts';
import type { InventorySource, UsageColumn } from './source.ts';

export const MINUTE_SECONDS = 60;
/** Up to version 2 of Prometheus a range includes both its ends: a sample on the full minute would count in two. */
const ONE_MINUTE = '59s999ms';
/** Looked back where a minute has too few samples for a rate. */
const RARE_WINDOW = '5m';
/** So few samples in ten minutes come from a host that is scraped once a minute or more rarely. */
const RARE_SAMPLES = 15;

export interface UsageRow {
  readonly job: string;
  readonly instance: string;
  /** Unix seconds of the end of the minute. */
  readonly time: number;
  readonly values: Readonly<Partial<Record<UsageColumn, number>>>;
}

export interface Minutes {
  /** Unix seconds, full minutes; both ends are included. */
  readonly from: number;
  readonly to: number;
}

/**
 * The rows of the hosts that were there, minute by minute; one that was not has no row. What could not be read is left out.
 * @throws {QueryError}
 */
export async function readUsage(
  source: InventorySource,
  minutes: Minutes,
  querier: Querier,
): Promise<UsageRow[]> {
  const grid: Grid = { ...minutes, step: MINUTE_SECONDS };
  const present = await querier.range(presenceOf(source.presence), grid);
  if (present.length === 0) return [];
  const rows = new Map<string, Row>();
  for (const series of present) addRows(rows, series);
  for (const [column, expr] of Object.entries(source.usage) as [UsageColumn, string][])
    for (const series of await querier.range(withWindows(expr), grid)) fill(rows, series, column);
  return [...rows.values()];
}

type Row = UsageRow & { readonly values: Partial<Record<UsageColumn, number>> };

/**
 * A host that is scraped often was there when the minute has a sample. One that is scraped once a minute misses a minute now
 * and then by milliseconds: it gets half a minute more.
 */
export function presenceOf(metric: string): string {
  const count = (window: string) => `count_over_time(${metric}[${window}])`;
  const often = `max by (job, instance) (${count(ONE_MINUTE)})`;
  const rare = `max by (job, instance) (${count('90s')} and ${count('10m')} <= ${RARE_SAMPLES})`;
  return `${often} or ${rare}`;
}

export function withWindows(expr: string): string {
  if (!expr.includes('$window')) return expr;
  return `(${expr.replaceAll('$window', '1m')}) or (${expr.replaceAll('$window', RARE_WINDOW)})`;
}

function addRows(rows: Map<string, Row>, { labels, start, values }: Series): void {
  const { job = '', instance = '' } = labels;
  for (const [index, value] of values.entries()) {
    if (Number.isNaN(value)) continue;
    const time = start + index * MINUTE_SECONDS;
    rows.set(keyOf(job, instance, time), { job, instance, time, values: {} });
  }
}

function fill(rows: Map<string, Row>, series: Series, column: UsageColumn): void {
  const { job = '', instance = '' } = series.labels;
  for (const [index, value] of series.values.entries()) {
    if (!Number.isFinite(value)) continue;
    const row = rows.get(keyOf(job, instance, series.start + index * MINUTE_SECONDS));
    if (row !== undefined) row.values[column] = value;
  }
}

function keyOf(job: string, instance: string, time: number): string {
  return JSON.stringify([job, instance, time]);
}
