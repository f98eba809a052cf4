// Our cgroup metrics against the kernel's files read by hand, with real throttling and a real memory limit. Version 1, as root;
// version 2 is tested with fixtures only.
import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readFileSync, rmdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { isDeepStrictEqual } from 'node:util';
import { createHostFiles } from '../../sources/host-files.ts';
import { createCgroupCollector } from './cgroup.ts';
import { cgroupConfigSchema } from './config.ts';

const ROOT = '/sys/fs/cgroup';
const PATH = `/guard-test-${process.pid}`;
const MEBIBYTE = 1024 * 1024;
/** How long to wait for something to happen; a busy machine only takes longer. */
const MAX_POLLS = 200;
const POLL_MS = 50;

const folder = mkdtempSync(join(tmpdir(), 'guard-cgroup-equality-'));
const made: string[] = [];
const skip = makeCgroups(['cpu', 'cpuacct', 'memory', 'pids']);
after(() => {
  rmSync(folder, { recursive: true });
  for (const path of made) rmdirSync(path);
});

function makeCgroups(controllers: readonly string[]): string | false {
  try {
    for (const controller of controllers) {
      const path = join(ROOT, controller, PATH);
      mkdirSync(path);
      made.push(path);
    }
    // Outside a cgroup filesystem a folder has no files.
    for (const path of made) readFileSync(join(path, 'cgroup.procs'));
    return false;
  } catch (error) {
    return `cgroups of version 1 cannot be made here: ${(error as Error).message}`;
  }
}

const fileOf = (controller: string, file: string) => join(ROOT, controller, PATH, file);
const readByHand = (controller: string, file: string) =>
  readFileSync(fileOf(controller, file), 'utf8').trim();
const rowByHand = (file: string, name: string) =>
  Number(new RegExp(`^${name} (\\d+)$`, 'm').exec(readByHand('cpu', file))?.[1]);

/** A child that enters our cgroups first. @param then what it goes on with, in shell. */
function spawnInside(then: string): ChildProcess {
  const enter = made.map((path) => `echo $$ > ${path}/cgroup.procs`).join(' && ');
  return spawn('sh', ['-c', `${enter} && ${then}`], { stdio: 'ignore' });
}

async function until(holds: () => boolean): Promise<void> {
  for (let poll = 0; poll < MAX_POLLS && !holds(); poll += 1) await sleep(POLL_MS);
  assert.ok(holds(), 'it happened in time');
}

async function collect(): Promise<(name: string) => number | undefined> {
  const collector = createCgroupCollector({
    files: createHostFiles({ procfs: '/proc', sysfs: '/sys', rootfs: '/' }),
    config: cgroupConfigSchema.parse({ max_cgroups: 5_000 }),
  });
  const families = await collector.collect(new AbortController().signal);
  return (name) =>
    families
      .find((family) => family.name === `guard_cgroup_${name}`)
      ?.samples.find(({ labels }) => labels.cgroup === PATH)?.value;
}

/** A reading during which the files did not change, and what they said meanwhile, so that equal means equal. */
async function collectSteadily(byHand: () => Readonly<Record<string, number>>) {
  for (let poll = 0; poll < MAX_POLLS; poll += 1) {
    const before = byHand();
    const value = await collect();
    if (isDeepStrictEqual(byHand(), before)) return { value, kernel: before };
    await sleep(POLL_MS);
  }
  throw new Error('The cgroup never came to rest');
}

test('throttling under a quota of 20 % is what cpu.stat says', { skip }, async (t) => {
  writeFileSync(fileOf('cpu', 'cpu.cfs_quota_us'), '20000');
  writeFileSync(fileOf('cpu', 'cpu.cfs_period_us'), '100000');
  const before = (await collect())('cpu_throttled_periods_total');
  assert.equal(before, 0);
  const burner = spawnInside(`while kill -0 ${process.pid}; do :; done`);
  t.after(() => burner.kill('SIGKILL'));
  await until(() => rowByHand('cpu.stat', 'nr_throttled') >= 3);
  burner.kill('SIGKILL');
  await once(burner, 'exit');
  const { value, kernel } = await collectSteadily(() => ({
    throttled: rowByHand('cpu.stat', 'nr_throttled'),
    periods: rowByHand('cpu.stat', 'nr_periods'),
    nanoseconds: rowByHand('cpu.stat', 'throttled_time'),
    usage: Number(readByHand('cpuacct', 'cpuacct.usage')),
  }));
  const throttled = value('cpu_throttled_periods_total');
  assert.ok(throttled !== undefined && throttled >= 3, `${throttled} periods`);
  assert.equal(throttled, kernel.throttled);
  assert.equal(value('cpu_periods_total'), kernel.periods);
  assert.equal(value('cpu_throttled_seconds_total'), kernel.nanoseconds! / 1e9);
  assert.equal(value('cpu_usage_seconds_total'), kernel.usage! / 1e9);
  assert.equal(value('cpu_quota_cores'), 0.2);
});

test('a memory limit that is hit, and a limit of pids, are what the files say', {
  skip,
}, async (t) => {
  writeFileSync(fileOf('memory', 'memory.limit_in_bytes'), String(32 * MEBIBYTE));
  writeFileSync(fileOf('pids', 'pids.max'), '20');
  const file = join(folder, 'cached');
  const writer = spawnInside(`dd if=/dev/zero of=${file} bs=1M count=64 && sleep 60`);
  t.after(() => endAll(writer));
  await until(() => Number(readByHand('memory', 'memory.failcnt')) > 0);
  await until(() => readByHand('pids', 'pids.current') === '2');
  const { value, kernel } = await collectSteadily(() => ({
    usage: Number(readByHand('memory', 'memory.usage_in_bytes')),
    failures: Number(readByHand('memory', 'memory.failcnt')),
  }));
  assert.equal(value('memory_usage_bytes'), kernel.usage);
  assert.equal(value('memory_failures_total'), kernel.failures);
  assert.equal(value('memory_limit_bytes'), 32 * MEBIBYTE);
  assert.equal(value('memory_oom_kills_total'), 0);
  assert.equal(value('pids_limit'), 20);
  assert.equal(value('pids'), 2);
});

/** Everything in our own cgroup, and only that. */
async function endAll(child: ChildProcess): Promise<void> {
  const exited = once(child, 'exit');
  for (const pid of readByHand('pids', 'cgroup.procs').split('\n')) process.kill(Number(pid));
  await exited;
  await until(() => readByHand('memory', 'cgroup.procs') === '');
}
