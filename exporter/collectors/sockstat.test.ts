import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { createHostFiles } from '../sources/host-files.ts';
import { createSockstatCollector, parseSockets } from './sockstat.ts';

test('every count by protocol and name', () => {
  const counts = parseSockets(
    'sockets: used 78\nTCP: inuse 31 orphan 2 tw 3\nUDP: inuse 0 mem 0\n',
  );
  assert.deepEqual(Object.fromEntries(counts), {
    'sockets used': 78,
    'TCP inuse': 31,
    'TCP orphan': 2,
    'TCP tw': 3,
    'UDP inuse': 0,
    'UDP mem': 0,
  });
});

test('a count that is no number is refused', () => {
  for (const text of ['TCP: inuse', 'TCP: inuse x', 'TCP: inuse 3 orphan', 'TCP: inuse -1']) {
    assert.throws(() => parseSockets(text), /Cannot parse \/proc\/net\/sockstat: TCP/, text);
  }
});

const procfs = join(import.meta.dirname, '../fixtures/proc');

test('sockets of both versions of IP, memory in bytes', async () => {
  const collector = createSockstatCollector(
    createHostFiles({ procfs, sysfs: '/nowhere', rootfs: '/' }),
  );
  const families = await collector.collect(new AbortController().signal);
  const value = (name: string) => families.find((one) => one.name === name)?.samples[0]?.value;
  assert.equal(value('guard_tcp_sockets_in_use'), 31 + 5);
  assert.equal(value('guard_tcp_memory_bytes'), 12 * 4096);
  assert.equal(value('guard_tcp_memory_maximum_bytes'), 575802 * 4096);
  assert.equal(value('guard_tcp_orphan_sockets_maximum'), 65536);
});
