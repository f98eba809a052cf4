import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { ROLES, type Role, remediationSchema } from '../remediation/config.ts';
import { createIntake } from '../remediation/intake.ts';
import { createStore } from '../store/store.ts';
import { createActionRoutes } from './action-routes.ts';
import { createGate } from './operator-token.ts';
import { serveRoutes } from './serve-routes.contract.ts';

async function serve(context: TestContext, roles: readonly Role[]) {
  const folder = mkdtempSync(join(tmpdir(), 'guard-routes-'));
  const store = createStore(join(folder, 'store'));
  const tokens = roles.map((role) => {
    const hash_file = join(folder, role);
    writeFileSync(hash_file, `${createHash('sha256').update(`token-${role}`).digest('hex')}  -\n`);
    return { name: role, role, hash_file };
  });
  const gate = createGate(remediationSchema.parse({ tokens }));
  const clock = () => 1_000;
  const routes = createActionRoutes({
    store,
    intake: createIntake(store, clock),
    playbooks: () => [],
    waits: async ({ state }) => (state === 'approved' ? 'web1 cools down for 9 s' : undefined),
    clock,
  });
  context.after(async () => {
    await store.close();
    rmSync(folder, { recursive: true });
  });
  const url = await serveRoutes(context, routes, { gate });
  async function ask(method: string, path: string, { headers = {}, body = {} }: Asked = {}) {
    const response = await fetch(url + path, {
      method,
      headers: { 'Content-Type': 'application/json', ...headers },
      ...(method === 'GET' ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
    });
    await response.text();
    return response.status;
  }
  return { store, ask, routes, url };
}

interface Asked {
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: unknown;
}

const bearer = (role: string) => ({ Authorization: `Bearer token-${role}` });
const REASON = { reason: 'because' };
const ALERT = {
  status: 'firing',
  labels: { alertname: 'A', instance: 'web1:1' },
  startsAt: '2026-01-01T00:00:00Z',
  fingerprint: 'f',
};

test('every route asks for a token, a viewer changes nothing', async (context) => {
  const { ask, routes } = await serve(context, ROLES);
  assert.ok(routes.length >= 10, 'the routes are found');
  for (const { path, method: lower, changes } of routes) {
    const method = lower.toUpperCase();
    const where = path.replace(':id', 'none');
    assert.equal(await ask(method, where), 401, `${method} ${path} without a token`);
    assert.equal(await ask(method, where, { headers: bearer('wrong') }), 401);
    const asViewer = await ask(method, where, { headers: bearer('viewer'), body: REASON });
    if (changes) assert.equal(asViewer, 403, `${method} ${path} as a viewer`);
    else assert.notEqual(asViewer, 403, `${path} may be read`);
  }
});

test('who sends alerts decides nothing, an operator stops, an administrator starts again', async (context) => {
  const { ask, store } = await serve(context, ROLES);
  const as = (role: Role) => ({ headers: bearer(role), body: REASON });
  const webhook = { headers: bearer('alertmanager'), body: { version: '4', alerts: [ALERT] } };
  assert.equal(await ask('POST', '/api/v1/alertmanager', webhook), 202);
  assert.equal(await ask('POST', '/api/v1/pause', as('alertmanager')), 403);
  assert.equal(await ask('POST', '/api/v1/pause', as('operator')), 200);
  assert.equal((await store.killSwitch.paused())?.by, 'operator');
  assert.equal(await ask('POST', '/api/v1/resume', as('operator')), 403);
  assert.equal(
    await ask('POST', '/api/v1/resume', {
      ...as('admin'),
      headers: { 'X-Guard-Token': 'token-admin' },
    }),
    200,
  );
  assert.equal(await store.killSwitch.paused(), undefined);
  assert.equal(await ask('POST', '/api/v1/actions/none/approve', as('operator')), 404);
});

test('without tokens only this machine itself decides, no page and no proxy', async (context) => {
  const { ask } = await serve(context, []);
  assert.equal(await ask('POST', '/api/v1/pause', { body: REASON }), 200);
  for (const [name, value] of [
    ['Origin', 'http://evil.example'],
    ['X-Forwarded-For', '10.0.0.1'],
    ['Forwarded', 'for=10.0.0.1'],
  ] as const)
    assert.equal(
      await ask('POST', '/api/v1/pause', { headers: { [name]: value }, body: REASON }),
      403,
      name,
    );
});

test('a webhook that is not understood is refused, and nothing of it is stored', async (context) => {
  const { ask, store } = await serve(context, []);
  const bad: readonly (readonly [body: unknown, status: number])[] = [
    [{ version: '3', alerts: [ALERT] }, 400],
    [{ version: '4', alerts: [ALERT, { ...ALERT, status: 'open' }] }, 400],
    [{ version: '4', alerts: [{ ...ALERT, fingerprint: '' }] }, 400],
    [{ version: '4', alerts: [{ ...ALERT, startsAt: 'yesterday' }] }, 400],
    ['{"version":', 400],
    [{ version: '4', alerts: [], pad: 'x'.repeat(5_000_000) }, 413],
  ];
  for (const [body, status] of bad)
    assert.equal(await ask('POST', '/api/v1/alertmanager', { body }), status);
  for (const body of [{}, { reason: ' ' }, { reason: 'a', force: true }])
    assert.equal(await ask('POST', '/api/v1/pause', { body }), 400);
  assert.equal(await store.alerts.countStored(), 0);
});

test('a storm of 5,000 webhooks is stored to the last one', async (context) => {
  const { ask, store } = await serve(context, []);
  let next = 0;
  let accepted = 0;
  const sender = async () => {
    while (next < 5_000) {
      const alert = { ...ALERT, fingerprint: `f${next++}` };
      const status = await ask('POST', '/api/v1/alertmanager', {
        body: { version: '4', alerts: [alert] },
      });
      if (status === 202) accepted += 1;
    }
  };
  const started = performance.now();
  await Promise.all(Array.from({ length: 50 }, sender));
  context.diagnostic(`${Math.round(5_000 / ((performance.now() - started) / 1000))} webhooks/s`);
  assert.equal(accepted, 5_000);
  const { alerts } = store;
  assert.deepEqual([await alerts.countStored(), await alerts.countWaiting()], [5_000, 5_000]);
});
