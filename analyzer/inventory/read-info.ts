// What the hosts are made of, asked of Prometheus as of one moment.
import type { Querier } from '../prometheus/querier.ts';
import type { Point } from '../series/series.ts';
import type { InfoNumber, InfoText, InventorySource } from './source.ts';

export interface HostInfo {
  readonly job: string;
  readonly instance: string;
  readonly values: Readonly<Partial<Record<InfoText, string> & Record<InfoNumber, number>>>;
}

type Values = Partial<Record<InfoText, string>> & Partial<Record<InfoNumber, number>>;

/** What could not be read is left out; a host of which nothing could be read is not there. @throws {QueryError} */
export async function readInfo(
  source: InventorySource,
  at: number,
  querier: Querier,
): Promise<HostInfo[]> {
  const hosts = new Map<string, { job: string; instance: string; values: Values }>();
  const valuesOf = ({ labels }: Point): Values => {
    const { job = '', instance = '' } = labels;
    const key = JSON.stringify([job, instance]);
    const host = hosts.get(key) ?? { job, instance, values: {} };
    hosts.set(key, host);
    return host.values;
  };
  for (const { expr, labels } of source.texts)
    for (const point of await querier.instant(expr, at)) {
      const values = valuesOf(point);
      // An empty label is the same as none.
      for (const [column, label] of Object.entries(labels) as [InfoText, string][])
        if (point.labels[label]) values[column] ??= point.labels[label];
    }
  for (const [column, expr] of Object.entries(source.numbers) as [InfoNumber, string][])
    for (const point of await querier.instant(expr, at))
      if (Number.isFinite(point.value)) valuesOf(point)[column] = Math.round(point.value);
  return [...hosts.values()].filter(({ values }) => Object.keys(values).length > 0);
}
