import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { auditAnswer } from './action-answers.ts';
import { logoutAnswer, meAnswer } from './answers.ts';
import { authSchema, type Login } from './auth-config.ts';
import { createAuthRoutes } from './auth-routes.ts';
import { everyRoute } from './every-route.contract.ts';
import { createBrowser, startIdentityProvider } from './identity-provider.contract.ts';
import { createOidc } from './oidc.ts';
import { roleOf } from './oidc-role.ts';
import { NO_LOGIN, NO_TOKENS, serveRoutes } from './serve-routes.contract.ts';
import { createSessions } from './sessions.ts';

const SECRET = 'a-client-secret-that-nobody-sees';
const GROUPS = { alice: ['sre-leads', 'all'], bob: ['all'], eve: ['sales'] };
const START = 1_700_000_000;

async function openAnalyzer(t: TestContext, secret = SECRET) {
  let login: Login = { auth: NO_LOGIN, oidc: undefined };
  let now = START;
  const logged: unknown[] = [];
  const note = (...all: unknown[]) => void logged.push(...all);
  const clock = () => now;
  const auth = () => login.auth;
  const sessions = createSessions(clock);
  const gate = () => NO_TOKENS;
  const oidc = createOidc({ settings: () => login.oidc, clock, log: { info: note, warn: note } });
  const routes = [
    ...createAuthRoutes({ auth, gate, sessions, oidc }),
    ...everyRoute(t).routes.filter(({ path }) => !/^\/auth|\/me$/.test(path)),
  ];
  const url = await serveRoutes(t, routes, { auth, sessions });
  const provider = await startIdentityProvider(t, {
    externalUrl: url,
    secret: SECRET,
    groups: GROUPS,
  });
  const config = authSchema.parse({
    external_url: url,
    oidc: {
      issuer: provider.issuer,
      client_id: 'guard',
      roles: { viewer: ['all'], admin: ['sre-leads'] },
    },
  });
  const configure = (next: typeof config) => {
    const { oidc: own } = next;
    assert.ok(own);
    login = { auth: next, oidc: { config: own, externalUrl: url, clientSecret: secret } };
  };
  configure(config);
  return {
    ...{ url, provider, config, configure, logged },
    later: (seconds: number) => {
      now += seconds;
    },
  };
}

/** Up to the page that was wanted, or to one that says why not. */
async function logIn(url: string, account: string, browser = createBrowser()) {
  const isPage = (next: string) => next === `${url}/findings`;
  const visit = await browser.visit(`${url}/auth/login?return_to=/findings`, account, isPage);
  const me = async () => meAnswer.parse(await (await browser.send(`${url}/api/v1/me`)).json());
  const post = async (path: string, token: string | null = null) => {
    const headers = { 'Content-Type': 'application/json', Origin: url };
    const own = token === null ? headers : { ...headers, 'X-CSRF-Token': token };
    const body = JSON.stringify(path.startsWith('/auth') ? {} : { reason: 'because' });
    return browser.send(url + path, { method: 'POST', headers: own, body });
  };
  return { visit, me, post, browser };
}

test('an administrator logs in at the provider, decides, and logs out there too', async (t) => {
  const { url, provider } = await openAnalyzer(t);
  assert.equal((await fetch(`${url}/api/v1/findings`)).status, 401, 'reading asks for the log-in');
  const { visit, me, post, browser } = await logIn(url, 'alice');
  assert.deepEqual([visit.status, visit.url], [302, `${url}/findings`]);
  const { name, role, via, csrfToken, expires, login } = await me();
  assert.deepEqual([name, role, via], ['alice', 'admin', 'session']);
  assert.equal(expires, START + 12 * 3_600);
  assert.deepEqual(login, { oidc: true, token: false });
  assert.equal((await post('/api/v1/pause')).status, 403);
  assert.equal((await post('/api/v1/pause', csrfToken)).status, 200);
  assert.equal((await post('/api/v1/resume', csrfToken)).status, 200);
  assert.equal((await browser.send(`${url}/api/v1/findings`)).status, 200);
  const audit = auditAnswer.parse(await (await browser.send(`${url}/api/v1/audit`)).json());
  assert.equal(audit.entries[0]?.detail.by, 'alice');
  const out = await post('/auth/logout', csrfToken);
  const { redirect } = logoutAnswer.parse(await out.json());
  assert.ok(redirect?.startsWith(`${provider.issuer}/session/end?`), String(redirect));
  assert.equal((await me()).via, 'anonymous');
  assert.equal((await post('/api/v1/pause', csrfToken)).status, 401);
});

test('a viewer reads and changes nothing, a stranger gets no session', async (t) => {
  const { url } = await openAnalyzer(t);
  const bob = await logIn(url, 'bob');
  const { role, csrfToken } = await bob.me();
  assert.equal(role, 'viewer');
  assert.equal((await bob.post('/api/v1/pause', csrfToken)).status, 403);
  const eve = await logIn(url, 'eve');
  assert.equal(eve.visit.status, 403);
  assert.match(eve.visit.text, /eve has no access/);
  assert.equal((await eve.me()).via, 'anonymous');
});

test('an answer counts once, in the browser that asked, and only as it was given', async (t) => {
  const { url, later } = await openAnalyzer(t);
  const isBack = (next: string) => next.startsWith(`${url}/auth/callback`);
  const begin = async () => {
    const browser = createBrowser();
    const { url: back } = await browser.visit(`${url}/auth/login`, 'alice', isBack);
    return { browser, back };
  };
  const ask = async (browser: ReturnType<typeof createBrowser>, address: string) => {
    const response = await browser.send(address, { headers: { Accept: 'application/json' } });
    const opened = response.headers.getSetCookie().some((line) => /guard_session=./.test(line));
    return [response.status, opened];
  };
  const stolen = await begin();
  assert.deepEqual(await ask(createBrowser(), stolen.back), [400, false], 'another browser');
  assert.deepEqual(await ask(stolen.browser, stolen.back), [400, false], 'used up by that');
  const forged = await begin();
  const code = forged.back.replace(/code=[^&]+/, 'code=forged');
  assert.deepEqual(await ask(forged.browser, code), [403, false], 'another code');
  const mixed = await begin();
  const state = mixed.back.replace(/state=[^&]+/, 'state=other');
  assert.deepEqual(await ask(mixed.browser, state), [400, false], 'another state');
  const impostor = await begin();
  const issuer = impostor.back.replace(/iss=[^&]+/, 'iss=http%3A%2F%2Fevil.example');
  assert.deepEqual(
    await ask(impostor.browser, issuer),
    [403, false],
    'another provider (RFC 9207)',
  );
  const refused = await begin();
  const denied = refused.back.replace(/code=[^&]+/, 'error=access_denied');
  assert.deepEqual(await ask(refused.browser, denied), [403, false], 'the person said no');
  const slow = await begin();
  later(601);
  assert.deepEqual(await ask(slow.browser, slow.back), [400, false], 'too late');
  const good = await begin();
  assert.deepEqual(await ask(good.browser, good.back), [302, true]);
  assert.deepEqual(await ask(good.browser, good.back), [400, false], 'twice');
});

test('a session ends when nobody uses it, in the end, and when its provider is another one', async (t) => {
  const { url, later, config, configure } = await openAnalyzer(t);
  const idle = await logIn(url, 'alice');
  later(7_100);
  assert.equal((await idle.me()).via, 'session');
  later(7_300);
  assert.equal((await idle.me()).via, 'anonymous');
  const busy = await logIn(url, 'alice', idle.browser);
  for (let hour = 0; hour < 11; hour += 1) {
    later(3_600);
    assert.equal((await busy.me()).via, 'session');
  }
  later(3_600);
  assert.equal((await busy.me()).via, 'anonymous');
  assert.ok(config.oidc);
  const demoted = await logIn(url, 'alice', idle.browser);
  assert.equal((await demoted.me()).role, 'admin');
  configure({ ...config, oidc: { ...config.oidc, roles: { ...config.oidc.roles, admin: [] } } });
  assert.equal((await demoted.me()).via, 'anonymous', 'the role is not kept');
  configure(config);
  const other = await logIn(url, 'alice', idle.browser);
  assert.equal((await other.me()).via, 'session');
  configure({ ...config, oidc: { ...config.oidc, client_id: 'another' } });
  assert.equal((await other.me()).via, 'anonymous');
});

test('a provider that is gone, and a wrong secret, are told without the secret', async (t) => {
  const wrong = await openAnalyzer(t, `not-${SECRET}`);
  const { visit } = await logIn(wrong.url, 'alice');
  assert.equal(visit.status, 403);
  assert.match(visit.text, /invalid_client/);
  const gone = await openAnalyzer(t);
  gone.provider.stop();
  const response = await fetch(`${gone.url}/auth/login`, { redirect: 'manual' });
  const text = await response.text();
  assert.equal(response.status, 502);
  assert.match(response.headers.get('content-type') ?? '', /problem\+json/);
  assert.match(text, /identity provider cannot be asked \(ECONNREFUSED\)/);
  const all = visit.text + text + JSON.stringify([wrong.logged, gone.logged]);
  assert.ok(!all.includes(SECRET), all);
  assert.equal((await fetch(`${gone.url}/api/v1/me`)).status, 200, 'the rest goes on');
});

const ROLE_CASES: readonly {
  readonly name: string;
  readonly claims: object;
  readonly oidc?: object;
  readonly want: string | undefined;
}[] = [
  { name: 'a list', claims: { groups: ['x', 'ops'] }, want: 'operator' },
  { name: 'a single word', claims: { groups: 'ops' }, want: 'operator' },
  { name: 'the highest of several', claims: { groups: ['ops', 'root'] }, want: 'admin' },
  { name: 'nothing', claims: {}, want: undefined },
  { name: 'part of a name', claims: { groups: ['opsen'] }, want: undefined },
  { name: 'something that is no list', claims: { groups: { ops: true } }, want: undefined },
  { name: 'numbers', claims: { groups: [7] }, want: undefined },
  {
    name: 'an inherited name',
    claims: {},
    oidc: { groups_claim: 'constructor.name' },
    want: undefined,
  },
  {
    ...{ name: 'an inner list', claims: { realm_access: { roles: ['root'] } }, want: 'admin' },
    oidc: { groups_claim: 'realm_access.roles' },
  },
  {
    ...{ name: 'an address as name', claims: { 'https://x.example/g': ['ops'] }, want: 'operator' },
    oidc: { groups_claim: 'https://x.example/g' },
  },
  {
    ...{ name: 'everybody', claims: { groups: [] }, want: 'viewer' },
    oidc: { roles: { viewer: ['*'] } },
  },
  {
    ...{ name: 'not among the allowed', claims: { groups: ['root'] }, want: undefined },
    oidc: { allowed_groups: ['staff'] },
  },
];
for (const { name, claims, oidc = {}, want } of ROLE_CASES)
  test(`the role of ${name}`, () => {
    const parsed = authSchema.parse({
      external_url: 'https://guard.example',
      oidc: {
        ...{ issuer: 'https://login.example', client_id: 'guard' },
        ...{ roles: { operator: ['ops'], admin: ['root'] }, ...oidc },
      },
    });
    assert.ok(parsed.oidc);
    assert.equal(roleOf({ ...claims }, parsed.oidc), want);
  });

test('what could not work, or not safely, is not a configuration', () => {
  const roles = { viewer: ['*'] };
  const oidc = { issuer: 'https://login.example', client_id: 'guard', roles };
  const bad: readonly object[] = [
    { oidc },
    { external_url: 'https://g', oidc: { ...oidc, issuer: 'http://login.example' } },
    { external_url: 'https://g', oidc: { ...oidc, roles: {} } },
    { external_url: 'https://g', oidc: { ...oidc, scopes: ['profile'] } },
    { external_url: 'https://g', oidc: { ...oidc, client_secret: 'x' } },
    { external_url: 'https://g', oidc: { ...oidc, client_secret_file: 'relative' } },
    { session: { ttl: '1s' } },
    { anonymous_reed: true },
  ];
  assert.ok(authSchema.safeParse({ external_url: 'https://g', oidc }).success);
  for (const auth of bad) assert.ok(!authSchema.safeParse(auth).success, JSON.stringify(auth));
});
