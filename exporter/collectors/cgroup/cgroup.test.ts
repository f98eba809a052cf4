import assert from 'node:assert/strict';
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { createHostFiles } from '../../sources/host-files.ts';
import { createCgroupCollector } from './cgroup.ts';
import { type CgroupConfig, cgroupConfigSchema } from './config.ts';

const FIXTURES = join(import.meta.dirname, '../../fixtures');
const folder = mkdtempSync(join(tmpdir(), 'guard-cgroup-'));
after(() => rmSync(folder, { recursive: true }));
const { signal } = new AbortController();
const SHOP = '/system.slice/shop.service';
const V2 = join(FIXTURES, 'sys');
const V1 = join(FIXTURES, 'cgroup-v1');

function createRig(sysfs: string, config: Partial<CgroupConfig> = {}) {
  const rig = { seconds: 100 };
  const collector = createCgroupCollector({
    files: createHostFiles({ procfs: '/nowhere', sysfs, rootfs: '/' }),
    config: { ...cgroupConfigSchema.parse(undefined), ...config },
    clock: () => rig.seconds,
  });
  const collect = async (): Promise<Record<string, number>> => {
    const samples = (await collector.collect(signal)).flatMap(({ name, samples }) =>
      samples.map(({ labels, value }): [string, number] => [
        [name.replace('guard_cgroup_', ''), ...Object.values(labels)].join(' '),
        value,
      ]),
    );
    return Object.fromEntries(samples);
  };
  return { rig, collect };
}

test('version 2: only what has a limit, in base units', async () => {
  assert.deepEqual(await createRig(V2).collect(), {
    [`cpu_quota_cores ${SHOP}`]: 1.5,
    [`cpu_usage_seconds_total ${SHOP}`]: 61.5,
    [`cpu_periods_total ${SHOP}`]: 600,
    [`cpu_throttled_periods_total ${SHOP}`]: 210,
    [`cpu_throttled_seconds_total ${SHOP}`]: 14.25,
    [`memory_usage_bytes ${SHOP}`]: 503316480,
    [`memory_inactive_file_bytes ${SHOP}`]: 67108864,
    [`memory_limit_bytes ${SHOP}`]: 536870912,
    [`memory_failures_total ${SHOP}`]: 17,
    [`memory_oom_kills_total ${SHOP}`]: 1,
    'pids /system.slice/idle.service': 1,
    [`pids ${SHOP}`]: 25,
    'pids_limit /system.slice/idle.service': 4915,
    [`pids_limit ${SHOP}`]: 4915,
    guard_cgroups_dropped: 0,
  });
});

test('version 1: the same families out of several trees', async () => {
  assert.deepEqual(await createRig(V1).collect(), {
    'cpu_quota_cores /docker/web': 0.2,
    'cpu_usage_seconds_total /docker/web': 1.0005,
    'cpu_periods_total /docker/web': 50,
    'cpu_throttled_periods_total /docker/web': 48,
    'cpu_throttled_seconds_total /docker/web': 3.9,
    'memory_usage_bytes /docker/web': 33550336,
    'memory_inactive_file_bytes /docker/web': 20480,
    'memory_limit_bytes /docker/web': 33554432,
    'memory_failures_total /docker/web': 77,
    'memory_oom_kills_total /docker/web': 3,
    'pids /docker/web': 12,
    'pids_limit /docker/web': 100,
    guard_cgroups_dropped: 0,
  });
});

test('pressure is asked for', async () => {
  const values = await createRig(V2, { pressure: true }).collect();
  assert.equal(values[`pressure_waiting_seconds_total ${SHOP} cpu`], 13.866073);
  const name = 'pressure_waiting_seconds_total /system.slice/idle.service cpu';
  assert.equal(values[name], undefined);
});

test('what is above the bound is counted, what is ignored is not', async () => {
  const bounded = await createRig(V2, { max_cgroups: 1 }).collect();
  assert.equal(bounded.guard_cgroups_dropped, 1);
  assert.deepEqual(
    Object.keys(bounded).filter((key) => key.includes('shop')),
    [],
  );
  const ignoring = await createRig(V2, { ignored_paths: '/system.slice/idle.*' }).collect();
  assert.deepEqual(
    Object.keys(ignoring).filter((key) => key.includes('idle')),
    [],
  );
  assert.equal(ignoring.guard_cgroups_dropped, 0);
});

test('a new cgroup appears after the refresh, one that is gone leaves at once, a changed limit is seen at once', async () => {
  const sysfs = join(folder, 'sys');
  cpSync(V2, sysfs, { recursive: true });
  const { rig, collect } = createRig(sysfs);
  await collect();
  const system = join(sysfs, 'fs/cgroup/system.slice');
  cpSync(join(system, 'shop.service'), join(system, 'new.service'), { recursive: true });
  rmSync(join(system, 'idle.service'), { recursive: true });
  writeFileSync(join(system, 'shop.service/cpu.max'), '50000 100000\n');
  rig.seconds += 5;
  const soon = await collect();
  assert.equal(soon['pids /system.slice/idle.service'], undefined);
  assert.equal(soon['pids /system.slice/new.service'], undefined);
  assert.equal(soon[`cpu_quota_cores ${SHOP}`], 0.5);
  rig.seconds += 30;
  assert.equal((await collect())['pids /system.slice/new.service'], 25);
});

test('text that is no number is an error, not 0', async () => {
  const sysfs = join(folder, 'broken');
  cpSync(V2, sysfs, { recursive: true });
  writeFileSync(join(sysfs, `fs/cgroup${SHOP}/memory.current`), 'many\n');
  await assert.rejects(
    createRig(sysfs).collect(),
    /memory\.current of cgroup \/system\.slice\/shop/,
  );
});

test('without cgroups there is no data', async () => {
  await assert.rejects(createRig(folder).collect(), {
    name: 'NoDataError',
    reason: 'not_supported',
  });
});

test('the configuration is bounded', () => {
  assert.equal(cgroupConfigSchema.safeParse({ max_cgroups: 0 }).success, false);
  assert.equal(cgroupConfigSchema.safeParse({ max_cgroup: 5 }).success, false);
  assert.equal(cgroupConfigSchema.safeParse({ ignored_paths: '(' }).success, false);
});

test('which groups a limit holds for is told beside the limits', async () => {
  const procfs = mkdtempSync(join(folder, 'proc-'));
  for (const [pid, path] of [
    [7, `${SHOP}/worker`],
    [8, '/user.slice'],
  ] as const) {
    mkdirSync(join(procfs, `${pid}`));
    writeFileSync(join(procfs, `${pid}`, 'cgroup'), `0::${path}\n`);
  }
  const collector = createCgroupCollector({
    files: createHostFiles({ procfs, sysfs: V2, rootfs: '/' }),
    config: cgroupConfigSchema.parse(undefined),
    processes: {
      groupsByPid: async () =>
        new Map([
          [7, 'api'],
          [8, 'shell'],
        ]),
    },
    clock: () => 100,
  });
  const families = await collector.collect(signal);
  const info = families.find(({ name }) => name === 'guard_process_cgroup_info');
  assert.deepEqual(info?.samples, [{ labels: { group: 'api', cgroup: SHOP }, value: 1 }]);
});
