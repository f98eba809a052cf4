// Programs, cgroups and folders of a stage against the real kernel: what starts ends, whatever ends it.
import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, readlinkSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import type { FaultCase } from './case.ts';
import { CGROUP_ROOT, cgroupMissing, hierarchy } from './cgroup.ts';
import { readText } from './files.ts';
import { CASES } from './list.ts';
import { compile, launch, launchMissing } from './program.ts';
import { Stage } from './stage.ts';

const runFolder = mkdtempSync(join(tmpdir(), 'guard-stage-test-'));
const runId = `guard-faults-${process.pid}-test`;
const skip = launchMissing() ?? false;
const stageOf = (name: string) => new Stage({ name, runFolder, runId, seconds: 5 });

after(() => rmSync(runFolder, { recursive: true, force: true }));

test('our programs refuse to run without a bound, and say how they are used', { skip }, () => {
  const sources = readdirSync(join(import.meta.dirname, 'programs'));
  const names = sources.filter((name) => name.endsWith('.c')).map((name) => name.slice(0, -2));
  assert.ok(names.length >= 10);
  for (const name of names) {
    const file = compile(runFolder, name);
    const usage = spawnSync(file, [], { encoding: 'utf8', timeout: 5_000 });
    assert.equal(usage.status, 2, name);
    const count = usage.stderr.trim().split(' ').length - 2;
    assert.match(usage.stderr, new RegExp(`^usage: ${name} SECONDS`));
    for (const bound of ['0', '172801', 'forever']) {
      const args = [bound, ...Array.from({ length: count - 1 }, () => '1')];
      const { status, stderr } = spawnSync(file, args, { encoding: 'utf8', timeout: 5_000 });
      assert.equal(status, 2, `${name} ${args.join(' ')}`);
      assert.match(stderr, /expected a number from 1 to 172800/);
    }
  }
});

test('a program ends by itself when its time is over', { skip }, async () => {
  const program = launch({ command: compile(runFolder, 'sleepers'), args: ['1', '3'] });
  await program.done();
  assert.equal(program.isRunning(), false);
  assert.equal(program.problem(), undefined);
});

test('a program that cannot run is a problem of its stage', { skip }, async () => {
  const stage = stageOf('broken');
  stage.runOwn('open-files', ['not a number', 50]);
  const missing = stage.run({ command: '/nonexistent/program' });
  await missing.done().catch(() => {});
  await until(() => /expected a number/.test(stage.problem() ?? ''));
  await assert.rejects(missing.done(), /nonexistent/);
  await assert.rejects(missing.firstLine(), /before its first line/);
  await stage.end();
});

test('when we are killed, what we started dies', { skip }, async () => {
  const file = compile(runFolder, 'sleepers', 'orphan');
  const module = join(import.meta.dirname, 'program.ts');
  const source = `import { launch } from ${JSON.stringify(module)};
    launch({ command: ${JSON.stringify(file)}, args: ['60', '2'] });
    setInterval(() => {}, 1000);`;
  const parent = spawn(process.execPath, ['--input-type=module', '-e', source], {
    stdio: 'ignore',
  });
  await until(() => isRunning(file));
  parent.kill('SIGKILL');
  await until(() => !isRunning(file));
});

test('a stage ends last in, first out, and a failure keeps nothing from ending', async () => {
  const stage = stageOf('order');
  const order: number[] = [];
  for (const each of [1, 2, 3]) stage.onEnd(() => void order.push(each));
  stage.onEnd(() => {
    throw new Error('stuck');
  });
  await assert.rejects(stage.end(), /cannot tidy up: Error: stuck/);
  assert.deepEqual(order, [3, 2, 1]);
  assert.equal(existsSync(stage.folder), false);
  await stage.end();
});

test('a stage without the scene that a case wants is an error', async () => {
  const stage = stageOf('no-scene');
  const dependency = CASES.find(({ scene }) => scene !== undefined)!;
  await assert.rejects(dependency.start(stage), /was not set/);
  await stage.end();
});

test('a limited cgroup holds its program and is removed with it', {
  skip: skip || (cgroupMissing('cpu') ?? false),
}, async () => {
  const stage = stageOf('limited');
  const cgroups = stage.limit({ cpus: 0.5 });
  const folder = join(hierarchy('cpu')!.root, `${runId}-limited.service`);
  stage.runOwn('sleepers', [1], { cgroups });
  await until(() => readFileSync(join(folder, 'cgroup.procs'), 'utf8').trim() !== '');
  assert.match(
    readText(join(folder, 'cpu.max')) || readText(join(folder, 'cpu.cfs_quota_us')),
    /^50000\b/,
  );
  await stage.end();
  assert.equal(existsSync(folder), false);
});

/** Those that need no device, no mount, no large file and nothing installed. */
const isCheap = ({ name, scene, prepare }: FaultCase) =>
  scene === undefined && prepare === undefined && !['cpu-steal', 'download'].includes(name);

for (const fault of CASES.filter(isCheap)) {
  test(`${fault.name} starts, runs and leaves nothing behind`, {
    skip: fault.missing() ?? false,
  }, async () => {
    const stage = stageOf(fault.name);
    await fault.start(stage);
    await sleep(200);
    assert.equal(stage.problem(), undefined);
    assert.ok(pidsOf(runFolder).length + pidsOf(stage.folder).length > 0 || !isOwn(fault));
    await stage.end();
    await until(() => pidsOf(runFolder).length === 0);
    assert.equal(existsSync(stage.folder), false);
    const cgroups = readdirSync(CGROUP_ROOT).flatMap((each) => listOf(join(CGROUP_ROOT, each)));
    assert.deepEqual(
      cgroups.filter((each) => each.startsWith(runId)),
      [],
    );
  });
}

/** Whether the load is a program of programs/, which is compiled below the run's folder. */
function isOwn({ name }: FaultCase): boolean {
  return !['memory-leak-runtime', 'cpu-saturation-processes'].includes(name);
}

/** Processes whose command line names a path. */
function pidsOf(path: string): string[] {
  return readdirSync('/proc').filter(
    (pid) =>
      /^\d+$/.test(pid) &&
      Number(pid) !== process.pid &&
      readText(`/proc/${pid}/cmdline`).includes(path),
  );
}

function isRunning(file: string): boolean {
  return listOf('/proc').some((pid) => {
    try {
      return readlinkSync(`/proc/${pid}/exe`) === file;
    } catch {
      return false;
    }
  });
}

function listOf(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}

async function until(condition: () => boolean): Promise<void> {
  for (let round = 0; round < 500 && !condition(); round += 1) await sleep(20);
  assert.ok(condition());
}
