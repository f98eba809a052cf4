import assert from 'node:assert/strict';
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { chmodSync, copyFileSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { type AddressInfo, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseConfig } from '../../../service/config.ts';
import type { MetricFamily } from '../../promformat/family.ts';
import { createFakeProcfs } from './fake.contract.ts';
import { processNamesFileSchema } from './grouping-import.ts';
import { createIdentifier } from './identity.ts';
import { createProcessCollector } from './process.ts';
import { createProcessTable } from './table.ts';
import { MAX_CHANNELS, threadStateFamilies } from './thread-states.ts';

const TOOL = 'prometheus-process-exporter';
const MARK = `g${process.pid}`;
const NAMES = "process_names: [{name: '{{.Comm}}', cmdline: ['.*']}]\n";
const folder = mkdtempSync(join(tmpdir(), 'guard-states-'));
const children: ChildProcess[] = [];

after(() => {
  // Each is the leader of its own session, so that what it has started ends with it.
  for (const { pid } of children) if (pid !== undefined) endAll(pid);
  rmSync(folder, { recursive: true });
});

function endAll(leader: number): void {
  try {
    process.kill(-leader, 'SIGKILL');
  } catch {
    // It has ended by itself.
  }
}

const start = (file: string, ...args: string[]) => {
  const child = spawn(file, args, { detached: true, stdio: 'ignore' });
  children.push(child);
  return child;
};

/** `label=value number` of every sample that is not 0, by group. */
function told(families: readonly MetricFamily[]): Record<string, string[]> {
  const byGroup: Record<string, string[]> = {};
  for (const { labels, value } of families.flatMap(({ samples }) => samples)) {
    const { groupname = '', state, wchan } = labels;
    if (value === 0) continue;
    byGroup[groupname] = [...(byGroup[groupname] ?? []), `${state ?? wchan} ${value}`];
  }
  for (const lines of Object.values(byGroup)) lines.sort();
  return byGroup;
}

function readFake(prepare: (procfs: ReturnType<typeof createFakeProcfs>) => void) {
  const procfs = createFakeProcfs();
  prepare(procfs);
  const table = createProcessTable({
    files: procfs.files,
    identify: createIdentifier(procfs.files, []),
    clock: () => procfs.seconds,
    wallClock: () => procfs.seconds,
    tellsChannels: true,
  });
  const names = new Set(table.read().processes.map(({ group }) => group));
  return {
    procfs,
    table,
    tell: () =>
      threadStateFamilies(
        table,
        [...names].map((name) => ({ name })),
      ),
  };
}

test('threads of a group by state and by wait channel', () => {
  const { tell } = readFake((procfs) => {
    procfs.put(7, { threads: { 8: { channel: 'futex_do_wait' }, 9: { state: 'R' } } });
    procfs.put(10, { state: 'D', channel: 'jbd2_log_wait' });
    procfs.put(11, { state: 'T', channel: 'do_signal_stop' });
    procfs.put(12, { state: 'Z' });
  });
  assert.deepEqual(told(tell()), {
    app: [
      ...['Other 1', 'Running 1', 'Sleeping 2', 'Waiting 1', 'Zombie 1', 'do_epoll_wait 1'],
      ...['do_signal_stop 1', 'futex_do_wait 1', 'jbd2_log_wait 1'],
    ].sort(),
  });
  assert.equal(tell()[0]?.samples.length, 5, 'states without threads are told as 0');
});

test('kernel threads sleep somewhere too, and have no lock for it', () => {
  const { tell, table } = readFake((procfs) => {
    procfs.put(2, { comm: 'kthreadd', flags: 0x00200000, channel: 'kthread_futex' });
  });
  const [group] = Object.values(told(tell()));
  assert.deepEqual(group, ['Sleeping 1', 'kthread_futex 1']);
  assert.equal(table.read().processes[0]!.counters[11], 0, 'seconds waiting for locks');
});

test('a group with a process whose threads are unknown is left out, not told as 0', () => {
  const { tell } = readFake((procfs) => {
    procfs.put(7, {});
    procfs.put(8, { missing: ['schedstat'] });
    procfs.put(9, { comm: 'other' });
  });
  assert.deepEqual(Object.keys(told(tell())), ['other']);
});

test('where the channel may not be seen there is none, and never more than the bound', () => {
  const { tell } = readFake((procfs) => {
    procfs.put(7, { denied: ['io'] });
    for (let pid = 100; pid < 100 + 2 * MAX_CHANNELS; pid += 1)
      procfs.put(pid, { comm: 'many', channel: `function_${pid}` });
  });
  const families = tell();
  assert.deepEqual(told(families).app, ['Sleeping 1']);
  const many = families[1]!.samples.filter(({ labels }) => labels.groupname === 'many');
  assert.equal(many.length, MAX_CHANNELS);
});

test('of one that sleeps on it is told without being read again', () => {
  const { procfs, table, tell } = readFake((fake) => fake.put(7, { channel: 'do_wait' }));
  procfs.seconds += 1;
  table.read();
  assert.deepEqual(told(tell()), { app: ['Sleeping 1', 'do_wait 1'] });
});

const skip =
  spawnSync(TOOL, ['-version']).error === undefined
    ? false
    : `${TOOL} is not installed (apt-get install ${TOOL})`;

test('the same states and wait channels as the real process-exporter', { skip }, async () => {
  const [sleeper, ended] = [join(folder, `s${MARK}`), join(folder, `z${MARK}`)];
  for (const [from, to] of [
    ['/bin/sleep', sleeper],
    ['/bin/true', ended],
  ] as const) {
    copyFileSync(from, to);
    chmodSync(to, 0o755);
  }
  start(sleeper, '300');
  start(sleeper, '301');
  const stopped = start('/bin/bash', '-c', `exec -a x ${sleeper} 302`);
  // The program that takes the place of the shell does not wait for its child: a zombie.
  start('/bin/bash', '-c', `{ sleep 0.3; exec ${ended}; } & exec ${sleeper} 303`);
  start(process.execPath, '-e', `process.title = 'n${MARK}'; setInterval(() => {}, 1e6);`);
  await sleep(1_000);
  process.kill(stopped.pid!, 'SIGSTOP');
  const config = join(folder, 'names.yml');
  writeFileSync(config, NAMES);
  const port = await freePort();
  const flags = [`-config.path=${config}`, `-web.listen-address=127.0.0.1:${port}`];
  start(TOOL, ...flags, '-threads=false', '-gather-smaps=false');
  // Threads of the runtime run now and then: the two are compared until they saw the same moment.
  let [theirs, ours] = [await askOther(port), await askOurs()];
  for (let attempt = 0; attempt < 20 && !same(theirs, ours); attempt += 1) {
    await sleep(200);
    [theirs, ours] = [await askOther(port), await askOurs()];
  }
  assert.deepEqual(ours, theirs);
  assert.deepEqual(Object.keys(ours).sort(), [`n${MARK}`, `s${MARK}`, `z${MARK}`]);
  assert.ok(ours[`s${MARK}`]!.includes('Other 1'), 'the stopped one');
  assert.ok(ours[`s${MARK}`]!.includes('Sleeping 3'));
  assert.deepEqual(ours[`z${MARK}`], ['Zombie 1']);
});

const same = (one: unknown, other: unknown) => JSON.stringify(one) === JSON.stringify(other);

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

/** Those of our processes, in the order of their names. */
function marked(all: Record<string, string[]>): Record<string, string[]> {
  const own = Object.entries(all).filter(([group]) => group.endsWith(MARK));
  return Object.fromEntries(own.sort(([a], [b]) => (a < b ? -1 : 1)));
}

async function askOther(port: number): Promise<Record<string, string[]>> {
  let text = '';
  for (let attempt = 0; attempt < 100 && text === ''; attempt += 1) {
    await sleep(100);
    text = await fetch(`http://127.0.0.1:${port}/metrics`).then(
      (response) => response.text(),
      () => '',
    );
  }
  const lines = text.matchAll(
    /^namedprocess_namegroup_(?:states|threads_wchan)\{groupname="(.*)",(?:state|wchan)="(.*)"\} (\d+)$/gm,
  );
  const samples = [...lines].map(([, groupname = '', state = '', value]) => ({
    labels: { groupname, state },
    value: Number(value),
  }));
  const own = marked(told([{ name: 'x', help: '', type: 'gauge', samples }]));
  // It counts the main thread of a process with several threads twice.
  return { ...own, [`n${MARK}`]: (own[`n${MARK}`] ?? []).map(withoutMainThread).sort() };
}

function withoutMainThread(line: string): string {
  const [what, count] = line.split(' ');
  return what === 'Sleeping' || what === 'do_epoll_wait' ? `${what} ${Number(count) - 1}` : line;
}

async function askOurs(): Promise<Record<string, string[]>> {
  const collector = createProcessCollector({
    ...{ procfs: '/proc', maxGroups: 5_000, topProcesses: 0, tellsThreadStates: true },
    groups: parseConfig(processNamesFileSchema, NAMES, 'names.yml').process_names,
  });
  const families = await collector.collect(new AbortController().signal);
  await collector.stop();
  return marked(told(families.filter(({ name }) => name.startsWith('namedprocess_'))));
}
