// Labels of groups, kept from scrape to scrape with their text: what a group is called does not change.
import type { Labels } from '../../promformat/family.ts';
import { formatLineStart } from '../../promformat/render.ts';

/** All are forgotten when there are more: groups come and go, and the next scrape makes those anew that it needs. */
export const MAX_LABELLED_GROUPS = 2000;

/** The series that every group has. */
export interface GroupSeries {
  readonly name: string;
  /** What is added to the group's name. */
  readonly labels: Labels;
}

/** All of a sample but its value. */
export interface KeptLabels {
  readonly labels: Labels;
  readonly lineStart: string;
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
      // Written and read back: a string that was put together of others keeps all of them alive.
      const lineStart = Buffer.from(formatLineStart(name, labels)).toString();
      return { labels, lineStart };
    });
    known.set(group, made);
    return made;
  };
}
