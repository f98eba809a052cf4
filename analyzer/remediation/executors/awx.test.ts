import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { createAwxExecutor } from './awx.ts';
import { type JsonReply, type SeenCall, serveJson } from './json-server.contract.ts';

const { signal } = new AbortController();

interface Awx {
  readonly template: Readonly<Record<string, unknown>>;
  readonly groups: readonly string[];
  /** Fields that the launch ignores in spite of what the template says. */
  readonly ignores: readonly string[];
  /** The statuses that the job goes through, one for each question. */
  readonly statuses: readonly string[];
  readonly summaries: readonly object[];
}

const AWX: Awx = {
  template: {
    ask_limit_on_launch: true,
    ask_job_type_on_launch: true,
    ask_variables_on_launch: true,
    defaults: { inventory: { id: 3, name: 'Production' } },
    job_template_data: { name: 'Restart', id: 7 },
  },
  groups: ['shops'],
  ignores: [],
  statuses: ['pending', 'running', 'successful'],
  summaries: [{ host_name: 'web1', changed: 1, dark: 0 }],
};

/** The paths, fields and status codes of AWX's API v2. */
async function startAwx(context: TestContext, changes: Partial<Awx> = {}) {
  const awx = { ...AWX, ...changes };
  let asked = 0;
  let body: Record<string, unknown> = {};
  const launch = (call: SeenCall): JsonReply => {
    body = call.body as Record<string, unknown>;
    const ignored = awx.ignores.filter((field) => field in body);
    const ignored_fields = Object.fromEntries(ignored.map((field) => [field, body[field]]));
    return { status: 201, body: { job: 42, id: 42, type: 'job', ignored_fields } };
  };
  const readJob = (): JsonReply => {
    const status = awx.statuses[Math.min(asked, awx.statuses.length - 1)];
    asked += 1;
    return { status: 200, body: { id: 42, status, limit: body.limit } };
  };
  const counts = (names: readonly string[]) => (call: SeenCall) => ({
    status: 200,
    body: { count: names.filter((name) => name === call.query.get('name')).length },
  });
  const answers: Readonly<Record<string, (call: SeenCall) => JsonReply>> = {
    'GET /job_templates/7/launch/': () => ({ status: 200, body: awx.template }),
    'POST /job_templates/7/launch/': launch,
    'GET /inventories/3/hosts/': counts(['web1']),
    'GET /inventories/3/groups/': counts(awx.groups),
    'GET /jobs/42/': readJob,
    'GET /jobs/42/stdout/': () => ({ status: 200, body: `PLAY [${body.job_type}] web1` }),
    'GET /jobs/42/job_host_summaries/': () => ({ status: 200, body: { results: awx.summaries } }),
    'POST /jobs/42/cancel/': () => ({ status: 202, body: '' }),
  };
  const { server, seen } = await serveJson(context, (call) => {
    if (call.token !== 'Bearer secret-token') return { status: 401, body: { detail: 'no' } };
    const answer = answers[`${call.method} ${call.path.replace('/api/v2', '')}`];
    return answer?.(call) ?? { status: 404, body: { detail: 'Not found.' } };
  });
  return { executor: createAwxExecutor({ server, allowed: [7], pollMs: 5 }), server, seen };
}

const action = (
  changes: { host?: string; job_template?: number; timeoutSeconds?: number } = {},
) => {
  const { host = 'web1', job_template = 7, timeoutSeconds = 30 } = changes;
  const parameters = { job_template, extra_vars: { unit: 'shop' } };
  return { id: 'a1', host, timeoutSeconds, parameters };
};
const posts = (seen: readonly SeenCall[]) => seen.filter(({ method }) => method === 'POST');

test('the dry run is a job in check mode, the run one that changes, both on the one host', async (context) => {
  const { executor, seen } = await startAwx(context);
  const plan = await executor.plan(action(), signal);
  assert.match(plan, /Would launch job template 7 \(Restart\) on web1[\s\S]*PLAY \[check\] web1/);
  const outcome = await executor.run(action(), signal);
  assert.deepEqual([outcome.result, outcome.reason], ['done', 'done'], outcome.output);
  assert.match(outcome.output, /job 42 successful\nPLAY \[run\] web1/);
  const extra_vars = { unit: 'shop' };
  assert.deepEqual(
    posts(seen).map(({ body }) => body),
    ['check', 'run'].map((job_type) => ({ limit: 'web1', job_type, extra_vars })),
  );
});

test('a template that does not ask for its job type is described and not launched', async (context) => {
  const template = { ...AWX.template, ask_job_type_on_launch: false };
  const { executor, seen } = await startAwx(context, { template });
  assert.match(await executor.plan(action(), signal), /cannot be checked first/);
  assert.equal(posts(seen).length, 0);
});

const REFUSED: readonly (readonly [
  name: string,
  awx: Partial<Awx>,
  reason: string,
  launched: boolean,
])[] = [
  [
    'a template that does not ask for a limit',
    { template: { ...AWX.template, ask_limit_on_launch: false } },
    'limit_ignored',
    false,
  ],
  [
    'a template that does not ask for variables',
    { template: { ...AWX.template, ask_variables_on_launch: false } },
    'variables_ignored',
    false,
  ],
  [
    'a template without inventory',
    { template: { ...AWX.template, defaults: {} } },
    'no_inventory',
    false,
  ],
  ['a group of the same name', { groups: ['web1'] }, 'no_host_matched', false],
  ['a limit that the launch ignores', { ignores: ['limit'] }, 'limit_ignored', true],
  ['a job type that the launch ignores', { ignores: ['job_type'] }, 'fields_ignored', true],
  [
    'a job that ran elsewhere as well',
    { summaries: [...AWX.summaries, { host_name: 'db1', changed: 0, dark: 0 }] },
    'limit_ignored',
    true,
  ],
  ['a job on no host', { summaries: [] }, 'no_host_matched', true],
  ['a job that failed', { statuses: ['failed'] }, 'job_failed', true],
  ['a job that somebody cancelled', { statuses: ['canceled'] }, 'job_canceled', true],
];

for (const [name, awx, reason, launched] of REFUSED)
  test(`not done: ${name}`, async (context) => {
    const { executor, seen } = await startAwx(context, awx);
    const outcome = await executor.run(action(), signal);
    assert.deepEqual([outcome.result, outcome.reason], ['permanent', reason], outcome.output);
    assert.equal(posts(seen).length > 0, launched);
    const cancelled = seen.some(({ path }) => path.endsWith('/cancel/'));
    assert.equal(cancelled, 'ignores' in awx, 'a job with other fields than ours is cancelled');
  });

test('a host that could not be reached may be tried again, nothing else that was launched', async (context) => {
  const summaries = [{ host_name: 'web1', changed: 0, dark: 1 }];
  const { executor } = await startAwx(context, { statuses: ['failed'], summaries });
  assert.equal((await executor.run(action(), signal)).result, 'retryable');
});

test('a job that does not end in time is cancelled', async (context) => {
  const { executor, seen } = await startAwx(context, { statuses: ['running'] });
  const outcome = await executor.run(action({ timeoutSeconds: 1 }), signal);
  assert.deepEqual([outcome.result, outcome.reason], ['permanent', 'timeout'], outcome.output);
  assert.match(outcome.output, /it is cancelled/);
  assert.ok(seen.some(({ path }) => path === '/api/v2/jobs/42/cancel/'));
});

test('what is not allowed reaches no server', async (context) => {
  const { executor, server, seen } = await startAwx(context);
  const nothing = createAwxExecutor({ server, allowed: [] });
  const nowhere = createAwxExecutor({ server: undefined, allowed: [7] });
  for (const [one, request] of [
    [executor, action({ job_template: 8 })],
    [executor, action({ host: 'all:!db' })],
    [executor, action({ host: 'web1,db1' })],
    [nothing, action()],
    [nowhere, action()],
  ] as const)
    assert.equal((await one.run(request, signal)).reason, 'not_allowed');
  assert.equal(seen.length, 0);
  assert.deepEqual(executor.check({ job_template: 7, extra_vars: { a: '{{group}}' } }), []);
  assert.notDeepEqual(executor.check({ job_template: '{{group}}' }), []);
  assert.notDeepEqual(executor.check({ job_template: 7, limit: 'all' }), []);
});

test('a server that is down, and a token that is none', async (context) => {
  const { server } = await startAwx(context);
  const down = createAwxExecutor({
    server: { ...server, url: 'http://127.0.0.1:1' },
    allowed: [7],
  });
  const away = await down.run(action(), signal);
  assert.deepEqual([away.result, away.reason], ['retryable', 'not_sent']);
  const other = { ...server, token_file: '/nonexistent/token' };
  const without = await createAwxExecutor({ server: other, allowed: [7] }).run(action(), signal);
  assert.deepEqual([without.result, without.reason], ['permanent', 'no_credentials']);
});
