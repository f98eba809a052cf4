// One click, one ticket: whoever asks at the same time, or again soon, gets the one that is there.
import type { Finding } from '../series/finding.ts';
import { TICKET_RETRY, withRetry } from './retry.ts';
import { type Ticket, type TicketSystem, type TicketSystemName, toDraft } from './ticket.ts';

/** Jira's search and the like need a while until they find what was just made. */
const REMEMBER_SECONDS = 600;
const MAX_REMEMBERED = 1_000;
const MAX_SECONDS = 45;

export interface TicketDesk {
  readonly systems: readonly TicketSystemName[];
  /** Undefined where that system is not configured. @throws {NotifyError} */
  open(system: TicketSystemName, finding: Finding): Promise<Ticket | undefined>;
}

export function createTicketDesk(
  systems: ReadonlyMap<TicketSystemName, TicketSystem>,
  clock: () => number,
): TicketDesk {
  const opened = new Map<string, { readonly time: number; readonly ticket: Promise<Ticket> }>();
  const forget = (now: number) => {
    for (const [key, { time }] of opened)
      if (now - time >= REMEMBER_SECONDS || opened.size > MAX_REMEMBERED) opened.delete(key);
  };
  return {
    systems: [...systems.keys()],
    async open(name, finding) {
      const system = systems.get(name);
      if (system === undefined) return undefined;
      const now = clock();
      forget(now);
      const draft = toDraft(finding);
      const key = `${name} ${draft.correlationId}`;
      const before = opened.get(key);
      if (before !== undefined) return { ...(await before.ticket), isNew: false };
      const signal = AbortSignal.timeout(MAX_SECONDS * 1000);
      const ticket = withRetry(() => system.open(draft, signal), TICKET_RETRY, signal);
      opened.set(key, { time: now, ticket });
      return ticket.catch((error: unknown) => {
        opened.delete(key);
        throw error;
      });
    },
  };
}
