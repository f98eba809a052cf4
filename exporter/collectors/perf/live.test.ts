// The real perf: on a burner of our own whose hot function is known, and as a user who may not.
import assert from 'node:assert/strict';
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, type TestContext, test } from 'node:test';
import { NoDataError } from '../../sources/no-data.ts';
import { createPerfPids } from '../../sources/perf-pids.ts';
import { createPerfRecorder } from '../../sources/perf-record.ts';
import { createPerfStat } from '../../sources/perf-stat.ts';
import { perfConfigSchema } from './config.ts';
import { createPerfCounting } from './counting.ts';
import type { Profile } from './profile.ts';
import { createPerfProfiler } from './profiler.ts';

const NOBODY = 65_534;
const folder = mkdtempSync(join(tmpdir(), 'guard-perf-live-'));
const { signal } = new AbortController();
const children: ChildProcess[] = [];
let burner: string | undefined;

const BURNER = `
#include <stdint.h>
volatile uint64_t sink;
__attribute__((noinline)) void hot_of_guard_test(uint64_t n) { for (uint64_t i = 0; i < n; i++) sink += i * i; }
__attribute__((noinline)) void cold_of_guard_test(uint64_t n) { for (uint64_t i = 0; i < n; i++) sink ^= i; }
int main(void) { for (;;) { hot_of_guard_test(900000); cold_of_guard_test(50000); } }
`;

before(() => {
  chmodSync(folder, 0o755);
  const program = join(folder, 'guard-burner');
  writeFileSync(`${program}.c`, BURNER);
  const args = ['-O1', '-fno-omit-frame-pointer', '-o', program, `${program}.c`];
  if (spawnSync('cc', args).status === 0) burner = program;
});
after(() => {
  for (const child of children) child.kill('SIGKILL');
  rmSync(folder, { recursive: true });
});

function run(command: string, args: readonly string[], uid?: number): number {
  const options = { stdio: 'ignore' as const, ...(uid === undefined ? {} : { uid }) };
  const child = spawn(command, [...args], options);
  children.push(child);
  assert.ok(child.pid !== undefined, command);
  return child.pid;
}

/** perf as the given user. */
function perfOf(uid: number): string {
  const file = join(folder, `perf-${uid}`);
  writeFileSync(file, `#!/bin/sh\nexec setpriv --reuid=${uid} --clear-groups perf "$@"\n`);
  chmodSync(file, 0o755);
  return file;
}

/** The profile of one process, which is ended then, or the reason why there is none. */
async function profile(pid: number, command = 'perf'): Promise<Profile | NoDataError> {
  const profiler = createPerfProfiler({
    directory: { groupsByPid: async () => new Map([[pid, 'burner']]) },
    pids: createPerfPids('/proc'),
    recorder: createPerfRecorder(command),
  });
  const request = { groups: new Map([[pid, 'burner']]), seconds: 2, hertz: 199 };
  try {
    const found = (await profiler.record(request, signal)).get('burner');
    assert.ok(found !== undefined, 'a burner that is recorded has samples');
    return found;
  } catch (error) {
    if (error instanceof NoDataError) return error;
    throw error;
  } finally {
    children.find((child) => child.pid === pid)?.kill('SIGKILL');
  }
}

function skipWithout(t: TestContext, failure: NoDataError): void {
  assert.ok(['not_installed', 'permission_denied'].includes(failure.reason), failure.message);
  t.skip(failure.message);
}

test('the hot function of a C program has most of its samples', async (t) => {
  if (burner === undefined) return t.skip('no C compiler');
  const found = await profile(run(burner, []));
  if (found instanceof NoDataError) return skipWithout(t, found);
  const [first] = found.hotspots(5);
  assert.equal(first?.symbol, 'hot_of_guard_test');
  assert.equal(first?.object, 'guard-burner');
  assert.ok(first.ratio > 0.5, `${first.ratio}`);
  const stacks = [...found.stacks().keys()];
  assert.ok(
    stacks.some((stack) => /^guard-burner;.*hot_of_guard_test/.test(stack)),
    stacks[0],
  );
});

test('the hot function of a Node.js program has its name', async (t) => {
  const script = join(folder, 'hot.mjs');
  writeFileSync(
    script,
    'function hotOfGuardTest(n) { let s = 0; for (let i = 0; i < n; i++) s += Math.sqrt(i) * i; return s; }\nfor (;;) hotOfGuardTest(1e6);\n',
  );
  const pid = run(process.execPath, ['--perf-basic-prof', script]);
  after(() => rmSync(`/tmp/perf-${pid}.map`, { force: true }));
  await new Promise((resolve) => setTimeout(resolve, 1_000));
  const found = await profile(pid);
  if (found instanceof NoDataError) return skipWithout(t, found);
  const [first] = found.hotspots(5);
  assert.equal(first?.symbol, 'JS:hotOfGuardTest hot.mjs:1:24');
  assert.equal(first.object, '[jit]');
  assert.ok(first.ratio > 0.5, `${first.ratio}`);
});

test('a process that is not there any more is no profile of nothing', async () => {
  const child = spawn('true');
  await new Promise((resolve) => child.once('exit', resolve));
  const found = await profile(child.pid ?? 0);
  assert.ok(found instanceof NoDataError);
  assert.equal(found.reason, 'process_gone');
});

test('another user is refused the processes of root, or has samples', async (t) => {
  if (process.getuid?.() !== 0) return t.skip('needs root to become another user');
  if (burner === undefined) return t.skip('no C compiler');
  const found = await profile(run(burner, []), perfOf(NOBODY));
  if (found instanceof NoDataError && found.reason === 'not_installed')
    return t.skip(found.message);
  if (found instanceof NoDataError) {
    assert.equal(found.reason, 'permission_denied');
    assert.match(found.message, /CAP_PERFMON|perf_event_paranoid/);
  } else assert.ok(found.samples() > 0);
});

/** Waits for the first report or the first failure of perf stat. */
async function countOnce(command: string) {
  const heard = Promise.withResolvers<void>();
  const config = perfConfigSchema.parse({ stat: { interval: '200ms', hardware: true } }).stat;
  const counting = createPerfCounting(config, (options, listener) =>
    createPerfStat(
      { ...options, command },
      {
        line(text) {
          listener.line(text);
          if (text.includes('branch-misses')) heard.resolve();
        },
        exited(problem) {
          listener.exited(problem);
          heard.resolve();
        },
      },
    ),
  );
  counting.start();
  await heard.promise;
  await counting.stop();
  return counting;
}

test('the real perf stat counts, or says why not', async (t) => {
  const counting = await countOnce('perf');
  const problem = counting.problem();
  if (problem !== undefined) return skipWithout(t, problem);
  const [events, clock] = counting.families();
  const countOf = (event: string) =>
    events?.samples.find(({ labels }) => labels.event === event)?.value;
  assert.ok((countOf('context-switches') ?? 0) > 0);
  assert.ok(countOf('page-faults') !== undefined);
  assert.ok((clock?.samples[0]?.value ?? 0) > 0.1);
  assert.equal(countOf('cycles') === undefined, counting.unsupported().includes('cycles'));
});

test('perf stat of a user who may not is refused, never a counter of 0', async (t) => {
  if (process.getuid?.() !== 0) return t.skip('needs root to become another user');
  const counting = await countOnce(perfOf(NOBODY));
  const problem = counting.problem();
  const samples = counting.families().flatMap((family) => family.samples);
  if (problem === undefined) assert.ok(samples.some(({ value }) => value > 0));
  else {
    assert.ok(['permission_denied', 'not_installed'].includes(problem.reason), problem.message);
    assert.deepEqual(samples, []);
  }
});
