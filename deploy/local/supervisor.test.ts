import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import type { ChildSpec } from './child.ts';
import { createSupervisor, type Supervisor } from './supervisor.ts';

const folder = mkdtempSync(join(tmpdir(), 'guard-supervisor-'));
const supervisors: Supervisor[] = [];
after(async () => {
  for (const supervisor of supervisors) await supervisor.stop();
  rmSync(folder, { recursive: true });
});

const FOREVER = 'setInterval(() => {}, 1000);';

function spec(name: string, source: string): ChildSpec {
  return {
    name,
    command: process.execPath,
    args: ['-e', source],
    readyUrl: `test:${name}`,
    logFile: join(folder, 'logs', `${name}.log`),
  };
}

function supervise(specs: readonly ChildSpec[], isReady = async (_url: string) => true) {
  const said: string[] = [];
  const supervisor = createSupervisor({
    specs,
    say: (text) => void said.push(text),
    isReady,
    readyTimeoutMs: 2_000,
  });
  supervisors.push(supervisor);
  return { supervisor, said, until: (want: RegExp) => until(() => said.some((t) => want.test(t))) };
}

async function until(condition: () => boolean): Promise<void> {
  for (let round = 0; round < 400 && !condition(); round += 1) {
    await new Promise((resolve) => setTimeout(resolve, 25));
  }
  assert.ok(condition(), `waited in vain for ${condition}`);
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return !/^State:\s+Z/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'));
  } catch {
    return false;
  }
}

test('ready means every server answers; the progress says who already does', async () => {
  const seen: string[] = [];
  let calls = 0;
  const { supervisor } = supervise([spec('quick', FOREVER), spec('slow', FOREVER)], async (url) => {
    calls += 1;
    return url === 'test:quick' || calls > 4;
  });
  await supervisor.start((progress) =>
    seen.push(progress.map(({ name, ready }) => `${name}=${ready}`).join(' ')),
  );
  assert.equal(seen[0], 'quick=true slow=false');
  assert.equal(seen.at(-1), 'quick=true slow=true');
  assert.equal(supervisor.pids().size, 2);
});

test('a dead server is started again, with reason and last words', async () => {
  const { supervisor, said, until: saidLike } = supervise([spec('server', FOREVER)]);
  await supervisor.start(() => {});
  const pid = supervisor.pids().get('server') ?? 0;
  process.kill(pid, 'SIGKILL');
  await saidLike(/^server ended by itself \(signal SIGKILL\) after [\d.]+ s; next start in 0\.5 s/);
  await until(() => (supervisor.pids().get('server') ?? pid) !== pid);
  assert.equal(said.length, 1);
});

test('who dies again and again before being ready is given up with the last words', async () => {
  const source = "console.error('cannot open the gate'); process.exit(3);";
  const { supervisor, said } = supervise([spec('doomed', source)], async () => false);
  await assert.rejects(
    startAndStop(supervisor),
    /^Error: doomed did not become ready in \d+ s: it .*\n(.|\n)*cannot open the gate/,
  );
  assert.match(said[0] ?? '', /doomed ended by itself \(exit code 3\).*\n {2}cannot open the gate/);
});

test('who runs but never answers is named with the URL; a program that is not there says so', async () => {
  const deaf = supervise([spec('deaf', FOREVER)], async () => false);
  await assert.rejects(
    startAndStop(deaf.supervisor),
    /deaf did not become ready in \d+ s: it runs, but test:deaf does not answer/,
  );
  const missing = supervise([{ ...spec('missing', ''), command: '/nonexistent/program' }]);
  void missing.supervisor.start(() => {}).catch(() => {});
  await missing.until(/\/nonexistent\/program/);
});

test('stop ends also who ignores TERM and what it started, and starts nothing again', async () => {
  const source = `
    process.on('SIGTERM', () => {});
    const { spawn } = require('node:child_process');
    const child = spawn(process.execPath, ['-e', "process.on('SIGTERM', () => {}); setInterval(() => {}, 1000)"], { stdio: 'ignore' });
    console.log('grandchild ' + child.pid);
    ${FOREVER}`;
  const stubborn = spec('stubborn', source);
  const { supervisor, said } = supervise([stubborn, spec('polite', FOREVER)]);
  await supervisor.start(() => {});
  const log = () => readFileSync(stubborn.logFile, 'utf8');
  await until(() => /grandchild \d+/.test(log()));
  const grandchild = Number(/grandchild (\d+)/.exec(log())?.[1]);
  const pids = [...supervisor.pids().values(), grandchild];
  const before = performance.now();
  await supervisor.stop();
  assert.ok(performance.now() - before < 5_000, 'the promised bound');
  await until(() => !pids.some(isAlive));
  assert.deepEqual(said, []);
  assert.equal(supervisor.pids().size, 0);
});

test('a supervisor that is killed the hard way leaves nothing behind', async () => {
  const file = join(folder, 'supervise.ts');
  const module = join(import.meta.dirname, 'supervisor.ts');
  const child = spec('orphan', FOREVER);
  writeFileSync(
    file,
    `import { createSupervisor } from ${JSON.stringify(module)};
     const supervisor = createSupervisor({ specs: [${JSON.stringify(child)}], say: () => {}, isReady: async () => true });
     await supervisor.start(() => {});
     console.log(supervisor.pids().get('orphan'));
     ${FOREVER}`,
  );
  const process_ = spawn(process.execPath, [file], { stdio: ['ignore', 'pipe', 'inherit'] });
  const pid = Number(await firstLine(process_));
  assert.ok(isAlive(pid));
  process_.kill('SIGKILL');
  await until(() => !isAlive(pid));
});

async function startAndStop(supervisor: Supervisor): Promise<void> {
  try {
    await supervisor.start(() => {});
  } finally {
    await supervisor.stop();
  }
}

function firstLine(child: ChildProcess): Promise<string> {
  return new Promise((resolve) =>
    child.stdout?.once('data', (chunk: Buffer) => resolve(chunk.toString())),
  );
}
