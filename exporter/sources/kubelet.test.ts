import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import type { RequestListener } from 'node:http';
import { createServer, type Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { makeAuthority, makeCertificate } from '../../service/certificates.contract.ts';
import { KubeletError, type KubeletOptions, listPods, parsePods } from './kubelet.ts';

const folder = mkdtempSync(join(tmpdir(), 'guard-kubelet-'));
const tokenFile = join(folder, 'token');
const authority = makeAuthority(folder, 'authority');
const files = makeCertificate({ folder, name: 'kubelet', authority, names: 'IP:127.0.0.1' });
const ID = 'c'.repeat(64);
const POD = {
  metadata: { uid: 'uid-1', name: 'web-0', namespace: 'shop' },
  spec: {
    nodeName: 'node-7',
    containers: [{ name: 'web', env: [{ name: 'SECRET', value: 'x' }] }],
  },
  status: {
    containerStatuses: [{ name: 'web', image: 'nginx:1', containerID: `containerd://${ID}` }],
    initContainerStatuses: [{ name: 'init', image: 'busybox', containerID: '' }],
  },
};
let server: Server;
let url = '';
let answer: RequestListener = (_request, response) => response.end();
const asked: string[] = [];

before(async () => {
  const tls = { cert: readFileSync(files.cert), key: readFileSync(files.key) };
  server = createServer(tls, (request, response) => {
    asked.push(request.url ?? '');
    if (request.headers.authorization === 'Bearer good') answer(request, response);
    else response.writeHead(401).end('Unauthorized');
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  url = `https://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
after(() => {
  server.closeAllConnections();
  server.close();
  rmSync(folder, { recursive: true });
});

function list(change: Partial<KubeletOptions> = {}, token = 'good') {
  asked.length = 0;
  writeFileSync(tokenFile, `${token}\n`);
  const from = change.apiUrl === undefined ? { kubeletUrl: url } : {};
  const trust = { caFile: authority.cert, insecureSkipVerify: false };
  return listPods({ ...from, tokenFile, ...trust, timeoutMs: 500, ...change });
}

const send =
  (body: unknown): RequestListener =>
  (_request, response) =>
    void response.end(JSON.stringify(body));

test('the kubelet: pods, their containers, nothing of their specification', async () => {
  answer = send({ kind: 'PodList', metadata: {}, items: [POD] });
  assert.deepEqual(await list(), [
    {
      uid: 'uid-1',
      manifestHash: undefined,
      name: 'web-0',
      namespace: 'shop',
      node: 'node-7',
      containers: [
        { name: 'web', image: 'nginx:1', id: ID },
        { name: 'init', image: 'busybox', id: undefined },
      ],
    },
  ]);
  assert.deepEqual(asked, ['/pods']);
});

test('the API: only this node, page by page', async () => {
  answer = (request, response) => {
    const next = new URL(request.url ?? '', url).searchParams.get('continue');
    const page = next === null ? { continue: 'more&more' } : {};
    const metadata = { ...POD.metadata, name: next ?? 'first' };
    send({ metadata: page, items: [{ ...POD, metadata }] })(request, response);
  };
  const pods = await list({ apiUrl: url, nodeName: 'node-7' });
  assert.deepEqual(
    pods.map(({ name }) => name),
    ['first', 'more&more'],
  );
  const [first, second] = asked;
  assert.equal(first, '/api/v1/pods?fieldSelector=spec.nodeName%3Dnode-7&limit=250');
  assert.equal(second, `${first}&continue=more%26more`);
});

test('a list that expires is begun anew, once', async () => {
  let expired = 0;
  let last = 1;
  answer = (request, response) => {
    const next = new URL(request.url ?? '', url).searchParams.get('continue');
    if (next === null) send({ metadata: { continue: 'x' }, items: [POD] })(request, response);
    else if (expired < last) {
      expired += 1;
      response.writeHead(410).end('{}');
    } else send({ items: [POD] })(request, response);
  };
  assert.equal((await list({ apiUrl: url, nodeName: 'n' })).length, 2);
  last = 9;
  await assert.rejects(list({ apiUrl: url, nodeName: 'n' }), { message: /expired .*twice/ });
});

test('pages without end', async () => {
  answer = send({ metadata: { continue: 'again' }, items: [] });
  await assert.rejects(list({ apiUrl: url, nodeName: 'n' }), { message: /more than 20 pages/ });
  assert.equal(asked.length, 20);
});

test('the token is read every time', async () => {
  answer = send({ items: [] });
  await assert.rejects(list({}, 'old'), { reason: 'unauthorized', message: /401: the token/ });
  assert.deepEqual(await list(), []);
});

test('refusals say what to do', async () => {
  answer = (_request, response) => response.writeHead(403).end('Forbidden');
  await assert.rejects(list(), { reason: 'forbidden', message: /nodes\/proxy/ });
  answer = (_request, response) => response.writeHead(429, { 'retry-after': '7' }).end();
  await assert.rejects(list(), { reason: 'too_many_requests', retryAfterSeconds: 7 });
  answer = (_request, response) => response.writeHead(503).end();
  await assert.rejects(list(), { reason: 'failed', message: /503/ });
});

test('no answer', async () => {
  answer = () => {};
  await assert.rejects(list(), { reason: 'timeout', message: /within 500 ms/ });
});

test('nobody listens there', async () => {
  await assert.rejects(list({ kubeletUrl: 'https://127.0.0.1:1' }), { reason: 'failed' });
});

test('another authority is not trusted, unless told so', async () => {
  answer = send({ items: [] });
  const caFile = makeAuthority(folder, 'other').cert;
  await assert.rejects(list({ caFile }), { reason: 'failed', message: /certificate/ });
  assert.deepEqual(asked, []);
  assert.deepEqual(await list({ caFile, insecureSkipVerify: true }), []);
});

test('without a token or an authority nothing is asked', async () => {
  await assert.rejects(list({ tokenFile: join(folder, 'none') }), { reason: 'no_token' });
  await assert.rejects(list({ caFile: join(folder, 'none') }), { reason: 'no_ca' });
  assert.deepEqual(asked, []);
});

test('what is no list of pods', async () => {
  const from = new URL('https://kubelet/pods');
  const parse = (text: string) =>
    parsePods({ status: 200, text, retryAfterSeconds: undefined }, from);
  for (const text of ['', '{', '[]', '{"items":[{}]}', '{"items":[{"metadata":{"uid":1}}]}']) {
    await assert.rejects(parse(text), KubeletError, text);
  }
  assert.deepEqual(await parse('{"items":null}'), { pods: [], next: '' });
  const hash = { uid: 'u', name: 'etcd', annotations: { 'kubernetes.io/config.hash': 'abc' } };
  const [pod] = (await parse(JSON.stringify({ items: [{ metadata: hash }] }))).pods;
  assert.deepEqual([pod?.manifestHash, pod?.namespace, pod?.containers], ['abc', 'default', []]);
});
