import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { after, test } from 'node:test';
import { checkPorts, findPortOwner, listeningInodes } from './ports.ts';

const blocker = createServer((request, response) => {
  response.end(request.url?.startsWith('/api/v1/query') ? '{"status":"success"}' : '');
});
await new Promise<void>((resolve) => blocker.listen(0, '127.0.0.1', () => resolve()));
const busy = (blocker.address() as AddressInfo).port;
after(() => blocker.close());

const wish = (server: string, port: number) => ({ server, port, flag: `--${server}.port` });

test('a port in use is named with its holder, our server and the flag', async () => {
  await assert.rejects(checkPorts('127.0.0.1', [wish('exporter', busy)]), {
    message: new RegExp(
      `^Port ${busy}, wanted for exporter, is in use by .+ \\(pid ${process.pid}\\); --exporter\\.port=PORT chooses another one$`,
    ),
  });
});

test('a Prometheus that holds our Prometheus’ port could be used', async () => {
  await assert.rejects(
    checkPorts('127.0.0.1', [wish('Prometheus', busy)]),
    new RegExp(`--prometheus\\.url=http://127\\.0\\.0\\.1:${busy} would use it`),
  );
});

test('every problem is reported at once, and what was opened for the check is free again', async () => {
  const free = (await checkPorts('127.0.0.1', [wish('a', 0)])).get('a') ?? 0;
  const wishes = [wish('a', free), wish('b', free), wish('c', busy)];
  await assert.rejects(checkPorts('127.0.0.1', wishes), (error: Error) => {
    assert.match(error.message, new RegExp(`Port ${free}, wanted for b, is also wanted for a`));
    assert.match(error.message, new RegExp(`Port ${busy}, wanted for c`));
    return true;
  });
  assert.equal((await checkPorts('127.0.0.1', [wish('a', free)])).get('a'), free);
});

test('port 0 becomes different free ports', async () => {
  const granted = await checkPorts('127.0.0.1', [wish('a', 0), wish('b', 0), wish('c', 0)]);
  assert.equal(new Set(granted.values()).size, 3);
});

test('an address that this machine does not have points at --bind', async () => {
  await assert.rejects(
    checkPorts('192.0.2.1', [wish('a', 0)]),
    /cannot be opened on 192\.0\.2\.1: EADDRNOTAVAIL; --bind/,
  );
});

test('the kernel’s table of sockets is read: only listeners, only this port', () => {
  const table = [
    '  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode',
    '   0: 0100007F:2382 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 111 1 0',
    '   1: 0100007F:2382 0100007F:A000 01 00000000:00000000 00:00000000 00000000     0        0 222 1 0',
    '   2: 0100007F:1F90 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 333 1 0',
    '',
  ].join('\n');
  assert.deepEqual(listeningInodes(table, 0x2382), ['111']);
  assert.deepEqual(listeningInodes('', 80), []);
  assert.deepEqual(listeningInodes('nonsense\nmore', 80), []);
});

test('nobody is found on a port where nobody listens', () => {
  assert.equal(findPortOwner(1), undefined);
  assert.equal(findPortOwner(busy)?.pid, process.pid);
});
