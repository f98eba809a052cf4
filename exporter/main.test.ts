// The real exporter as a process of its own, on the real host.
import assert from 'node:assert/strict';
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, afterEach, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';

const MAIN = join(import.meta.dirname, 'main.ts');
const EXAMPLE = join(import.meta.dirname, 'exporter.yml');
const DEADLINE_MS = 15_000;
const folder = mkdtempSync(join(tmpdir(), 'guard-exporter-main-'));
const configFile = join(folder, 'exporter.yml');
const children: ChildProcess[] = [];
afterEach(() => {
  for (const child of children.splice(0)) child.kill('SIGKILL');
});
after(() => rmSync(folder, { recursive: true }));

async function startExporter(...flags: string[]) {
  const arguments_ = [MAIN, '--web.listen-address=127.0.0.1:0', ...flags];
  const child = spawn(process.execPath, arguments_, { stdio: ['ignore', 'ignore', 'pipe'] });
  children.push(child);
  let log = '';
  child.stderr.on('data', (chunk: Buffer) => {
    log += chunk.toString();
  });
  const port = await until(() => /msg=listening .*port=(\d+)/.exec(log)?.[1]);
  const metrics = async () => (await fetch(`http://127.0.0.1:${port}/metrics`)).text();
  const sample = async (name: string) => {
    const line = (await metrics()).split('\n').find((text) => text.startsWith(`${name} `));
    return line === undefined ? undefined : Number(line.slice(name.length + 1));
  };
  return { child, metrics, sample, pid: child.pid!, log: () => log };
}

/** Asks again until there is an answer. */
async function until<T>(ask: () => T | undefined | Promise<T | undefined>): Promise<T> {
  const deadline = performance.now() + DEADLINE_MS;
  while (performance.now() < deadline) {
    const answer = await ask();
    if (answer !== undefined) return answer;
    await sleep(50);
  }
  throw new Error(`no answer within ${DEADLINE_MS} ms: ${ask}`);
}

/** The ping children of a process. */
function pingsOf(pid: number): number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .filter((name) => {
      try {
        const stat = readFileSync(`/proc/${name}/stat`, 'utf8');
        return stat.includes('(ping)') && Number(stat.split(') ')[1]?.split(' ')[1]) === pid;
      } catch {
        return false;
      }
    })
    .map(Number);
}

const sent = 'guard_ping_sent_total{target="127.0.0.1"}';
const above = (limit: number) => (value: number | undefined) =>
  value !== undefined && value > limit ? value : undefined;

test('promtool accepts the metrics of this host', async () => {
  const { metrics, sample } = await startExporter();
  await until(async () => above(0)(await sample(sent)));
  const { status, stdout, stderr } = spawnSync('promtool', ['check', 'metrics'], {
    input: await metrics(),
    encoding: 'utf8',
  });
  assert.deepEqual([status, stdout, stderr], [0, '', '']);
});

test('the first scrape has the host, the process groups and its own cost, and nothing failed', async () => {
  const { metrics } = await startExporter();
  const text = await metrics();
  for (const name of [
    'guard_cpu_seconds_total',
    'guard_memory_total_bytes',
    'guard_process_cpu_seconds_total',
  ]) {
    assert.match(text, new RegExp(`^${name}\\b`, 'm'));
  }
  assert.match(text, /^guard_exporter_build_info\{version="/m);
  assert.doesNotMatch(text, /^guard_collector_success\{.*\} 0$/m);
});

test('a ping child that is killed is replaced and the counters go on', async () => {
  writeFileSync(configFile, 'ping: {interval: 200ms}');
  const { pid, sample } = await startExporter(`--config.file=${configFile}`);
  const before = await until(async () => above(4)(await sample(sent)));
  const [first, ...others] = pingsOf(pid);
  assert.deepEqual(others, []);
  process.kill(first!, 'SIGKILL');
  const second = await until(() => pingsOf(pid).find((other) => other !== first));
  const later = await until(async () => above(before)(await sample(sent)));
  assert.ok(later > before);
  assert.deepEqual(pingsOf(pid), [second]);
});

test('SIGTERM ends it and its ping child with success', async () => {
  const { child, pid } = await startExporter();
  const [ping] = await until(() => (pingsOf(pid).length > 0 ? pingsOf(pid) : undefined));
  const exited = new Promise((resolve) => child.once('exit', (code) => resolve(code)));
  child.kill('SIGTERM');
  assert.equal(await exited, 0);
  assert.throws(() => process.kill(ping!, 0), { code: 'ESRCH' });
});

test('SIGHUP reloads, and a mistake keeps the old configuration', async () => {
  writeFileSync(configFile, '');
  const { child, log, metrics, sample } = await startExporter(`--config.file=${configFile}`);
  writeFileSync(configFile, 'collectors: {disabled: [tcp]}');
  child.kill('SIGHUP');
  await until(() => log().includes('configuration reloaded') || undefined);
  assert.doesNotMatch(await metrics(), /^guard_tcp_established_connections/m);
  writeFileSync(configFile, 'colectors: {}');
  child.kill('SIGHUP');
  await until(() => log().includes('colectors: unknown key') || undefined);
  assert.equal(await sample('guard_exporter_config_last_reload_successful'), 0);
});

test('--config.check tells every problem and changes the exit code', () => {
  const check = (file: string) =>
    spawnSync(process.execPath, [MAIN, '--config.check', `--config.file=${file}`], {
      encoding: 'utf8',
    });
  assert.deepEqual([check(EXAMPLE).status, check(EXAMPLE).stderr], [0, '']);
  writeFileSync(configFile, 'ping: {targets: ["-f"]}\npong: 1\n');
  const { status, stderr } = check(configFile);
  assert.equal(status, 1);
  assert.match(stderr, /:1: ping\.targets\[0\]: .*\n.*:2: pong: unknown key/);
});

test('an unknown backend is refused with the ones there are', () => {
  const { status, stderr } = spawnSync(process.execPath, [MAIN, '--process.backend=magic'], {
    encoding: 'utf8',
  });
  assert.equal(status, 1);
  assert.match(stderr, /procfs, portable/);
});
