import assert from 'node:assert/strict';
import { test } from 'node:test';
import { correlationId } from '../notify/correlation.ts';
import { NotifyError } from '../notify/notify-error.ts';
import { createTicketDesk } from '../notify/open-ticket.ts';
import type { Ticket } from '../notify/ticket.ts';
import { EMPTY_SNAPSHOT } from '../pipeline/state.ts';
import { createStore } from '../store/store.ts';
import { FINDING, NOW } from './every-route.contract.ts';
import { serveRoutes } from './serve-routes.contract.ts';
import { createTicketRoutes } from './ticket-routes.ts';

const id = correlationId({ kind: FINDING.kind, labels: FINDING.subject });
const ticket: Ticket = { system: 'jira', id: 'OPS-1', url: 'https://jira/OPS-1', isNew: true };

test('a click opens one ticket, which the audit log knows', async (t) => {
  const store = createStore(undefined);
  t.after(() => store.close());
  const clock = () => NOW;
  const failing = async () => {
    throw new NotifyError('http_401', 'GitHub does not know us');
  };
  const systems = new Map([
    ['jira', { open: async () => ticket }],
    ['github', { open: failing }],
  ] as const);
  const desk = createTicketDesk(systems, clock);
  const snapshot = () => ({ ...EMPTY_SNAPSHOT, findings: [FINDING] });
  const routes = createTicketRoutes({ snapshot, desk: () => desk, store, clock });
  const url = await serveRoutes(t, routes);
  const post = async (finding: string, body: object) => {
    const response = await fetch(`${url}/api/v1/findings/${finding}/ticket`, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json' },
      body: JSON.stringify(body),
    });
    return { status: response.status, body: (await response.json()) as Record<string, unknown> };
  };
  const first = await post(id, { system: 'jira' });
  assert.deepEqual([first.status, first.body], [200, ticket]);
  assert.equal((await post(id, { system: 'jira' })).body.isNew, false);
  const [found, opened] = await store.audit.list(2);
  assert.deepEqual([opened?.event, found?.event], ['ticket_opened', 'ticket_found']);
  assert.equal(opened?.subject, id);
  const failed = await post(id, { system: 'github' });
  assert.deepEqual([failed.status, failed.body.detail], [502, 'GitHub does not know us']);
  assert.equal((await post(id, { system: 'servicenow' })).status, 409);
  assert.equal((await post('guard-0000000000000000', { system: 'jira' })).status, 404);
  assert.equal((await post(id, { system: 'mail' })).status, 400);
  assert.equal((await post('x', { system: 'jira' })).status, 400);
  const listed = await fetch(`${url}/api/v1/ticket-systems`);
  assert.deepEqual(await listed.json(), { systems: ['jira', 'github'] });
});
