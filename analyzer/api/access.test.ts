import assert from 'node:assert/strict';
import { request as httpRequest } from 'node:http';
import { type TestContext, test } from 'node:test';
import { ROLES } from '../remediation/config.ts';
import { authSchema } from './auth-config.ts';
import { everyRoute } from './every-route.contract.ts';
import { serveRoutes } from './serve-routes.contract.ts';

interface Answer {
  readonly status: number;
  readonly body: Record<string, unknown>;
  readonly cookie: string;
}
type Headers = Readonly<Record<string, string>>;

/** Unlike fetch, sends any Host and any Sec-Fetch-Site. */
function ask(url: string, headers: Headers, body?: object): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const method = body === undefined ? 'GET' : 'POST';
    const type = body === undefined ? {} : { 'Content-Type': 'application/json' };
    const request = httpRequest(url, { method, headers: { ...type, ...headers } }, (response) => {
      let text = '';
      response.setEncoding('utf8');
      response.on('data', (part: string) => {
        text += part;
      });
      response.on('end', () =>
        resolve({
          status: response.statusCode ?? 0,
          body: text === '' ? {} : JSON.parse(text),
          cookie: (response.headers['set-cookie'] ?? []).join('\n'),
        }),
      );
    });
    request.on('error', reject);
    request.end(body === undefined ? '' : JSON.stringify(body));
  });
}

const PAUSE = { reason: 'because' };

async function openAnalyzer(t: TestContext) {
  const url = await serveRoutes(t, everyRoute(t).routes);
  const own = { Origin: url, 'Sec-Fetch-Site': 'same-origin' };
  const me = await ask(`${url}/api/v1/me`, { 'Sec-Fetch-Site': 'same-origin' });
  return { url, own, me, token: String(me.body.csrfToken) };
}

test('without tokens a page of this machine may decide, with what only it can read', async (t) => {
  const { url, own, me, token } = await openAnalyzer(t);
  assert.deepEqual([me.body.via, me.body.role, me.body.mayRead], ['local', 'admin', true]);
  assert.ok(token.length >= 40);
  const pause = (headers: Headers) => ask(`${url}/api/v1/pause`, headers, PAUSE);
  assert.equal((await pause({ ...own, 'X-CSRF-Token': token })).status, 200);
  const without = await pause(own);
  assert.deepEqual([without.status, without.body.reason], [403, 'csrf']);
  assert.equal((await pause({ ...own, 'X-CSRF-Token': `${token}x` })).status, 403);
  assert.equal((await pause({})).status, 200, 'a program of this machine, as ever');
});

const STRANGERS: readonly (readonly [what: string, headers: Headers])[] = [
  ['another site', { Origin: 'http://evil.example', 'Sec-Fetch-Site': 'cross-site' }],
  ['another site of an old browser', { Origin: 'http://evil.example' }],
  ['another port of this machine', { Origin: 'http://127.0.0.1:1', 'Sec-Fetch-Site': 'same-site' }],
  ['a sandboxed frame', { Origin: 'null' }],
  ['a name that was made to point here', { Host: 'evil.example', Origin: 'http://evil.example' }],
  ['such a name without a port', { Host: 'evil.example' }],
  ['a name that only begins like ours', { Host: 'localhost.evil.example' }],
  ['a proxy', { 'X-Forwarded-For': '10.0.0.1' }],
  ['another proxy', { Forwarded: 'for=10.0.0.1' }],
  ['a third proxy', { Via: '1.1 proxy' }],
];
for (const [what, headers] of STRANGERS)
  test(`without tokens nobody else: ${what}`, async (t) => {
    const { url, token } = await openAnalyzer(t);
    const me = await ask(`${url}/api/v1/me`, headers);
    assert.deepEqual([me.status, me.body.role, me.body.csrfToken], [200, null, null]);
    for (const path of ['pause', 'resume', 'anomalies/feedback', 'actions/x/approve']) {
      const own = { ...headers, 'X-CSRF-Token': token };
      assert.equal((await ask(`${url}/api/v1/${path}`, own, PAUSE)).status, 403, path);
    }
    assert.equal((await ask(`${url}/api/v1/actions`, headers)).status, 403);
    assert.equal((await ask(`${url}/api/v1/findings`, headers)).status, 200, 'as /metrics is');
  });

test('a browser logs in with a token, and each of its changes shows whose page it is', async (t) => {
  const { routes, ...guards } = everyRoute(t, ROLES);
  const url = await serveRoutes(t, routes, guards);
  const page = { Origin: url, 'Sec-Fetch-Site': 'same-origin' };
  const login = (token: string, headers: Headers = page) =>
    ask(`${url}/auth/session`, headers, { token });
  assert.equal((await login('token-wrong')).status, 401);
  const foreign = { Origin: 'http://evil.example', 'Sec-Fetch-Site': 'cross-site' };
  assert.equal((await login('token-operator', foreign)).status, 403, "somebody else's session");
  const opened = await login('token-operator');
  assert.equal(opened.status, 204);
  assert.match(
    opened.cookie,
    /^guard_session=[\w-]{43}; Path=\/; Max-Age=43200; HttpOnly; SameSite=Lax$/,
  );
  const Cookie = opened.cookie.split(';')[0] ?? '';
  const me = await ask(`${url}/api/v1/me`, { Cookie });
  assert.deepEqual([me.body.name, me.body.role, me.body.via], ['operator', 'operator', 'session']);
  const token = { 'X-CSRF-Token': String(me.body.csrfToken) };
  const pause = (headers: Headers) => ask(`${url}/api/v1/pause`, { Cookie, ...headers }, PAUSE);
  assert.equal((await pause(page)).status, 403);
  assert.equal((await pause({})).status, 403, 'the cookie alone is not enough for anybody');
  assert.equal((await pause({ ...foreign, ...token })).status, 403);
  assert.equal((await pause({ ...page, ...token })).status, 200);
  const resume = { ...page, ...token, Cookie };
  assert.equal((await ask(`${url}/api/v1/resume`, resume, PAUSE)).status, 403, "an admin's");
  assert.equal((await ask(`${url}/auth/logout`, { ...page, Cookie }, {})).status, 403);
  assert.equal((await ask(`${url}/auth/logout`, resume, {})).status, 200);
  assert.equal((await ask(`${url}/api/v1/me`, { Cookie })).body.via, 'anonymous');
  assert.equal((await pause({ ...page, ...token })).status, 401);
});

test('over https the cookie is kept from every plain connection and every sister domain', async (t) => {
  const auth = authSchema.parse({ external_url: 'https://guard.example' });
  const { routes, ...guards } = everyRoute(t, ROLES, auth);
  const url = await serveRoutes(t, routes, guards);
  const page = { Origin: 'https://guard.example', 'Sec-Fetch-Site': 'same-origin' };
  const { cookie } = await ask(`${url}/auth/session`, page, { token: 'token-viewer' });
  assert.match(
    cookie,
    /^__Host-guard_session=[\w-]{43}; Path=\/; Max-Age=\d+; HttpOnly; SameSite=Lax; Secure$/,
  );
  const Cookie = cookie.split(';')[0] ?? '';
  assert.equal((await ask(`${url}/api/v1/me`, { Cookie })).body.name, 'viewer');
  const plain = Cookie.replace('__Host-', '');
  assert.equal((await ask(`${url}/api/v1/me`, { Cookie: plain })).body.name, null);
});

test('where reading asks for a login, nothing is told without one', async (t) => {
  const auth = authSchema.parse({ anonymous_read: false });
  const { routes, ...guards } = everyRoute(t, ROLES, auth);
  const url = await serveRoutes(t, routes, guards);
  const open = ['/api/v1/me', '/auth/login', '/auth/callback', '/api/v1/openapi.json'];
  const reading = routes.filter(({ method, raw }) => method === 'get' && raw === undefined);
  for (const { path } of reading) {
    const { status } = await ask(url + path.replace(':id', 'x'), {});
    if (open.includes(path)) assert.notEqual(status, 401, path);
    else assert.equal(status, 401, path);
  }
  for (const path of ['/api/v1/history', '/api/v1/events', '/api/v1/links'])
    assert.equal((await ask(url + path, {})).status, 401, path);
  const as = (role: string) => ({ Authorization: `Bearer token-${role}` });
  assert.equal((await ask(`${url}/api/v1/findings`, as('viewer'))).status, 200);
  assert.equal((await ask(`${url}/api/v1/findings`, as('alertmanager'))).status, 403);
});

test('who has a password of the web configuration labels and reads, and decides nothing', async (t) => {
  const auth = authSchema.parse({ anonymous_read: false });
  const { routes, ...guards } = everyRoute(t, ROLES, auth);
  const url = await serveRoutes(t, routes, { ...guards, isAuthenticated: () => true });
  const label = { signal: 's', verdict: 'noise' };
  assert.equal((await ask(`${url}/api/v1/anomalies/feedback`, {}, label)).status, 200);
  const foreign = { Origin: 'http://evil.example' };
  assert.equal((await ask(`${url}/api/v1/anomalies/feedback`, foreign, label)).status, 403);
  assert.equal((await ask(`${url}/api/v1/findings`, {})).status, 200);
  assert.equal((await ask(`${url}/api/v1/pause`, {}, PAUSE)).status, 401);
});

test('too much is too much for one, and not for another', async (t) => {
  const { routes, ...guards } = everyRoute(t, ROLES);
  const few = { windowSeconds: 60, requests: 3 };
  const budgets = { read: few, change: few, login: few, webhook: few };
  const url = await serveRoutes(t, routes, { ...guards, budgets });
  const as = (role: string) => ({ Authorization: `Bearer token-${role}` });
  const statuses: number[] = [];
  for (let index = 0; index < 5; index += 1)
    statuses.push((await ask(`${url}/api/v1/status`, as('viewer'))).status);
  assert.deepEqual(statuses, [200, 200, 200, 429, 429]);
  assert.equal((await ask(`${url}/api/v1/status`, as('admin'))).status, 200);
  for (let index = 0; index < 3; index += 1)
    assert.equal((await ask(`${url}/auth/session`, {}, { token: `guess${index}` })).status, 401);
  const refused = await fetch(`${url}/auth/session`, { method: 'POST' });
  assert.equal(refused.status, 429);
  assert.match(refused.headers.get('content-type') ?? '', /problem\+json/);
  assert.ok(Number(refused.headers.get('retry-after')) > 0);
});
