import assert from 'node:assert/strict';
import { createServer, type Socket } from 'node:net';
import { test } from 'node:test';
import { createServer as createTlsServer } from 'node:tls';
import type { ProbeTls } from './probe-connection.ts';
import type { DnsTarget } from './probe-dns.ts';
import { createProbeRunner, type TcpTarget } from './probe-run.ts';
import {
  blackholePort,
  closedPort,
  createCertificate,
  dnsServer,
  listen,
} from './probe-servers.contract.ts';

const run = createProbeRunner();
const never = new AbortController().signal;
const tcp = (port: number, rest: Partial<TcpTarget> = {}): TcpTarget => ({
  kind: 'tcp',
  host: '127.0.0.1',
  port,
  tls: undefined,
  ...rest,
});
const verified: ProbeTls = { caFile: undefined, insecureSkipVerify: false, serverName: undefined };

test('a port that answers', async (t) => {
  const port = await listen(t, createServer());
  const result = await run(tcp(port), 5, never);
  assert.equal(result.failure, undefined);
  assert.deepEqual([...result.seconds.keys()], ['connect', 'total']);
  const byName = await run(tcp(port, { host: 'localhost' }), 5, never);
  assert.equal(byName.failure, undefined);
  assert.deepEqual([...byName.seconds.keys()], ['dns', 'connect', 'total']);
});

test('a port that refuses, and a name that nobody knows', async () => {
  const refused = await run(tcp(await closedPort(createServer())), 5, never);
  assert.equal(refused.failure?.reason, 'refused');
  assert.match(refused.failure?.message ?? '', /ECONNREFUSED 127\.0\.0\.1:\d+/);
  assert.deepEqual([...refused.seconds.keys()], ['total']);
  const unknown = await run(tcp(1, { host: 'nowhere.invalid' }), 30, never);
  assert.equal(unknown.failure?.reason, 'dns');
});

test('an address that swallows everything ends at the time-out', async (t) => {
  const result = await run(tcp(await blackholePort(t)), 0.2, never);
  assert.deepEqual(result.failure, {
    reason: 'timeout',
    message: 'Not done within 0.2 s, in phase connect',
  });
  assert.deepEqual([...result.seconds.keys()], ['total']);
});

test('a stopped run ends without waiting for the time-out', async (t) => {
  const stop = new AbortController();
  const running = run(tcp(await blackholePort(t)), 60, stop.signal);
  stop.abort();
  assert.notEqual((await running).failure, undefined);
});

test('a look-up that hangs is given up at the time-out', async () => {
  const hanging = createProbeRunner(() => new Promise(() => {}));
  const result = await hanging(tcp(1, { host: 'slow.test' }), 0.05, never);
  assert.equal(result.failure?.message, 'Not done within 0.05 s, in phase dns');
});

test('TLS on a TCP probe: trusted, untrusted, unverified, another name, no authority file', async (t) => {
  const { key, cert, certFile, expirySeconds } = createCertificate(t);
  const port = await listen(
    t,
    createTlsServer({ key, cert }, (socket) => socket.on('error', () => {})),
  );
  const probe = (tls: Partial<ProbeTls>, host = '127.0.0.1') =>
    run(tcp(port, { host, tls: { ...verified, ...tls } }), 5, never);

  const trusted = await probe({ caFile: certFile });
  assert.equal(trusted.failure, undefined);
  assert.deepEqual([...trusted.seconds.keys()], ['connect', 'tls', 'total']);
  assert.equal(trusted.certificateExpirySeconds, expirySeconds);

  const untrusted = await probe({});
  assert.deepEqual(untrusted.failure, {
    reason: 'tls',
    message: 'The certificate of 127.0.0.1 is not trusted: DEPTH_ZERO_SELF_SIGNED_CERT',
  });
  assert.equal(untrusted.certificateExpirySeconds, expirySeconds);

  assert.equal((await probe({ insecureSkipVerify: true })).failure, undefined);
  assert.equal((await probe({ caFile: certFile }, 'localhost')).failure, undefined);
  const other = await probe({ caFile: certFile, serverName: 'shop.example' });
  assert.equal(other.failure?.reason, 'tls');
  assert.match(other.failure?.message ?? '', /shop\.example is not trusted/);
  const missing = await probe({ caFile: `${certFile}.absent` });
  assert.equal(missing.failure?.reason, 'local');
  assert.match(missing.failure?.message ?? '', /Cannot read .*absent: ENOENT/);
});

test('a certificate that has expired is refused and its expiry is told', async (t) => {
  const { key, cert, certFile, expirySeconds } = createCertificate(t, -1);
  const port = await listen(
    t,
    createTlsServer({ key, cert }, (socket) => socket.on('error', () => {})),
  );
  const result = await run(tcp(port, { tls: { ...verified, caFile: certFile } }), 5, never);
  assert.match(result.failure?.message ?? '', /CERT_HAS_EXPIRED/);
  assert.equal(result.certificateExpirySeconds, expirySeconds);
});

test('a server that speaks no TLS, and one that hangs up on it', async (t) => {
  const probe = async (onConnection: (socket: Socket) => void) => {
    const server = createServer((socket) => onConnection(socket.on('error', () => {})));
    const port = await listen(t, server);
    return (await run(tcp(port, { tls: verified }), 5, never)).failure?.reason;
  };
  assert.equal(await probe((socket) => socket.end('220 mail ready\r\n')), 'tls');
  assert.equal(await probe((socket) => socket.destroy()), 'tls');
});

test('DNS: an answer, no such name, no such record, refusals, silence', async (t) => {
  const { port, asked } = await dnsServer(t);
  const server = `127.0.0.1:${port}`;
  const probe = async (target: Partial<DnsTarget>, timeoutSeconds = 10) =>
    run({ kind: 'dns', name: 'shop.test', record: 'A', server, ...target }, timeoutSeconds, never);

  const found = await probe({});
  assert.equal(found.failure, undefined);
  assert.deepEqual([...found.seconds.keys()], ['dns', 'total']);
  await probe({});
  assert.deepEqual(asked, ['shop.test', 'shop.test'], 'nothing is answered from a cache');
  const check = async (target: Partial<DnsTarget>, want: string, timeoutSeconds?: number) =>
    assert.equal(
      (await probe(target, timeoutSeconds)).failure?.reason,
      want,
      JSON.stringify(target),
    );
  await check({ record: 'AAAA' }, 'no_data');
  await check({ name: 'nowhere.test' }, 'not_found');
  await check({ name: 'down.test' }, 'dns');
  await check({ name: 'forbidden.test' }, 'refused');
  await check({ name: 'silent.test' }, 'timeout', 0.3);
  const { failure } = await probe({ name: 'nowhere.test' });
  assert.match(
    failure?.message ?? '',
    /^Asked for A nowhere\.test at 127\.0\.0\.1:\d+: .*ENOTFOUND/,
  );
});
