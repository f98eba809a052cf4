import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Router } from 'express';
import { createRoutes } from './analyzer-routes.ts';
import { everyRoute } from './api/every-route.contract.ts';
import { createStore } from './store/store.ts';

type Layer = Router['stack'][number];

/** Of a router and of all routers within it. */
function routesOf(stack: readonly Layer[]): string[] {
  return stack.flatMap(({ route, handle }) => {
    if (route !== undefined) {
      const inner = route.stack.flatMap((each) => routersIn(each.handle));
      const methods = route.stack.flatMap(({ method }) => (method === undefined ? [] : [method]));
      return [...new Set(methods)].map((method) => `${method} ${route.path}`).concat(inner);
    }
    return routersIn(handle);
  });
}

function routersIn(handle: unknown): string[] {
  const { stack } = handle as { stack?: readonly Layer[] };
  return Array.isArray(stack) ? routesOf(stack) : [];
}

test('no route of Express is outside the table', async (t) => {
  const store = createStore(undefined);
  t.after(() => store.close());
  const notAsked = () => {
    throw new Error('nothing is asked of the engine before there is a request');
  };
  const log = { info() {}, warn() {}, error() {} } as unknown as Parameters<
    typeof createRoutes
  >[1]['log'];
  const deps = { clock: () => 0, actionStore: store, security: undefined, log };
  const mounted = new Set(routesOf(createRoutes(notAsked, deps).routes.stack));
  const listed = everyRoute(t).routes.map(({ method, path }) => `${method} ${path}`);
  assert.ok(listed.length >= 25 && mounted.size >= listed.length);
  // The page itself has no data in it.
  assert.deepEqual(
    [...mounted].filter((each) => !listed.includes(each)),
    ['get /'],
  );
});
