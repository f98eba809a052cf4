import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { createHostFiles } from '../sources/host-files.ts';
import { assertLegal } from './collector.contract.ts';
import type { Collector } from './collector.ts';
import { createCpuCollector } from './cpu.ts';
import { createFilesystemCollector } from './filesystem.ts';
import { filesystemConfigSchema } from './filesystem-config.ts';
import { createLoadCollector } from './load.ts';
import { createMemoryCollector } from './memory.ts';
import { createNetworkCollector } from './network.ts';
import {
  createPortableCpuCollector,
  createPortableFilesystemCollector,
  createPortableLoadCollector,
  createPortableMemoryCollector,
  createPortableNetworkCollector,
} from './portable-host.ts';
import { createPortableHostSource, type PortableHostSource } from './portable-host-source.ts';
import { createPortableProcessCollector } from './process/portable.ts';

const { signal } = new AbortController();
const files = createHostFiles({ procfs: '/proc', sysfs: '/sys', rootfs: '/' });
const network = { ignored_devices: '' };
const filesystem = filesystemConfigSchema.parse(undefined);
const linux = process.platform === 'linux' ? false : 'there is no procfs to compare with';

const PAIRS: readonly (readonly [Collector, Collector])[] = [
  [createPortableCpuCollector(), createCpuCollector(files)],
  [createPortableLoadCollector(), createLoadCollector(files)],
  [createPortableMemoryCollector(), createMemoryCollector(files)],
  [createPortableNetworkCollector(network), createNetworkCollector(files, network)],
  [
    createPortableFilesystemCollector(filesystem),
    createFilesystemCollector({ files, config: filesystem }),
  ],
];

for (const [portable, procfs] of PAIRS) {
  test(`${portable.name}: a subset of the families of procfs, with equal meaning`, {
    skip: linux,
  }, async () => {
    const theirs = await portable.collect(signal);
    const ours = new Map((await procfs.collect(signal)).map((family) => [family.name, family]));
    assertLegal(theirs);
    assert.equal(portable.name, procfs.name);
    for (const { name, help, type, samples } of theirs) {
      const same = ours.get(name);
      assert.deepEqual({ name, help, type }, { name, help: same?.help, type: same?.type });
      assert.deepEqual(labelNames(samples[0]), labelNames(same?.samples[0]));
    }
  });
}

function labelNames(sample: { labels: object } | undefined): string[] {
  return Object.keys(sample?.labels ?? {}).sort();
}

/** Values by name and labels. */
async function valuesOf(collector: Collector): Promise<Map<string, number>> {
  const families = await collector.collect(signal);
  return new Map(
    families.flatMap(({ name, samples }) =>
      samples.map(({ labels, value }): [string, number] => [
        [name, ...Object.entries(labels).sort().flat()].join(' '),
        value,
      ]),
    ),
  );
}

test('the values are those of procfs, apart from what changed meanwhile', {
  skip: linux,
}, async () => {
  for (const [portable, procfs] of PAIRS) {
    const theirs = await valuesOf(portable);
    const ours = await valuesOf(procfs);
    for (const [key, value] of theirs) {
      const expected = ours.get(key);
      assert.ok(expected !== undefined, `${key} is known to procfs too`);
      const bound = Math.max(5, expected * 0.1);
      assert.ok(
        Math.abs(value - expected) <= bound || isMoving(key),
        `${key}: ${value} is not ${expected}`,
      );
    }
  }
});

/** What a busy neighbour may change by any amount between two readings. */
function isMoving(key: string): boolean {
  return /guard_load|guard_network|memory_(free|available)|filesystem_available/.test(key);
}

function fakeSource(fake: Partial<PortableHostSource>): PortableHostSource {
  return { ...createPortableHostSource(), ...fake };
}

async function assertNoData(collector: Collector, reason: string): Promise<void> {
  await assert.rejects(collector.collect(signal), { name: 'NoDataError', reason });
}

test('where the libraries know nothing it is said, never 0', async () => {
  await assertNoData(
    createPortableCpuCollector(fakeSource({ readCpus: () => [] })),
    'not_supported',
  );
  const noLoad = fakeSource({ readLoad: () => undefined });
  await assertNoData(createPortableLoadCollector(noLoad), 'not_supported');
  const noMemory = fakeSource({
    readMemory: async () => ({
      totalBytes: 0,
      availableBytes: 0,
      freeBytes: 0,
      swapTotalBytes: 0,
      swapFreeBytes: 0,
    }),
  });
  await assertNoData(createPortableMemoryCollector(noMemory), 'not_supported');
  const none = fakeSource({ readNetwork: async () => [], readFilesystems: async () => [] });
  await assertNoData(createPortableNetworkCollector(network, none), 'no_devices');
  await assertNoData(createPortableFilesystemCollector(filesystem, none), 'no_devices');
});

test('a device without numbers has no series', async () => {
  const readNetwork = async () => [
    { device: 'en0', receivedBytes: 5, transmittedBytes: Number.NaN },
    { device: 'lo0', receivedBytes: 1, transmittedBytes: 1 },
  ];
  const collector = createPortableNetworkCollector(
    { ignored_devices: 'lo\\d*' },
    fakeSource({ readNetwork }),
  );
  assert.deepEqual(
    [...(await valuesOf(collector))],
    [['guard_network_received_bytes_total device en0', 5]],
  );
});

test('modes that a system does not tell apart are left out', () => {
  const modes = (platform: NodeJS.Platform) =>
    Object.keys(createPortableHostSource(platform).readCpus()[0] ?? {});
  assert.deepEqual(modes('linux'), ['user', 'nice', 'system', 'idle', 'irq']);
  assert.deepEqual(modes('darwin'), ['user', 'nice', 'system', 'idle']);
  assert.deepEqual(modes('win32'), ['user', 'system', 'idle', 'irq']);
  assert.equal(createPortableHostSource('win32').readLoad(), undefined);
});

test('an aborted scrape is refused', async () => {
  for (const [portable] of PAIRS) {
    await assert.rejects(portable.collect(AbortSignal.abort()), { name: 'AbortError' });
  }
});

test('docs/portable.md has every family of the backend, and no other', {
  skip: linux,
}, async () => {
  const page = readFileSync(join(import.meta.dirname, '../../docs/portable.md'), 'utf8');
  const table = page.split('\n').filter((line) => line.startsWith('| `guard_'));
  const documented = table.flatMap((row) => row.match(/guard_\w+/g) ?? []);
  const processes = createPortableProcessCollector({ groups: [], maxGroups: 500, topProcesses: 1 });
  // Shares of a CPU need two readings, which the collector takes a second apart at least.
  await processes.collect(signal);
  await sleep(1_200);
  const told = new Set<string>();
  for (const collector of [...PAIRS.map(([portable]) => portable), processes]) {
    for (const { name, samples } of await collector.collect(signal)) {
      if (samples.length > 0) told.add(name);
    }
  }
  await processes.stop();
  assert.deepEqual(documented.sort(), [...told].sort());
});
