import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { test } from 'node:test';
import { NoDataError } from '../collector.ts';
import { createPortableProcessCollector } from './portable.ts';
import {
  createPortableSource,
  type PortableProcess,
  type PortableUsage,
} from './portable-source.ts';
import { createProcessCollector } from './process.ts';

const { signal } = new AbortController();

function createRig() {
  const processes = new Map<number, PortableProcess & Partial<PortableUsage>>();
  const rig = {
    seconds: 100,
    lists: 0,
    closed: 0,
    put(pid: number, commandLine: string, usage: Partial<PortableUsage>) {
      const argv = commandLine.split(' ');
      processes.set(pid, { pid, parentPid: 1, argv, user: 'web', startSeconds: 50, ...usage });
    },
    processes,
  };
  const collector = createPortableProcessCollector({
    groups: [{ name: 'by-{{.Username}}', cmdline: ['special'] }],
    maxGroups: 10,
    topProcesses: 2,
    clock: () => rig.seconds,
    source: {
      async list() {
        rig.lists += 1;
        return [...processes.values()];
      },
      measure: async () =>
        new Map(
          [...processes].flatMap(([pid, { cpuSeconds, residentBytes = 0, startSeconds = 0 }]) =>
            cpuSeconds === undefined ? [] : [[pid, { cpuSeconds, residentBytes, startSeconds }]],
          ),
        ),
      close() {
        rig.closed += 1;
      },
    },
  });
  const scrape = async (name: string) => {
    const families = await collector.collect(signal);
    const family = families.find((one) => one.name === `guard_process_${name}`);
    return Object.fromEntries(
      (family?.samples ?? []).map(({ labels, value }) => [Object.values(labels).join(' '), value]),
    );
  };
  return { rig, collector, scrape };
}

test('the same groups, with CPU time whose split is unknown', async () => {
  const { rig, scrape } = createRig();
  rig.put(1, '/usr/bin/node exporter/main.ts', { cpuSeconds: 3, residentBytes: 70 });
  rig.put(2, 'nginx: worker', { cpuSeconds: 1, residentBytes: 30 });
  rig.put(3, '/bin/special --x', { cpuSeconds: 2, residentBytes: 10 });
  rig.put(4, 'gone', {});
  assert.deepEqual(await scrape('cpu_seconds_total'), {
    'node:exporter/main.ts unknown': 3,
    'nginx unknown': 1,
    'by-web unknown': 2,
  });
  assert.deepEqual(await scrape('resident_memory_bytes'), {
    'node:exporter/main.ts': 70,
    nginx: 30,
    'by-web': 10,
  });
  assert.deepEqual(await scrape('oldest_start_time_seconds'), {
    'node:exporter/main.ts': 50,
    nginx: 50,
    'by-web': 50,
  });
});

test('what this backend cannot know is absent', async () => {
  const { rig, collector } = createRig();
  rig.put(1, 'app', { cpuSeconds: 3 });
  const names = (await collector.collect(signal)).map(({ name }) => name.replace(/^.*?ss_/, ''));
  assert.deepEqual(names, [
    'cpu_seconds_total',
    'resident_memory_bytes',
    'processes',
    'oldest_start_time_seconds',
    'groups_dropped',
  ]);
});

test('kernel threads are known by their parent, where there is one', async () => {
  const { rig, scrape } = createRig();
  rig.put(2, 'kthreadd', { cpuSeconds: 0 });
  rig.put(9, 'kworker/0:1-events', { cpuSeconds: 0 });
  rig.processes.set(9, { ...rig.processes.get(9)!, parentPid: 2 });
  assert.deepEqual(await scrape('processes'), { 'kernel:kthreadd': 1, 'kernel:kworker': 1 });
});

test('counters grow over exits and reused pids; a trembling start time is the same process', async () => {
  const { rig, scrape } = createRig();
  rig.put(1, 'app', { cpuSeconds: 3, startSeconds: 50 });
  await scrape('processes');
  rig.seconds += 5;
  rig.put(1, 'app', { cpuSeconds: 4, startSeconds: 50.7 });
  assert.deepEqual(await scrape('cpu_seconds_total'), { 'app unknown': 4 });
  assert.deepEqual(await scrape('top_cpu_ratio'), { 'app 1 app': 0.2 });
  rig.seconds += 5;
  rig.put(1, 'app', { cpuSeconds: 1, startSeconds: 104 });
  assert.deepEqual(await scrape('cpu_seconds_total'), { 'app unknown': 5 });
});

test('scrapes close together share one reading, the next one is fresh', async () => {
  const { rig, scrape } = createRig();
  rig.put(1, 'app', { cpuSeconds: 3 });
  await Promise.all([scrape('processes'), scrape('processes')]);
  assert.equal(rig.lists, 1);
  rig.seconds += 2;
  await scrape('processes');
  assert.equal(rig.lists, 2);
});

test('an empty list and an aborted scrape are errors, and stop closes the source', async () => {
  const { rig, collector } = createRig();
  await assert.rejects(collector.collect(signal), (error: unknown) => {
    assert.ok(error instanceof NoDataError);
    assert.equal(error.reason, 'no_processes');
    return true;
  });
  await assert.rejects(collector.collect(AbortSignal.abort()), { name: 'AbortError' });
  await collector.stop();
  assert.equal(rig.closed, 1);
});

test('the real libraries see this very process', async () => {
  const collector = createPortableProcessCollector({
    groups: [{ name: 'tests', cmdline: ['process/portable'] }],
    maxGroups: 10_000,
    topProcesses: 3,
  });
  const families = await collector.collect(signal);
  await collector.stop();
  const value = (name: string) =>
    families
      .find((family) => family.name === `guard_process_${name}`)
      ?.samples.find(({ labels }) => labels.group === 'tests')?.value ?? Number.NaN;
  const { user, system } = process.cpuUsage();
  assert.ok(value('processes') >= 1);
  assert.ok(value('cpu_seconds_total') >= (user + system) / 1e6 - 0.5);
  assert.ok(value('resident_memory_bytes') >= process.memoryUsage.rss() / 2);
  const age = Date.now() / 1000 - value('oldest_start_time_seconds');
  assert.ok(age > -2, `${age} s old`);
});

test('its families are some of those of procfs, with equal meaning', async (t) => {
  if (!existsSync('/proc/self/stat')) {
    t.skip('there is no procfs to compare with');
    return;
  }
  const options = { groups: [], maxGroups: 10_000, topProcesses: 3 };
  const portable = createPortableProcessCollector(options);
  const told = await portable.collect(signal);
  await portable.stop();
  const procfs = await createProcessCollector({ ...options, procfs: '/proc' }).collect(signal);
  const meanings = new Map(procfs.map(({ name, help, type }) => [name, { help, type }]));
  assert.ok(told.length > 3);
  for (const { name, help, type } of told)
    assert.deepEqual(meanings.get(name), { help, type }, name);
});

test('the real source leaves out a process that has ended meanwhile', async () => {
  const source = createPortableSource();
  const { pid = 0 } = spawnSync('true');
  for (let reading = 0; reading < 2; reading += 1) {
    assert.deepEqual([...(await source.measure([process.pid, pid])).keys()], [process.pid]);
  }
  source.close();
});
