// Label objects of groups, kept from scrape to scrape: the renderer pays for the text of a label object only once.
import type { Labels } from '../../promformat/family.ts';

/** All are forgotten when there are more: groups come and go, and the next scrape makes those anew that it needs. */
export const MAX_LABELLED_GROUPS = 2000;

/** The labels of a group together with some of its own, which must be the same object each time. */
export type GroupLabels = (group: string, own: Labels) => Labels;

export function createGroupLabels(): GroupLabels {
  const known = new Map<string, Map<Labels, Labels>>();
  return (group, own) => {
    let ofGroup = known.get(group);
    if (ofGroup === undefined) {
      if (known.size >= MAX_LABELLED_GROUPS) known.clear();
      ofGroup = new Map();
      known.set(group, ofGroup);
    }
    let labels = ofGroup.get(own);
    if (labels === undefined) {
      labels = { group, ...own };
      ofGroup.set(own, labels);
    }
    return labels;
  };
}
