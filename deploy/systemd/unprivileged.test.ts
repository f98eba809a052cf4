// The real exporter as the user nobody: bare, and with exactly the capabilities that its unit gives it.
import assert from 'node:assert/strict';
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, copyFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { type AddressInfo, connect, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, afterEach, before, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';

const MAIN = join(import.meta.dirname, '..', '..', 'exporter', 'main.ts');
const UNIT = join(import.meta.dirname, 'latency-guard-exporter.service');
const DEADLINE_MS = 30_000;
const NOBODY = ['--reuid=65534', '--regid=65534', '--clear-groups', '--nnp'];
/** What the files of another user's process that are closed would tell: io, wchan. */
const CLOSED = [
  'guard_process_read_bytes_total',
  'guard_process_written_bytes_total',
  'guard_process_thread_seconds_total\\{[^}]*state="lock',
];
const OPEN = [
  'guard_process_cpu_seconds_total',
  'guard_process_resident_memory_bytes',
  'guard_process_threads',
  'guard_process_processes',
];

const folder = mkdtempSync(join(tmpdir(), 'guard-unprivileged-'));
const configFile = join(folder, 'exporter.yml');
const children: ChildProcess[] = [];
let exporters: ChildProcess[] = [];
const skip = whyNot();

before(() => {
  if (skip !== false) return;
  chmodSync(folder, 0o755);
  writeFileSync(configFile, 'sockets: {interval: 1s}\nperf: {stat: {interval: 1s}}\n');
  for (const name of ['guard-of-root', 'guard-of-nobody']) {
    copyFileSync('/bin/sleep', join(folder, name));
    chmodSync(join(folder, name), 0o755);
  }
  children.push(spawn(join(folder, 'guard-of-root'), ['600'], { stdio: 'ignore' }));
  const sleeper = [...NOBODY, join(folder, 'guard-of-nobody'), '600'];
  children.push(spawn('setpriv', sleeper, { stdio: 'ignore' }));
});
afterEach(() => {
  for (const child of exporters) child.kill('SIGKILL');
  exporters = [];
});
after(() => {
  for (const child of children) child.kill('SIGKILL');
  rmSync(folder, { recursive: true });
});

function whyNot(): string | false {
  if (process.getuid?.() !== 0) return 'only root can become somebody else';
  const reachable = spawnSync('setpriv', [...NOBODY, process.execPath, '--check', MAIN]);
  if (reachable.error) return 'no setpriv here';
  return reachable.status === 0 ? false : 'the user nobody cannot read this checkout';
}

/** The metrics of an exporter that runs with these privileges, once it knows both sleepers, or what else is wanted. */
async function scrapeAs(setprivFlags: readonly string[], enough = knowsSleepers): Promise<string> {
  const args = [
    ...NOBODY,
    ...setprivFlags,
    process.execPath,
    MAIN,
    '--web.listen-address=127.0.0.1:0',
    `--config.file=${configFile}`,
  ];
  const exporter = spawn('setpriv', args, { stdio: ['ignore', 'ignore', 'pipe'], cwd: folder });
  exporters.push(exporter);
  let log = '';
  exporter.stderr.on('data', (chunk: Buffer) => {
    log += chunk.toString();
  });
  for (const end = performance.now() + DEADLINE_MS; performance.now() < end; await sleep(100)) {
    const port = /msg=listening .*port=(\d+)/.exec(log)?.[1];
    if (port === undefined) continue;
    const response = await fetch(`http://127.0.0.1:${port}/metrics`);
    const text = await response.text();
    assert.equal(response.status, 200, text);
    if (enough(text)) return text;
  }
  throw new Error(`not the metrics that were wanted within ${DEADLINE_MS} ms:\n${log}`);
}

function knowsSleepers(text: string): boolean {
  const known = (name: string) => values(text, 'guard_process_processes', name).length > 0;
  return known('guard-of-root') && known('guard-of-nobody');
}

/** Of the samples of a group; `family` may go on with labels, and is part of a regular expression. */
function values(text: string, family: string, group: string): number[] {
  return text
    .split('\n')
    .filter((line) => line.includes(`group="${group}"`) && new RegExp(`^${family}\\b`).test(line))
    .map((line) => Number(line.slice(line.lastIndexOf(' ') + 1)));
}

function unreadable(text: string, file: string): number | undefined {
  const match = new RegExp(`^guard_process_unreadable\\{file="${file}"\\} (\\d+)$`, 'm').exec(text);
  return match === null ? undefined : Number(match[1]);
}

/** `+sys_ptrace,+…` as setpriv wants what the unit calls CAP_SYS_PTRACE …. */
function unitCapabilities(): string {
  const line = /^AmbientCapabilities=(.+)$/m.exec(readFileSync(UNIT, 'utf8'))?.[1] ?? '';
  return line
    .split(' ')
    .map((name) => `+${name.replace('CAP_', '').toLowerCase()}`)
    .join(',');
}

test('without capabilities, what is closed is told and left out, never zero', {
  skip,
}, async () => {
  const text = await scrapeAs([]);
  for (const family of CLOSED) {
    assert.deepEqual(values(text, family, 'guard-of-root'), [], family);
    assert.notDeepEqual(values(text, family, 'guard-of-nobody'), [], family);
  }
  for (const family of OPEN) assert.notDeepEqual(values(text, family, 'guard-of-root'), [], family);
  assert.ok(Number(unreadable(text, 'io')) >= 1);
  assert.ok(Number(unreadable(text, 'wchan')) >= 1);
  assert.match(text, /^guard_collector_success\{collector="process"\} 1$/m);
  assert.doesNotMatch(text, /^guard_\w+\{[^}]*\} NaN$/m);
});

/** The reasons of the samples of a family, by the other label's value: `perf` → `permission_denied`. */
function reasons(text: string, family: string): ReadonlyMap<string, string> {
  const lines = text.matchAll(
    new RegExp(`^${family}\\{\\w+="([^"]*)",reason="([^"]*)"\\} 1$`, 'gm'),
  );
  return new Map([...lines].map(([, subject = '', reason = '']) => [subject, reason]));
}

const unattributed = (text: string, reason: string) =>
  Number(
    new RegExp(
      `^guard_process_network_unattributed_sockets\\{reason="${reason}"\\} (\\d+)$`,
      'm',
    ).exec(text)?.[1] ?? 0,
  );

test('without capabilities no collector fails, and each that has nothing says why', {
  skip,
}, async (t) => {
  const server = createServer((socket) => socket.resume()).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const client = connect((server.address() as AddressInfo).port, '127.0.0.1');
  t.after(() => {
    client.destroy();
    server.close();
  });
  await once(client, 'connect');
  const pinged = (metrics: string) =>
    /^guard_ping_sent_total\{target="127\.0\.0\.1"\}/m.test(metrics);
  const silent = (metrics: string) => reasons(metrics, 'guard_ping_unavailable').get('127.0.0.1');
  const text = await scrapeAs([], (metrics) => {
    const perf = reasons(metrics, 'guard_collector_unavailable').get('perf');
    const ping = pinged(metrics) || silent(metrics) !== undefined;
    return perf !== 'starting' && ping && unattributed(metrics, 'permission_denied') >= 2;
  });
  assert.doesNotMatch(text, /^guard_collector_success\{.*\} 0$/m);
  const unavailable = reasons(text, 'guard_collector_unavailable');
  const events = /^guard_perf_events_total\{/m.test(text);
  assert.equal(events, !unavailable.has('perf'), 'perf counts, or says why not');
  if (!events) assert.equal(unavailable.get('perf'), 'permission_denied');
  assert.notEqual(pinged(text), silent(text) !== undefined, 'ping counts, or says why not');
});

test("with the unit's capabilities, every process is read", { skip }, async () => {
  const capabilities = unitCapabilities();
  const text = await scrapeAs([
    `--inh-caps=${capabilities}`,
    `--ambient-caps=${capabilities}`,
    `--bounding-set=-all,${capabilities}`,
  ]);
  for (const family of [...CLOSED, ...OPEN]) {
    assert.notDeepEqual(values(text, family, 'guard-of-root'), [], family);
  }
  const bare = await scrapeAs([]);
  assert.ok(Number(unreadable(text, 'io')) < Number(unreadable(bare, 'io')));
  assert.ok(
    Number(unreadable(text, 'io')) <= 1,
    'only process 1 of a sandboxed machine stays closed',
  );
});

test('each capability is needed', { skip }, async () => {
  for (const only of ['+sys_ptrace', '+dac_read_search']) {
    const text = await scrapeAs([`--inh-caps=${only}`, `--ambient-caps=${only}`]);
    const missing = CLOSED.filter((family) => values(text, family, 'guard-of-root').length === 0);
    assert.notDeepEqual(missing, [], `${only} alone is enough`);
  }
});
