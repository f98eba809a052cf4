import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { ROLES } from '../remediation/config.ts';
import { everyRoute } from './every-route.contract.ts';
import { parseForecastParameters } from './forecast-parameters.ts';
import { toOpenApi } from './openapi.ts';
import type { ApiRoute } from './route.ts';
import { type ServeOptions, serveRoutes } from './serve-routes.contract.ts';

/** Published by the OpenAPI Initiative as https://spec.openapis.org/oas/3.1/schema/2026-08-03, Apache-2.0. */
const META = new URL('fixtures/openapi-3.1.schema.json', import.meta.url);
const SECRET = 'hunter2-s3cr3t';
const TIMEOUT_MS = 20_000;

const ajv = () => new Ajv2020({ strict: false, validateFormats: false });
const where = ({ path }: ApiRoute) => path.replaceAll(/:\w+/g, 'none');
const bearer = (role: string) => ({ Authorization: `Bearer token-${role}` });

function send(url: string, route: ApiRoute, init: RequestInit & { path?: string } = {}) {
  const { path = where(route), headers, ...rest } = init;
  return fetch(url + path, {
    method: route.method.toUpperCase(),
    redirect: 'manual',
    headers: { 'Content-Type': 'application/json', ...headers },
    ...rest,
    signal: AbortSignal.timeout(TIMEOUT_MS),
  });
}

test('the description is valid OpenAPI 3.1, and holds every route', (t) => {
  const { routes } = everyRoute(t);
  const document = toOpenApi(routes, '1.2.3');
  const validate = ajv().compile(JSON.parse(readFileSync(META, 'utf8')));
  assert.ok(validate(document), JSON.stringify(validate.errors?.slice(0, 3)));
  const { paths } = document as { paths: Record<string, Record<string, { operationId: string }>> };
  const operations = Object.values(paths).flatMap((own) => Object.values(own));
  assert.equal(operations.length, routes.length);
  assert.equal(new Set(operations.map(({ operationId }) => operationId)).size, routes.length);
  const broken = { ...document, paths: { 'no-slash': {} } };
  assert.equal(validate(broken), false, 'the check can fail');
});

test('every schema of the description is one', (t) => {
  const found: object[] = [];
  JSON.stringify(toOpenApi(everyRoute(t).routes, '1'), (key, value) => {
    if (key === 'schema') found.push(value);
    return value;
  });
  assert.ok(found.length > 40);
  for (const schema of found)
    if (!('$ref' in schema)) assert.ok(ajv().validateSchema(schema), JSON.stringify(schema));
});

test('what answers JSON answers what the description says', async (t) => {
  const { routes } = everyRoute(t);
  const url = await serveRoutes(t, routes);
  const query = { '/api/v1/forecast': '?query=up&backtests=0' } as Record<string, string>;
  const reading = routes.filter(
    ({ method, answer, path, raw }) =>
      method === 'get' && answer !== undefined && !path.includes(':') && !raw,
  );
  assert.ok(reading.length >= 11);
  for (const route of reading) {
    const response = await send(url, route, { path: route.path + (query[route.path] ?? '') });
    assert.equal(response.status, 200, route.path);
    assert.equal(response.headers.get('cache-control'), 'no-store');
    const result = route.answer?.safeParse(await response.json());
    assert.ok(result?.success, `${route.path}: ${result?.error?.message}`);
  }
});

test("a viewer's token gets 403 on every route that changes something", async (t) => {
  const { routes, gate } = everyRoute(t, ROLES);
  const url = await serveRoutes(t, routes, { gate });
  const changing = routes.filter(({ changes }) => changes);
  assert.deepEqual(
    routes.filter(({ method, changes }) => method === 'post' && !changes).map(({ path }) => path),
    ['/api/v1/read', '/api/v1/rules/:alert/preview', '/auth/session', '/auth/logout'],
    'what is posted and changes nothing is known by name',
  );
  assert.ok(changing.length >= 6);
  for (const route of changing) {
    const asViewer = await send(url, route, { headers: bearer('viewer'), body: '{}' });
    assert.equal(asViewer.status, 403, route.path);
    const nobody = await send(url, route, { body: '{}' });
    assert.equal(nobody.status, 401, route.path);
    const asAdmin = await send(url, route, { headers: bearer('admin'), body: '{}' });
    assert.ok(![401, 403].includes(asAdmin.status), `${route.path}: ${asAdmin.status}`);
  }
});

const BODIES: readonly string[] = [
  ...['', '{', 'null', '[]', '7', '"text"', `{"password":"${SECRET}"`, '{"__proto__":{"a":1}}'],
  ...['{"reason":7}', '{"alerts":[{}]}', '{"version":"4","alerts":{}}', '{"token":{}}'],
  `{"reason":["${SECRET}"],"token":["${SECRET}"],"signal":{"a":"${SECRET}"}}`,
  '['.repeat(10_000),
  '\u0000\uffff',
];
const QUERIES = [
  ...['?limit=0', '?limit=x', '?limit=1e99', '?cursor=!', '?cursor=eyJhIjoxfQ', '?unknown=1'],
  ...['?limit=1&limit=2', '?__proto__=1', '?query[a]=1', '?state=nowhere', '?horizon=-1'],
  ...['?return_to=https://evil.example', '?return_to=//evil.example', '?return_to=/\\evil'],
];

async function expectProblem(response: Response, what: string): Promise<void> {
  const text = await response.text();
  assert.ok(response.status >= 400 && response.status < 500, `${what}: ${response.status} ${text}`);
  assert.match(response.headers.get('content-type') ?? '', /^application\/problem\+json/, what);
  const { status, title, detail } = JSON.parse(text);
  assert.equal(status, response.status, what);
  assert.ok(title.length > 0 && detail.length > 0, what);
  assert.ok(!text.includes(SECRET), `${what} repeats what was sent: ${text}`);
}

async function serveEverything(t: Parameters<typeof everyRoute>[0], extra: ServeOptions = {}) {
  const { routes } = everyRoute(t);
  const failed: unknown[] = [];
  const budget = { windowSeconds: 60, requests: 100_000 };
  const budgets = { read: budget, change: budget, login: budget, webhook: budget };
  const onError = (error: unknown) => failed.push(error);
  const url = await serveRoutes(t, routes, { budgets, onError, ...extra });
  return { routes, url, failed };
}

test('a body that is wrong is a problem of the client, on every route', async (t) => {
  const { routes, url, failed } = await serveEverything(t);
  for (const route of routes.filter(({ body }) => body !== undefined)) {
    for (const body of BODIES) {
      const what = `${route.path} ${body.slice(0, 30)}`;
      await expectProblem(await send(url, route, { body }), what);
    }
    const asForm = { 'Content-Type': 'application/x-www-form-urlencoded' };
    const form = await send(url, route, { headers: asForm, body: `reason=${SECRET}` });
    assert.equal(form.status, 415);
    await expectProblem(form, `${route.path} as a form`);
    const zipped = { 'Content-Encoding': 'gzip' };
    await expectProblem(await send(url, route, { headers: zipped, body: SECRET }), 'no gzip');
    const latin = { 'Content-Type': 'application/json; charset=utf-7' };
    await expectProblem(await send(url, route, { headers: latin, body: SECRET }), 'charset');
    const large = JSON.stringify({ reason: 'x'.repeat(5_000_000) });
    const tooLarge = await send(url, route, { body: large });
    assert.equal(tooLarge.status, 413, route.path);
    await expectProblem(tooLarge, `${route.path} too large`);
  }
  assert.deepEqual(failed, []);
});

test('a parameter that is wrong is a problem of the client, on every route', async (t) => {
  const { routes, url, failed } = await serveEverything(t);
  const described = routes.filter(
    ({ query, raw, method }) => method === 'get' && query !== undefined && raw === undefined,
  );
  assert.ok(described.length >= 12);
  for (const route of described) {
    for (const query of QUERIES) {
      const response = await send(url, route, { path: where(route) + query });
      // Providers add parameters of their own to the address that they lead back to.
      await expectProblem(response, route.path + query);
    }
  }
  for (const path of [
    '/api/v1/actions/%E0%A4%A',
    `/api/v1/actions/${'x'.repeat(300)}`,
    `/api/v1/findings?cursor=${'x'.repeat(5_000)}`,
  ])
    await expectProblem(await fetch(url + path), path);
  assert.deepEqual(failed, []);
});

test('another method, and an address that there is not, are problems too', async (t) => {
  const { routes, url } = await serveEverything(t);
  for (const { path } of routes) {
    const response = await fetch(url + path.replaceAll(/:\w+/g, 'none'), { method: 'DELETE' });
    assert.equal(response.status, 405, path);
    assert.match(response.headers.get('allow') ?? '', /GET|POST/);
    await expectProblem(response, path);
  }
  for (const path of ['/api', '/api/v1/nothing', '/api/v2/findings', '/auth', '/auth/nothing']) {
    const response = await fetch(url + path);
    assert.equal(response.status, 404, path);
    await expectProblem(response, path);
  }
});

test('what fails here tells nothing of how', async (t) => {
  const { options } = everyRoute(t);
  const failing: ApiRoute = {
    ...{ method: 'get', path: '/api/v1/status', summary: '', access: 'read', changes: false },
    handle() {
      throw new Error(`cannot open ${SECRET}`);
    },
  };
  const failed: unknown[] = [];
  const url = await serveRoutes(t, [failing], { onError: (error) => failed.push(error) });
  const response = await fetch(`${url}/api/v1/status`);
  const text = await response.text();
  assert.equal(response.status, 500);
  assert.match(response.headers.get('content-type') ?? '', /problem\+json/);
  assert.ok(!text.includes(SECRET) && !text.includes('.ts'), text);
  assert.equal(failed.length, 1);
  assert.equal(options.version, '1.2.3');
});

test('the parameters of a forecast are described as they are read', (t) => {
  const route = everyRoute(t).routes.find(({ path }) => path === '/api/v1/forecast');
  const document = toOpenApi(route === undefined ? [] : [route], '1');
  const { paths } = document as {
    paths: Record<string, { get: { parameters: { name: string }[] } }>;
  };
  const described = paths['/api/v1/forecast']?.get.parameters.map(({ name }) => name) ?? [];
  const problems = parseForecastParameters(new URLSearchParams('nothing=1'));
  assert.ok(!('request' in problems));
  const known = problems.find(({ parameter }) => parameter === 'nothing')?.detail ?? '';
  assert.equal(known, `unknown parameter; there are ${described.join(', ')}`);
});
