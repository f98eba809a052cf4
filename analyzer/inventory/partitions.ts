// Partitions of host_usage: which there have to be, and which are old enough to be dropped. Days and weeks are those of UTC.

export const PARTITION_SPANS = ['day', 'week'] as const;
export type PartitionSpan = (typeof PARTITION_SPANS)[number];

const DAY_SECONDS = 86_400;
const WEEK_SECONDS = 7 * DAY_SECONDS;
/** 5 January 1970 was the first Monday. */
const FIRST_MONDAY_SECONDS = 4 * DAY_SECONDS;
const NAME = /^host_usage_(\d{4})(\d{2})(\d{2})_(day|week)$/;

export interface Partition {
  readonly name: string;
  /** Unix seconds: included, and not any more. */
  readonly from: number;
  readonly to: number;
}

/** The partition of that name; undefined when it is none of ours. */
export function parsePartition(name: string): Partition | undefined {
  const [, year, month, day, span] = NAME.exec(name) ?? [];
  if (span === undefined) return undefined;
  const from = Date.UTC(Number(year), Number(month) - 1, Number(day)) / 1000;
  return { name, from, to: from + (span === 'week' ? WEEK_SECONDS : DAY_SECONDS) };
}

/** Those that are missing for the rows of these minutes. Where a week has days already, it goes on in days. */
export function missingPartitions(
  { from, to }: { readonly from: number; readonly to: number },
  existing: readonly Partition[],
  span: PartitionSpan,
): Partition[] {
  const known = [...existing];
  const missing: Partition[] = [];
  for (let day = startOf('day', from); day <= to; day += DAY_SECONDS) {
    if (known.some((one) => overlap(one, partitionAt('day', day)))) continue;
    const wanted = partitionAt(span, day);
    const chosen = known.some((one) => overlap(one, wanted)) ? partitionAt('day', day) : wanted;
    known.push(chosen);
    missing.push(chosen);
  }
  return missing;
}

/** Those of which every row is older. */
export function expiredPartitions(existing: readonly Partition[], before: number): Partition[] {
  return existing.filter(({ to }) => to <= before);
}

function partitionAt(span: PartitionSpan, time: number): Partition {
  const from = startOf(span, time);
  const date = new Date(from * 1000).toISOString().slice(0, 10).replaceAll('-', '');
  const to = from + (span === 'week' ? WEEK_SECONDS : DAY_SECONDS);
  return { name: `host_usage_${date}_${span}`, from, to };
}

function startOf(span: PartitionSpan, time: number): number {
  if (span === 'day') return Math.floor(time / DAY_SECONDS) * DAY_SECONDS;
  const weeks = Math.floor((time - FIRST_MONDAY_SECONDS) / WEEK_SECONDS);
  return weeks * WEEK_SECONDS + FIRST_MONDAY_SECONDS;
}

function overlap(a: Partition, b: Partition): boolean {
  return a.from < b.to && b.from < a.to;
}
