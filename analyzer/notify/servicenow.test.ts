import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import type { NotifyError } from './notify-error.ts';
import { type Asked, never, type Reply, secretsOf, serve } from './recording-server.contract.ts';
import { createServicenow, servicenowSchema } from './servicenow.ts';
import type { TicketDraft } from './ticket.ts';

const draft: TicketDraft = {
  ...{ correlationId: 'guard-0123456789abcdef', severity: 'critical' },
  ...{ title: 'io bound: postgres on db', text: 'Why: …' },
};
const FROM = Date.UTC(2026, 10, 9) / 1000;
const TO = FROM + 7 * 86_400;

async function setUp(t: TestContext, answer: (asked: Asked, count: number) => Reply | undefined) {
  const server = await serve(t, answer);
  const password_file = secretsOf(t)('password', 'hunter2');
  const config = servicenowSchema.parse({ url: `${server.url}/`, user: 'guard', password_file });
  return { ...server, client: createServicenow(config) };
}

/** As `sysparm_display_value=all` answers. */
const incident = (index: number, opened: string) => ({
  number: { display_value: `INC${index}`, value: `INC${index}` },
  short_description: { display_value: 'disk', value: 'disk slow on db1' },
  state: { display_value: 'In Progress', value: '2' },
  priority: { display_value: '1 - Critical', value: '1' },
  opened_at: { display_value: '09.11.2026 02:00:00', value: opened },
  resolved_at: { display_value: '', value: '' },
  correlation_id: { display_value: 'guard-x', value: 'guard-x' },
  cmdb_ci: { display_value: 'db1.example.com', value: 'a1b2' },
});

test('incidents come page by page, in the time asked for, by their UTC values', async (t) => {
  const all = Array.from({ length: 430 }, (_, index) => incident(index, '2026-11-10 08:30:00'));
  all.push(incident(900, '2026-11-08 23:59:59'), incident(901, '2026-11-16 00:00:00'));
  const { client, asked } = await setUp(t, ({ query }) => {
    const offset = Number(query.get('sysparm_offset'));
    return { body: { result: all.slice(offset, offset + Number(query.get('sysparm_limit'))) } };
  });
  const found = await client.incidents({ from: FROM, to: TO }, never());
  assert.equal(found.length, 430);
  assert.deepEqual(
    asked.map(({ query }) => query.get('sysparm_offset')),
    ['0', '200', '400'],
  );
  assert.match(asked[0]!.query.get('sysparm_query') ?? '', /^opened_at>=.*\^ORDERBYopened_at/);
  assert.equal(asked[0]!.headers.authorization, `Basic ${btoa('guard:hunter2')}`);
  assert.deepEqual(found[0], {
    ...{ number: 'INC0', title: 'disk slow on db1', state: 'In Progress', item: 'db1.example.com' },
    ...{ priority: '1 - Critical', opened: Date.UTC(2026, 10, 10, 8, 30) / 1000 },
    ...{ resolved: undefined, correlationId: 'guard-x' },
  });
});

test('an instance that never ends its pages is given up', async (t) => {
  const page = Array.from({ length: 200 }, (_, index) => incident(index, '2026-11-10 08:30:00'));
  const { client, asked } = await setUp(t, () => ({ body: { result: page } }));
  await assert.rejects(client.incidents({ from: FROM, to: TO }, never()), /more than 5000/);
  assert.equal(asked.length, 25);
});

test('what ServiceNow answers instead is told as what it is', async (t) => {
  const check = async (reply: Reply, want: Partial<NotifyError>) => {
    const { client } = await setUp(t, () => reply);
    await assert.rejects(
      client.incidents({ from: FROM, to: TO }, never()),
      (error: NotifyError) => {
        for (const [name, value] of Object.entries(want))
          assert.equal(error[name as keyof NotifyError], value, `${name}: ${error.message}`);
        assert.doesNotMatch(error.message, /hunter2/);
        return true;
      },
    );
  };
  const denied = {
    error: { message: 'User Not Authenticated', detail: 'Required to provide Auth' },
    status: 'failure',
  };
  await check({ status: 401, body: denied }, { reason: 'http_401', isRetryable: false });
  await check(
    { status: 429, headers: { 'Retry-After': '7' }, body: {} },
    { reason: 'http_429', isRetryable: true, retryAfter: 7 },
  );
  await check({ status: 503, body: '<html>' }, { reason: 'http_503', isRetryable: true });
  await check({ body: '{"result": [' }, { reason: 'malformed', isRetryable: false });
  await check({ body: { result: [{ number: 7 }] } }, { reason: 'malformed' });
  await check({ body: '<html>hibernating instance</html>' }, { reason: 'malformed' });
});

test('an instance that hangs does not hold up the report', async (t) => {
  const { client } = await setUp(t, () => undefined);
  const signal = AbortSignal.timeout(200);
  await assert.rejects(client.incidents({ from: FROM, to: TO }, signal), { reason: 'stopped' });
});

test('a ticket is opened once, and added to while it is open', async (t) => {
  const record = { sys_id: 'abc', number: 'INC0010001' };
  let isOpen = false;
  const { client, asked } = await setUp(t, ({ method }) => {
    if (method === 'GET') return { body: { result: isOpen ? [record] : [] } };
    isOpen = true;
    return { status: method === 'POST' ? 201 : 200, body: { result: record } };
  });
  const first = await client.open(draft, never());
  const second = await client.open(draft, never());
  assert.deepEqual(
    [first.id, first.isNew, second.id, second.isNew],
    ['INC0010001', true, 'INC0010001', false],
  );
  assert.deepEqual(
    asked.map(({ method, path }) => `${method} ${path}`),
    [
      ...['GET /api/now/table/incident', 'POST /api/now/table/incident'],
      ...['GET /api/now/table/incident', 'PATCH /api/now/table/incident/abc'],
    ],
  );
  assert.equal(
    asked[0]!.query.get('sysparm_query'),
    'correlation_id=guard-0123456789abcdef^active=true',
  );
  const { correlation_id, impact, urgency, short_description } = asked[1]!.json;
  assert.deepEqual(
    [correlation_id, impact, urgency, short_description],
    [draft.correlationId, '1', '1', draft.title],
  );
  assert.equal(asked[3]!.json.work_notes, draft.text);
});

test('credentials are of one kind', () => {
  const url = 'https://x.service-now.com';
  const check = (more: object) => servicenowSchema.safeParse({ url, ...more }).success;
  assert.ok(check({ user: 'a', password_file: '/p' }));
  assert.ok(check({ token_file: '/t' }));
  assert.ok(!check({}));
  assert.ok(!check({ user: 'a' }));
  assert.ok(!check({ user: 'a', password_file: '/p', token_file: '/t' }));
});
