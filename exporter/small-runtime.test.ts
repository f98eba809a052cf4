// A real process that replaces itself: a copy of small-runtime.ts with a program of a few lines, in a folder of its own.
import assert from 'node:assert/strict';
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import {
  chmodSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, afterEach, test } from 'node:test';

const NOBODY = 65534;
const noExec = process.execve === undefined ? 'this platform cannot replace a process' : false;
/** Says who it is; then ends with the code that it is given, or stays. */
const PROGRAM = `
  export async function run(): Promise<void> {
    const { pid, execArgv, argv } = process;
    const code = argv.find((text) => text.startsWith('--exit='))?.slice(7);
    if (code !== undefined) process.exitCode = Number(code);
    else setInterval(() => {}, 1000);
    if (argv.includes('--polite')) process.once('SIGTERM', () => process.exit(42));
    if (argv.includes('--later')) await import('./later.ts');
    console.log(JSON.stringify({ pid, execArgv, script: argv[1], args: argv.slice(2), marker: process.env.MARKER,
      compiled: process.moduleLoadList.some((name) => name.includes('amaro')), cache: process.env.NODE_COMPILE_CACHE,
      arenas: process.env.MALLOC_ARENA_MAX }));
  }
`;
/** What the program loads when it is asked to. */
const LATER = 'export const late: boolean = true;';
const MAIN = `
  import { runSmall } from './small-runtime.ts';
  if (process.argv.includes('--loud')) console.error('stage of ' + process.pid);
  await runSmall({
    script: import.meta.filename,
    load: () => import('./program.ts'),
    loadLater: () => import('./later.ts'),
    run: ({ run }) => run(),
  });
`;

interface Said {
  readonly pid: number;
  readonly execArgv: readonly string[];
  readonly script: string;
  readonly args: readonly string[];
  readonly marker?: string;
  /** Whether the TypeScript compiler of Node.js was loaded. */
  readonly compiled: boolean;
  readonly cache?: string;
  readonly arenas?: string;
}

const folders: string[] = [];
const children: ChildProcess[] = [];
afterEach(() => {
  for (const child of children.splice(0)) child.kill('SIGKILL');
});
after(() => {
  for (const folder of folders) rmSync(folder, { recursive: true });
});

/** The layout of the repository as far as small-runtime.ts knows it: exporter/, and data/ beside it. */
function createTree(): { root: string; main: string } {
  const root = mkdtempSync(join(tmpdir(), 'guard-small-'));
  folders.push(root);
  chmodSync(root, 0o755);
  const folder = join(root, 'exporter');
  mkdirSync(folder);
  writeFileSync(join(root, 'package.json'), '{"type":"module"}');
  copyFileSync(join(import.meta.dirname, 'small-runtime.ts'), join(folder, 'small-runtime.ts'));
  writeFileSync(join(folder, 'program.ts'), PROGRAM);
  writeFileSync(join(folder, 'later.ts'), LATER);
  writeFileSync(join(folder, 'main.ts'), MAIN);
  return { root, main: join(folder, 'main.ts') };
}

function start(args: readonly string[]): ChildProcess {
  const env = { ...process.env, MARKER: 'kept', NODE_OPTIONS: '' };
  delete (env as NodeJS.ProcessEnv).NODE_TEST_CONTEXT;
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'pipe'], env });
  children.push(child);
  return child;
}

async function firstWords(child: ChildProcess): Promise<Said> {
  let text = '';
  child.stdout?.on('data', (chunk: Buffer) => {
    text += chunk.toString();
  });
  while (!text.includes('\n')) {
    const [how] = await Promise.race([once(child.stdout!, 'data'), once(child, 'exit')]);
    assert.ok(Buffer.isBuffer(how), `it ended with ${how} before it said anything`);
  }
  return JSON.parse(text) as Said;
}

/** How often the file was run in the life of a process, told by itself. */
async function stagesOf(child: ChildProcess): Promise<string[]> {
  let text = '';
  child.stderr?.on('data', (chunk: Buffer) => {
    text += chunk.toString();
  });
  await once(child, 'close');
  return text.split('\n').filter((line) => line !== '');
}

test('the last stage has the pid, arguments, flags and environment of the first, and a flag more', {
  skip: noExec,
}, async () => {
  const { main } = createTree();
  const child = start(['--stack-trace-limit=7', main, '--a', 'b c', '']);
  const said = await firstWords(child);
  assert.equal(said.pid, child.pid);
  assert.deepEqual([said.script, ...said.args], [main, '--a', 'b c', '']);
  assert.ok(said.execArgv.includes('--stack-trace-limit=7'));
  assert.ok(
    said.execArgv.some((flag) => flag.startsWith('--max-semi-space-size=')),
    `${said.execArgv}`,
  );
  assert.equal(said.marker, 'kept');
});

test('there are three stages, not four, and the exit code is that of the program', {
  skip: noExec,
}, async () => {
  const { main } = createTree();
  const child = start([main, '--loud', '--exit=7']);
  const stages = await stagesOf(child);
  assert.deepEqual(stages, new Array(3).fill(`stage of ${child.pid}`));
  assert.equal(child.exitCode, 7);
});

test('the cache is filled for the last stage, which no TypeScript compiler is loaded for', () => {
  const { root, main } = createTree();
  const { stdout } = spawnSync(process.execPath, [main, '--exit=0'], { encoding: 'utf8' });
  const cache = join(root, 'data/compile-cache');
  assert.ok(existsSync(cache));
  assert.ok(readdirSync(cache, { recursive: true }).length > 1);
  const said = JSON.parse(stdout) as Said;
  assert.equal(said.compiled, noExec !== false);
  assert.equal(said.cache, undefined, 'children of the program do not inherit the cache');
  assert.equal(said.arenas, undefined, 'nor the limit of arenas');
});

test('what the program loads later is in the cache too', { skip: noExec }, () => {
  const { main } = createTree();
  const { stdout } = spawnSync(process.execPath, [main, '--later', '--exit=0'], {
    encoding: 'utf8',
  });
  assert.equal((JSON.parse(stdout) as Said).compiled, false);
});

test('a cache folder that cannot be made does not prevent the start', async () => {
  const { root, main } = createTree();
  writeFileSync(join(root, 'data'), 'a file where the folder would be');
  const child = start([main, '--exit=5']);
  assert.equal((await firstWords(child)).pid, child.pid);
  if (child.exitCode === null) await once(child, 'exit');
  assert.equal(child.exitCode, 5);
});

const asNobody = ['--reuid', `${NOBODY}`, '--regid', `${NOBODY}`, '--clear-groups', '--'];
const mayRun = spawnSync('setpriv', [...asNobody, process.execPath, '-e', '']);
const skipUnprivileged =
  mayRun.status === 0 ? false : `node cannot be run as another user: ${mayRun.stderr}`;

test('nor does one that may not be written', { skip: skipUnprivileged }, () => {
  const { root, main } = createTree();
  mkdirSync(join(root, 'data/compile-cache'), { recursive: true });
  const { status, stdout, stderr } = spawnSync(
    'setpriv',
    [...asNobody, process.execPath, main, '--exit=3'],
    { encoding: 'utf8', env: { PATH: process.env.PATH } },
  );
  assert.deepEqual([status, stderr], [3, '']);
  assert.equal((JSON.parse(stdout) as Said).script, main);
  assert.deepEqual(readdirSync(join(root, 'data/compile-cache')), []);
});

for (const flag of ['--inspect=127.0.0.1:0', '--cpu-prof', '--heap-prof']) {
  test(`with ${flag} it stays in the first stage`, async () => {
    const { root, main } = createTree();
    const extra = flag.endsWith('-prof') ? [`${flag}-dir=${root}`] : [];
    const child = start([flag, ...extra, main, '--loud', '--exit=0']);
    const stages = (await stagesOf(child)).filter((line) => line.startsWith('stage'));
    assert.deepEqual(stages, [`stage of ${child.pid}`]);
    assert.equal(child.exitCode, 0);
  });
}

test('a signal ends it, and the program may answer it', async () => {
  const { main } = createTree();
  for (const [args, want] of [
    [['--polite'], [42, null]],
    [[], [null, 'SIGTERM']],
  ] as const) {
    const child = start([main, ...args]);
    await firstWords(child);
    const ended = once(child, 'exit');
    child.kill('SIGTERM');
    assert.deepEqual(await ended, want);
  }
});

test('what the program lacks is its own error and exit code', () => {
  const { root, main } = createTree();
  rmSync(join(root, 'exporter/program.ts'));
  const { status, stderr } = spawnSync(process.execPath, [main], { encoding: 'utf8' });
  assert.equal(status, 1);
  assert.match(stderr, /program\.ts/);
});
