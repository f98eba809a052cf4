import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { createHostFiles } from '../sources/host-files.ts';
import { perfFailure } from '../sources/perf-failure.ts';
import { createSocketDumpReader } from '../sources/socket-dump.ts';
import { missingLog } from './access-log/fake.contract.ts';
import { testCollectorContract } from './collector.contract.ts';
import type { Collector } from './collector.ts';
import { fixtureHost, settingsOf } from './fixture-host.contract.ts';
import { COLLECTOR_NAMES, type CollectorName, createCollectors, type Host } from './list.ts';
import { silent } from './postgresql/fake.contract.ts';

const empty = mkdtempSync(join(tmpdir(), 'guard-empty-host-'));
after(() => rmSync(empty, { recursive: true }));

const fixture = fixtureHost();
const emptyHost: Host = {
  ...fixtureHost({ procfs: empty, sysfs: empty, rootfs: empty }),
  readInventory: () => Promise.reject(new Error('no inventory')),
  createPingSource: (_options, listener) => ({
    start: () => listener.failure('ENOENT: spawn ping ENOENT'),
    restart() {},
    async stop() {},
  }),
  createPerfStat: (_options, listener) => ({
    start: () => listener.exited(perfFailure('ENOENT: spawn perf ENOENT')),
    async stop() {},
  }),
  probes: { random: () => 0.5 },
  createPostgresqlSource: silent,
  createLogTail: missingLog,
  readSockets: createSocketDumpReader({ command: '/nonexistent/ss' }),
};
/** The processes of this machine: the fixtures have none beside what the host's own files are. */
const processHost: Host = {
  ...fixture,
  files: createHostFiles({ procfs: '/proc', sysfs: '/sys', rootfs: '/' }),
};
const settings = settingsOf(
  `{ping: {targets: [gateway, nowhere]}, filesystem: {timeout: '100ms'},
    probe: {probes: [{name: shop, tcp: {address: 'shop:443'}}]},
    postgresql: [{name: main, host: 127.0.0.1, user: guard}],
    access_logs: [{name: shop, path: /var/log/shop.log, format: combined}]}`,
);

function create(name: CollectorName, host: Host): Collector {
  const disabled = COLLECTOR_NAMES.filter((other) => other !== name);
  const [only] = createCollectors(host, { ...settings, disabled });
  assert.ok(only !== undefined);
  return only.collector;
}

for (const name of COLLECTOR_NAMES) {
  testCollectorContract({
    name,
    create: () => create(name, name === 'process' ? processHost : fixture),
    createOnEmptyHost: () => create(name, emptyHost),
  });
}

test('no two collectors tell a family of the same name', async () => {
  const owners = new Map<string, string>();
  for (const name of COLLECTOR_NAMES) {
    const collector = create(name, name === 'process' ? processHost : fixture);
    collector.start?.();
    await new Promise((resolve) => setImmediate(resolve));
    for (const family of await collector.collect(new AbortController().signal)) {
      assert.equal(owners.get(family.name), undefined, family.name);
      owners.set(family.name, name);
    }
    await collector.stop?.();
  }
  assert.equal(owners.get('guard_memory_total_bytes'), 'memory');
});

test('a disabled collector is not made', () => {
  const names = createCollectors(fixture, { ...settings, disabled: ['ping'] }).map(
    ({ name }) => name,
  );
  assert.ok(!names.includes('ping'));
  assert.equal(names.length, COLLECTOR_NAMES.length - 1);
});

test('a collector whose settings have not changed is taken over', () => {
  const before = createCollectors(fixture, { ...settings, disabled: [] });
  const changed = { ...settings, ping: settingsOf('ping: {interval: 2s}').ping, disabled: [] };
  const next = createCollectors(fixture, changed, before);
  const made = next.filter(({ collector }) => !before.some((old) => old.collector === collector));
  assert.deepEqual(
    made.map(({ name }) => name),
    ['ping'],
  );
});

test('a collector that does nothing unless configured is not made without it', () => {
  const names = createCollectors(fixture, { ...settingsOf(), disabled: [] }).map(
    ({ name }) => name,
  );
  const optional: readonly CollectorName[] = ['probe', 'postgresql', 'access-log'];
  for (const name of optional) assert.ok(!names.includes(name), name);
});
