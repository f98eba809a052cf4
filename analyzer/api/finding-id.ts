// What a finding is called in addresses: the same for a kind and a subject, whenever it is open, and in tickets and messages too.
import { correlationId } from '../notify/correlation.ts';
import type { Finding } from '../series/finding.ts';

export function findingId({ kind, subject }: Pick<Finding, 'kind' | 'subject'>): string {
  return correlationId({ kind, labels: subject });
}
