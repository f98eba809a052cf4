// Every route of the exporter behind the web configuration: who has no password gets nothing from any of them.
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { hashSync } from 'bcryptjs';
import { Registry } from 'prom-client';
import { createRoutes } from '../service/http-routes.ts';
import { createHttpService } from '../service/http-service.ts';
import { createLogger } from '../service/log.ts';
import { createWebSecurity } from '../service/web-security.ts';
import type { PerfProfiler } from './collectors/perf/profiler.ts';
import { createFlamegraphRoutes } from './flamegraph.ts';

const log = createLogger({ name: 'test', level: 'error', format: 'json' });
log.level = 'silent';
/** Path, methods that do something, and the status for who may. */
const TABLE: readonly (readonly [path: string, methods: readonly string[], status: number])[] = [
  ['/', ['GET', 'HEAD'], 200],
  ['/metrics', ['GET', 'HEAD'], 200],
  ['/-/healthy', ['GET', 'HEAD'], 200],
  ['/-/ready', ['GET', 'HEAD'], 200],
  ['/-/reload', ['POST', 'PUT'], 200],
  // Off unless the configuration says otherwise.
  ['/debug/flamegraph', ['GET', 'HEAD'], 403],
];
const METHODS = ['GET', 'HEAD', 'POST', 'PUT', 'DELETE', 'PATCH', 'OPTIONS'];

function optionsOf() {
  const profiler = {} as PerfProfiler;
  return {
    ...{ title: 'Test', description: '', log, notReady: () => undefined, reload: async () => {} },
    metrics: async () => 'secret_total 1\n',
    routes: createFlamegraphRoutes({ profiler, enabled: () => false, log }),
  };
}

async function serve(t: TestContext): Promise<string> {
  const folder = mkdtempSync(join(tmpdir(), 'guard-routes-'));
  const file = join(folder, 'web.yml');
  writeFileSync(file, `basic_auth_users: {prometheus: '${hashSync('right', 4)}'}\n`);
  const security = createWebSecurity(file, { log, registry: new Registry(), prefix: 'guard_test' });
  const listen = { host: '127.0.0.1', port: 0 };
  const service = createHttpService({ ...optionsOf(), listen, security });
  const { port } = await service.start();
  t.after(async () => {
    await service.stop();
    rmSync(folder, { recursive: true });
  });
  return `http://127.0.0.1:${port}`;
}

const as = (password: string) => ({
  Authorization: `Basic ${Buffer.from(`prometheus:${password}`).toString('base64')}`,
});

test('no route of Express is outside the table', () => {
  type Layer = { route?: { path: string }; handle: { stack?: Layer[] } };
  const pathsOf = (stack: readonly Layer[]): string[] =>
    stack.flatMap(({ route, handle }) =>
      route === undefined ? pathsOf(handle.stack ?? []) : [route.path],
    );
  const { stack } = createRoutes(optionsOf()).router as unknown as { stack: Layer[] };
  assert.deepEqual([...new Set(pathsOf(stack))].sort(), TABLE.map(([path]) => path).sort());
});

test('without the password every path and method is answered 401 and nothing else', async (t) => {
  const url = await serve(t);
  for (const path of [...TABLE.map(([known]) => known), '/nothing', '/%', '//metrics'])
    for (const method of METHODS)
      for (const headers of [{}, as('wrong')]) {
        const answer = await fetch(url + path, { method, headers });
        assert.equal(answer.status, 401, `${method} ${path}`);
        assert.doesNotMatch(await answer.text(), /secret_total/);
      }
});

test('with it every path takes its own methods and no others', async (t) => {
  const url = await serve(t);
  // Express answers OPTIONS of a router by itself, with nothing but the methods that there are.
  const tried = METHODS.filter((method) => method !== 'OPTIONS');
  for (const [path, methods, status] of TABLE)
    for (const method of tried) {
      const answer = await fetch(url + path, { method, headers: as('right') });
      await answer.text();
      assert.equal(answer.status, methods.includes(method) ? status : 405, `${method} ${path}`);
    }
});
