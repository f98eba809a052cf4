// The life of a process, in a process of its own: what signals do while it starts and while it runs.
import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { afterEach, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';

const MODULES = ['run.ts', 'log.ts'].map((file) =>
  JSON.stringify(`${import.meta.dirname}/${file}`),
);
const MAX_POLLS = 200;
const POLL_MS = 50;
const children: ChildProcess[] = [];
afterEach(() => {
  for (const child of children.splice(0)) child.kill('SIGKILL');
});

/** An app that says what is asked of it; `start` waits for a line on standard input when it is told to. */
function startApp(start: string): { child: ChildProcess; until: (words: string) => Promise<void> } {
  const script = `
    import { once } from 'node:events';
    import { run } from ${MODULES[0]};
    import { createLogger } from ${MODULES[1]};
    const timer = setInterval(() => {}, 1000);
    const log = createLogger({ name: 'app', level: 'error', format: 'json' });
    await run(() => ({
      async start() { console.log('starting'); ${start}; console.log('started'); },
      async stop() { console.log('stopped'); },
      async reload() { console.log('reloaded'); },
    }), log);
  `;
  const args = ['--input-type=module-typescript', '-e', script];
  const child = spawn(process.execPath, args, { stdio: ['pipe', 'pipe', 'pipe'] });
  children.push(child);
  let said = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (chunk: Buffer) => {
      said += chunk.toString();
    });
  }
  const until = async (words: string) => {
    for (let poll = 0; poll < MAX_POLLS && !said.includes(words); poll += 1) await sleep(POLL_MS);
    assert.ok(said.includes(words), `it said ${said}`);
  };
  return { child, until };
}

const exitOf = async (child: ChildProcess) => (await once(child, 'close')).slice(0, 2);

test('a signal stops it with success', async () => {
  for (const signal of ['SIGTERM', 'SIGINT'] as const) {
    const { child, until } = startApp('');
    await until('started');
    child.kill(signal);
    assert.deepEqual(await exitOf(child), [0, null]);
    await until('stopped');
  }
});

test('a signal during the start stops it as soon as it has started', async () => {
  const { child, until } = startApp("await once(process.stdin, 'data')");
  await until('starting');
  child.kill('SIGTERM');
  child.kill('SIGHUP');
  child.stdin?.write('go on\n');
  assert.deepEqual(await exitOf(child), [0, null]);
  await until('stopped');
});

test('SIGHUP reloads', async () => {
  const { child, until } = startApp('');
  await until('started');
  child.kill('SIGHUP');
  await until('reloaded');
});

test('what cannot start says why and exits with 1', async () => {
  const { child, until } = startApp("throw new Error('no port')");
  assert.deepEqual(await exitOf(child), [1, null]);
  await until('Cannot start: no port');
});
