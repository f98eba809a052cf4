// Labels of groups, kept from scrape to scrape with their text: what a group is called does not change.
import type { Labels, Sample } from '../../promformat/family.ts';
import { formatLineStart, formatValue } from '../../promformat/render.ts';

/** All are forgotten when there are more: groups come and go, and the next scrape makes those anew that it needs. */
export const MAX_LABELLED_GROUPS = 2000;

/** The series that every group has. */
export interface GroupSeries {
  readonly name: string;
  /** What is added to the group's name. */
  readonly labels: Labels;
}

/** All of a sample but its value, and the last sample that was made of it. */
export interface KeptLabels {
  readonly labels: Labels;
  readonly lineStart: string;
  last: Sample | undefined;
}

/** The same sample as last time when the value is the same, then with its whole line: most values never change. */
export function sampleOf(kept: KeptLabels, value: number): Sample {
  const { last, labels, lineStart } = kept;
  if (last?.value !== value) kept.last = { labels, lineStart, value };
  else if (last.line === undefined) {
    kept.last = { ...last, line: flat(`${lineStart}${formatValue(value)}\n`) };
  } else return last;
  return kept.last;
}

/** The labels of a group, one for each of the series that they were created with. */
export type GroupLabels = (group: string) => readonly KeptLabels[];

export function createGroupLabels(series: readonly GroupSeries[]): GroupLabels {
  const known = new Map<string, readonly KeptLabels[]>();
  return (group) => {
    const kept = known.get(group);
    if (kept !== undefined) return kept;
    if (known.size >= MAX_LABELLED_GROUPS) known.clear();
    const made = series.map(({ name, labels: own }) => {
      const labels = { group, ...own };
      return { labels, lineStart: flat(formatLineStart(name, labels)), last: undefined };
    });
    known.set(group, made);
    return made;
  };
}

/** Written and read back: a string that was put together of others keeps all of them alive. */
function flat(text: string): string {
  return Buffer.from(text).toString();
}
