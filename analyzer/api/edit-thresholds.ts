// Other numbers in the text of thresholds.yml; its comments, its order and everything else stay as they are.
import { Document, isMap, isScalar, parseDocument } from 'yaml';
import { withChanges } from '../../rules/changed-thresholds.ts';
import { parseThresholds, SEVERITIES, type Thresholds } from '../../rules/thresholds.ts';

/** `warning: 85%`, `warning.hold: 5m`, or a parameter, as `withChanges` takes them. */
export type Changes = Readonly<Record<string, string>>;

const WIDTH = 120;

export interface EditedThresholds {
  readonly text: string;
  readonly thresholds: Thresholds;
}

/** @param name in thresholds.yml, such as `filesystem`. @throws {Error} on names and values that the schema refuses */
export function editThresholds(text: string, name: string, changes: Changes): EditedThresholds {
  const wanted = withChanges(parseThresholds(text), name, changes);
  const document = parseDocument(text);
  for (const [key, value] of Object.entries(changes)) {
    const path = ['thresholds', name, ...pathOf(key)];
    const node = document.getIn(path, true);
    if (isScalar(node)) node.value = value;
    else document.setIn(path, value);
  }
  const edited = document.toString({ lineWidth: WIDTH, flowCollectionPadding: true });
  const thresholds = parseThresholds(edited);
  // An alias or a merge key may have meant another place as well.
  if (JSON.stringify(thresholds) !== JSON.stringify(wanted))
    throw new Error(`${name} cannot be changed without changing others: edit the file by hand`);
  return { text: edited, thresholds };
}

function pathOf(key: string): string[] {
  const [severity = '', what] = key.split('.');
  const isLevel = SEVERITIES.some((one) => one === severity);
  return isLevel ? [severity, what ?? 'limit'] : ['parameters', key];
}

/** The part of the file that is about one threshold, to paste. */
export function sectionOf(text: string, name: string): string {
  const thresholds = parseDocument(text).get('thresholds');
  const own = isMap(thresholds) ? thresholds.get(name, true) : undefined;
  const section = new Document({ thresholds: {} });
  section.setIn(['thresholds', name], own);
  return section.toString({ lineWidth: WIDTH });
}
