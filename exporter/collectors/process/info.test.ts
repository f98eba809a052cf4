import assert from 'node:assert/strict';
import { test } from 'node:test';
import { counter, gauge, type MetricFamily } from '../../promformat/family.ts';
import { type CgroupMembership, NO_MEMBERSHIP } from './cgroup.ts';
import { type ProcessInfoOptions, withProcessInfo } from './info.ts';
import type { ProcessMetadata } from './metadata.ts';

const WEB = 'a'.repeat(64);
const DB = 'b'.repeat(64);
const { signal } = new AbortController();

/** One process per entry; the pid is the place in the list. */
interface FakeProcess {
  readonly group: string;
  readonly unit?: string;
  readonly container?: string;
}

const METADATA: ProcessMetadata = {
  describe: ({ containerId }) =>
    containerId === WEB
      ? { names: ['web'], image: 'nginx:1', pod: 'web-0', namespace: 'shop' }
      : undefined,
  names: () => undefined,
  node: () => undefined,
  problems: () => [],
};

function create(processes: readonly FakeProcess[], change: Partial<ProcessInfoOptions> = {}) {
  const reads: number[] = [];
  const groups = [...new Set(processes.map(({ group }) => group))];
  const one = (group: string) => ({ labels: { group }, value: 1 });
  const families: MetricFamily[] = [
    gauge('guard_process_processes', 'x', groups.map(one)),
    counter('guard_process_read_bytes_total', 'x', groups.map(one)),
    gauge('guard_process_info', 'x', [{ labels: { group: 'app', exe: '/bin/app' }, value: 1 }]),
  ];
  const collector = withProcessInfo({
    collector: {
      name: 'process',
      collect: async () => families,
      groupsByPid: async () => new Map(processes.map(({ group }, pid) => [pid, group])),
    },
    readMembership: (pid): CgroupMembership | undefined => {
      reads.push(pid);
      const { unit, container } = processes[pid] ?? {};
      return { ...NO_MEMBERSHIP, unit, containerId: container };
    },
    metadata: METADATA,
    tags: {},
    compatible: false,
    clock: () => 0,
    ...change,
  });
  const info = async () => {
    const found = await collector.collect(signal);
    const samples = found.find(({ name }) => name === 'guard_process_info')?.samples ?? [];
    return samples.map(({ labels }) => Object.values(labels).join(' '));
  };
  return { collector, reads, info };
}

test('a group has what its processes agree on', async () => {
  const same = { group: 'app', unit: 'app.service' };
  assert.deepEqual(await create([same, same]).info(), ['app /bin/app app.service']);
  assert.deepEqual(await create([{ group: 'app', container: WEB }]).info(), [
    `app /bin/app ${WEB} web nginx:1 web-0 shop`,
  ]);
});

test('a group whose program is not known has its unit, one of which nothing is known has no sample', async () => {
  const { info } = create([{ group: 'x', unit: 'x.service' }, { group: 'y' }]);
  assert.deepEqual(await info(), ['x x.service']);
});

test('a few that differ are joined in one order, more are left out', async () => {
  const units = (...names: string[]) => create(names.map((unit) => ({ group: 'g', unit }))).info();
  assert.deepEqual(await units('b', 'a', 'b', 'c'), ['g a,b,c']);
  assert.deepEqual(await units('c', 'b', 'a'), ['g a,b,c']);
  assert.deepEqual(await units('a', 'b', 'c', 'd'), []);
});

test('ids of containers are never joined', async () => {
  const { info } = create([
    { group: 'g', container: WEB },
    { group: 'g', container: DB },
  ]);
  assert.deepEqual(await info(), ['g web nginx:1 web-0 shop']);
  assert.deepEqual(await create([{ group: 'g', container: WEB }, { group: 'g' }]).info(), [
    'g web nginx:1 web-0 shop',
  ]);
});

test('control groups are read once, and again after ten minutes', async () => {
  let now = 0;
  const { reads, info } = create([{ group: 'g', unit: 'u' }], { clock: () => now });
  await info();
  now = 299;
  await info();
  assert.deepEqual(reads, [0]);
  now = 600;
  await info();
  assert.deepEqual(reads, [0, 0]);
});

test('equal labels stay the same object', async () => {
  const { collector } = create([{ group: 'g', unit: 'u' }]);
  const labels = async () =>
    (await collector.collect(signal)).find(({ name }) => name === 'guard_process_info')?.samples[0]
      ?.labels;
  assert.equal(await labels(), await labels());
});

test('without a directory only the program is known', async () => {
  const { collector } = create([{ group: 'app', unit: 'x' }]);
  const families = await collector.collect(signal);
  const inner = { name: 'process', collect: async () => families };
  const bare = create([], { collector: inner });
  assert.equal((await bare.info()).length, 1);
  assert.deepEqual(bare.reads, []);
});

test('sources that fail, the node, tags', async () => {
  const metadata: ProcessMetadata = {
    ...METADATA,
    node: () => 'node-7',
    problems: () => [{ source: 'kubernetes', reason: 'timeout' }],
  };
  const { collector } = create([], { metadata, tags: { team: 'shop' } });
  const families = await collector.collect(signal);
  const samplesOf = (wanted: string) => families.find(({ name }) => name === wanted)?.samples;
  const sample = (labels: Record<string, string>) => [{ labels, value: 1 }];
  assert.deepEqual(
    samplesOf('guard_process_metadata_unavailable'),
    sample({ source: 'kubernetes', reason: 'timeout' }),
  );
  assert.deepEqual(samplesOf('guard_kubernetes_node_info'), sample({ node: 'node-7' }));
  assert.deepEqual(samplesOf('guard_exporter_tags_info'), sample({ team: 'shop' }));
});

test("process-exporter's names come beside ours, when wanted", async () => {
  const names = async (compatible: boolean) =>
    (await create([{ group: 'app' }], { compatible }).collector.collect(signal)).map(
      ({ name }) => name,
    );
  const ours = await names(false);
  assert.ok(!ours.some((name) => name.startsWith('namedprocess')));
  assert.deepEqual(
    (await names(true)).filter((name) => !ours.includes(name)),
    ['namedprocess_namegroup_num_procs', 'namedprocess_namegroup_read_bytes_total'],
  );
});

test('an error of the collector, and an abort, are passed on', async () => {
  const failing = create([], {
    collector: { name: 'process', collect: () => Promise.reject(new Error('no procfs')) },
  });
  await assert.rejects(failing.collector.collect(signal), /no procfs/);
  const { collector } = create([{ group: 'g' }]);
  await assert.rejects(collector.collect(AbortSignal.abort()), { name: 'AbortError' });
});
