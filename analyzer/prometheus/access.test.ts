import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import type { IncomingHttpHeaders, Server } from 'node:http';
import { createServer } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { makeAuthority, makeCertificate } from '../../service/certificates.contract.ts';
import { createPrometheusClient, type Notice } from './client.ts';
import { prometheusSchema, serverOptions } from './config.ts';

const BODY = JSON.stringify({ status: 'success', data: { resultType: 'vector', result: [] } });

async function listen(t: TestContext, server: Server): Promise<number> {
  server.listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  t.after(() => {
    server.closeAllConnections();
    server.close();
  });
  return (server.address() as AddressInfo).port;
}

async function recorder(t: TestContext) {
  const seen: IncomingHttpHeaders[] = [];
  const server = createServer((request, response) => {
    seen.push(request.headers);
    response.end(BODY);
  });
  return { seen, url: `http://127.0.0.1:${await listen(t, server)}` };
}

function folderOf(t: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), 'guard-access-'));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}
const clientOf = (config: object, onAnswer?: (promql: string, notice: Notice) => void) =>
  createPrometheusClient(
    serverOptions(prometheusSchema.parse({ timeout: '5s', ...config })),
    onAnswer,
  );

test('tenant and headers travel with every query', async (t) => {
  const { seen, url } = await recorder(t);
  const client = clientOf({ url, tenant: 'team-a|team-b', headers: { 'X-Custom': 'one' } });
  await client.instant('up', 1);
  assert.equal(seen[0]?.['x-scope-orgid'], 'team-a|team-b');
  assert.equal(seen[0]?.['x-custom'], 'one');
  assert.equal(seen[0]?.authorization, undefined);
});

test('a token is read anew for each query, so that it can be changed', async (t) => {
  const { seen, url } = await recorder(t);
  const file = join(folderOf(t), 'token');
  writeFileSync(file, 'first\n');
  const client = clientOf({ url, bearer_token_file: file });
  await client.instant('up', 1);
  writeFileSync(file, 'second\n');
  await client.instant('up', 1);
  assert.deepEqual(
    seen.map(({ authorization }) => authorization),
    ['Bearer first', 'Bearer second'],
  );
});

test('user and password from a file', async (t) => {
  const { seen, url } = await recorder(t);
  const file = join(folderOf(t), 'password');
  writeFileSync(file, 'pä:ss\n');
  await clientOf({ url, basic_auth: { username: 'guard', password_file: file } }).instant('up', 1);
  const pair = Buffer.from('guard:pä:ss').toString('base64');
  assert.equal(seen[0]?.authorization, `Basic ${pair}`);
});

test('a secret that cannot be read names its file, and nothing is sent', async (t) => {
  const { seen, url } = await recorder(t);
  const client = clientOf({ url, bearer_token_file: '/nowhere/token' });
  await assert.rejects(
    client.instant('up', 1),
    /failed: \/nowhere\/token cannot be read: ENOENT: up/,
  );
  assert.deepEqual(seen, []);
});

test('a secret is not carried to where a redirect leads', async (t) => {
  const { seen, url } = await recorder(t);
  const server = createServer((_request, response) => {
    response.writeHead(302, { Location: `${url}/api/v1/query` }).end();
  });
  const from = `http://127.0.0.1:${await listen(t, server)}`;
  await clientOf({ url: from }).instant('up', 1);
  assert.equal(seen.length, 1, 'without one it is followed');
  await assert.rejects(clientOf({ url: from, tenant: 'a' }).instant('up', 1), /failed: /);
  assert.equal(seen.length, 1);
});

test('a server with a certificate of its own authority, which asks for ours', async (t) => {
  const folder = folderOf(t);
  const authority = makeAuthority(folder, 'authority');
  const issue = (name: string) =>
    makeCertificate({ folder, name, authority, names: 'IP:127.0.0.1' });
  const [own, ours] = [issue('server'), issue('client')];
  const tls = {
    ...{ key: readFileSync(own.key), cert: readFileSync(own.cert) },
    ...{ ca: readFileSync(authority.cert), requestCert: true, rejectUnauthorized: true },
  };
  const server = createTlsServer(tls, (_request, response) => void response.end(BODY));
  const url = `https://127.0.0.1:${await listen(t, server)}`;
  const tlsConfig = { ca_file: authority.cert, cert_file: ours.cert, key_file: ours.key };
  assert.deepEqual(await clientOf({ url, tls_config: tlsConfig }).instant('up', 1), []);
  await assert.rejects(clientOf({ url }).instant('up', 1), /failed: .*certificate/);
  const unknown = clientOf({ url, tls_config: { ca_file: authority.cert } });
  await assert.rejects(unknown.instant('up', 1), /failed: /);
});

test('what the server warns of, and its time, are told with every answer', async (t) => {
  const body = { status: 'success', warnings: ['store a is away', 'x'.repeat(1_000)] };
  const server = createServer((_request, response) => {
    response.setHeader('Date', 'Fri, 02 Jan 1970 00:00:00 GMT');
    response.end(JSON.stringify({ ...body, data: { resultType: 'vector', result: [] } }));
  });
  const told: Notice[] = [];
  const url = `http://127.0.0.1:${await listen(t, server)}`;
  await clientOf({ url }, (_promql, notice) => told.push(notice)).instant('up', 1);
  assert.equal(told[0]?.serverTime, 86_400);
  assert.deepEqual(
    told[0]?.warnings.map(({ length }) => length),
    [15, 300],
  );
});

test('settings that exclude each other, or could break a request, are refused', () => {
  const check = (config: object) => prometheusSchema.safeParse(config).success;
  assert.equal(check({ bearer_token_file: '/a', basic_auth: { username: 'b' } }), false);
  assert.equal(check({ bearer_token_file: 'relative' }), false);
  assert.equal(check({ headers: { 'X\nY': 'a' } }), false);
  assert.equal(check({ headers: { X: 'a\r\nHost: b' } }), false);
  assert.equal(check({ tenant: 'a\nb' }), false);
  assert.equal(check({ tls_config: { cert_file: '/a' } }), false);
  assert.equal(check({ tenant: 'a', tls_config: { ca_file: '/a' } }), true);
});
