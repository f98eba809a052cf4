import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Readable } from 'node:stream';
import { type TestContext, test } from 'node:test';
import { fetchText } from './analyzer-client.ts';

const MEGABYTE = 1024 * 1024;
const SERVER = { name: 'the analyzer', flag: '--analyzer.url' };

async function serverOf(t: TestContext, chunks: () => Iterable<Buffer>): Promise<string> {
  const server = createServer((_request, response) => {
    Readable.from(chunks())
      .on('error', () => {})
      .pipe(response);
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.after(() => server.closeAllConnections());
  t.after(() => server.close());
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

test('a body comes as it was sent, also where a character lies across two parts', async (t) => {
  const bytes = Buffer.from('aä');
  const url = await serverOf(t, () => [bytes.subarray(0, 2), bytes.subarray(2)]);
  assert.equal(await fetchText(url, '/x', SERVER), 'aä');
});

test('a body that is too long is not read to its end', async (t) => {
  let sent = 0;
  const url = await serverOf(t, function* endless() {
    for (; sent < 500; sent += 1) yield Buffer.alloc(MEGABYTE, 'x');
  });
  await assert.rejects(fetchText(url, '/x', SERVER), /the answer is longer than 33554432 bytes/);
  assert.ok(sent < 200, `${sent} MB`);
});
