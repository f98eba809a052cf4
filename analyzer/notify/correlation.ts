// The name by which other systems know a problem: the same as long as it is of the same kind and about the same subject.
import { createHash } from 'node:crypto';
import { ENTITY_LABELS } from '../features/feature.ts';
import type { Labels } from '../series/labels.ts';

const IDENTITY = ['instance', ...Object.values(ENTITY_LABELS)];
const HEX_CHARS = 16;

/** `guard-` and 16 hexadecimal digits: fits a label, a URL, a query of any system. */
export function correlationId({
  kind,
  labels,
}: {
  readonly kind: string;
  readonly labels: Labels;
}) {
  // Only what a subject is known by: other labels come and go with the way of a sample.
  const own = IDENTITY.map((name) => [name, labels[name] ?? '']);
  const hash = createHash('sha256')
    .update(JSON.stringify([kind, own]))
    .digest('hex');
  return `guard-${hash.slice(0, HEX_CHARS)}`;
}
