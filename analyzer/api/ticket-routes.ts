// One click, one ticket: opens it for a finding in the system that is asked for, or answers the one that is open.
import { z } from 'zod';
import { correlationId } from '../notify/correlation.ts';
import { NotifyError } from '../notify/notify-error.ts';
import type { TicketDesk } from '../notify/open-ticket.ts';
import { TICKET_SYSTEMS } from '../notify/ticket.ts';
import type { Snapshot } from '../pipeline/state.ts';
import type { Store } from '../store/store.ts';
import { notFound, ProblemError } from './problem.ts';
import { type ApiRoute, defineRoute } from './route.ts';

export interface TicketRouteOptions {
  readonly snapshot: () => Snapshot;
  /** That of the configuration that holds now. */
  readonly desk: () => TicketDesk;
  readonly store: Pick<Store, 'audit'>;
  /** Unix seconds. */
  readonly clock: () => number;
}

const system = z.enum(TICKET_SYSTEMS);
const ticketAnswer = z.object({
  system,
  id: z.string().describe('As people call it, such as INC0010023'),
  url: z.string(),
  isNew: z.boolean().describe('false where it was open already'),
});
const systemsAnswer = z.object({ systems: z.array(system) });
const params = z.strictObject({
  id: z
    .string()
    .max(100)
    .regex(/^(guard-[0-9a-f]{16}|none)$/)
    .describe('correlationId of the finding'),
});

export function createTicketRoutes(options: TicketRouteOptions): ApiRoute[] {
  const { snapshot, desk, store, clock } = options;
  return [
    defineRoute({
      ...{ method: 'get', path: '/api/v1/ticket-systems', access: 'read', changes: false },
      summary: 'Where tickets can be opened',
      query: z.strictObject({}),
      answer: systemsAnswer,
      handle: () => ({ systems: desk().systems }),
    }),
    defineRoute({
      ...{ method: 'post', path: '/api/v1/findings/:id/ticket', access: 'operator', changes: true },
      summary: 'Opens a ticket about a finding, or answers the one that is open',
      params,
      body: z.strictObject({ system }),
      answer: ticketAnswer,
      async handle({ params: { id }, body, caller }) {
        const finding = snapshot().findings.find(
          ({ kind, subject }) => correlationId({ kind, labels: subject }) === id,
        );
        if (finding === undefined) throw notFound(`No open finding ${id}`);
        const ticket = await desk().open(body.system, finding).catch(toProblem);
        if (ticket === undefined) {
          const detail = `notify.tickets.${body.system} is not configured`;
          throw new ProblemError({ status: 409, title: 'Not configured', detail });
        }
        const event = ticket.isNew ? 'ticket_opened' : 'ticket_found';
        const detail = { ...ticket, by: caller.name ?? 'unknown', kind: finding.kind };
        await store.audit.append({ time: clock(), event, subject: id, detail });
        return ticket;
      },
    }),
  ];
}

function toProblem(error: unknown): never {
  if (!(error instanceof NotifyError)) throw error;
  const problem = {
    status: 502,
    title: 'The ticket system did not take it',
    detail: error.message,
  };
  throw new ProblemError(problem, error.retryAfter);
}
