import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import express from 'express';
import { createConsoleRoutes } from './console-static.ts';

async function serve(t: TestContext, isBuilt: boolean): Promise<string> {
  const folder = mkdtempSync(join(tmpdir(), 'guard-static-'));
  t.after(() => rmSync(folder, { recursive: true }));
  if (isBuilt) {
    mkdirSync(join(folder, 'console/assets'), { recursive: true });
    writeFileSync(join(folder, 'index.html'), '<!doctype html><title>It</title>');
    writeFileSync(join(folder, 'console/assets/index-abc.js'), 'export {};');
    writeFileSync(join(folder, 'sources.sha256'), 'secret');
  }
  const server = createServer(express().use(createConsoleRoutes(folder))).listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.after(() => {
    server.closeAllConnections();
    server.close();
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

test('the page is asked for again, its files are kept for good, and no inline script may run', async (t) => {
  const url = await serve(t, true);
  const page = await fetch(url);
  assert.equal(page.status, 200);
  assert.match(await page.text(), /<title>It/);
  assert.equal(page.headers.get('cache-control'), 'no-cache');
  const policy = page.headers.get('content-security-policy') ?? '';
  assert.match(policy, /default-src 'none'/);
  assert.match(policy, /frame-ancestors 'none'/);
  assert.doesNotMatch(policy, /unsafe|\*/);
  assert.ok(page.headers.get('etag'), 'unchanged, it need not be sent again');
  const script = await fetch(`${url}/console/assets/index-abc.js`);
  assert.match(script.headers.get('content-type') ?? '', /javascript/);
  assert.equal(script.headers.get('cache-control'), 'public, max-age=31536000, immutable');
});

test('nothing else of the folder, nor of its parents, is served', async (t) => {
  const url = await serve(t, true);
  for (const path of [
    '/sources.sha256',
    '/console/sources.sha256',
    '/console/..%2findex.html',
    '/console/%2e%2e/sources.sha256',
    '/console/assets/',
    '/console/assets/none.js',
  ])
    assert.equal((await fetch(url + path)).status, 404, path);
});

test('what was not built is said, with what to do', async (t) => {
  const page = await fetch(await serve(t, false));
  assert.equal(page.status, 503);
  const text = await page.text();
  assert.match(text, /npm run console:build/);
  assert.match(text, /href="\/api\/v1\/findings"/);
});
