import assert from 'node:assert/strict';
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import type { NoDataError } from './no-data.ts';
import { createPerfStat } from './perf-stat.ts';

const folder = mkdtempSync(join(tmpdir(), 'guard-perf-stat-'));
after(() => rmSync(folder, { recursive: true }));

/** A program that stands for perf. */
function stand(name: string, script: string): string {
  const file = join(folder, name);
  writeFileSync(file, `#!/bin/sh\n${script}\n`);
  chmodSync(file, 0o755);
  return file;
}

interface Heard {
  readonly lines: string[];
  readonly problems: NoDataError[];
}

/** Listens until `enough` says so. */
async function listen(command: string, enough: (heard: Heard) => boolean): Promise<Heard> {
  const heard: Heard = { lines: [], problems: [] };
  const { promise, resolve } = Promise.withResolvers<void>();
  const look = (_heard: unknown) => enough(heard) && resolve();
  const stat = createPerfStat(
    { command, events: ['context-switches', 'page-faults'], intervalMs: 500 },
    {
      line: (text) => look(void heard.lines.push(text)),
      exited: (problem) => look(void heard.problems.push(problem)),
    },
  );
  stat.start();
  stat.start();
  await promise;
  await stat.stop();
  return heard;
}

test('one child counts on all CPUs and hands over its lines', async () => {
  const command = stand('echo-args', 'echo "$@"; exec sleep 60');
  const { lines, problems } = await listen(command, (heard) => heard.lines.length > 0);
  assert.deepEqual(lines, ['stat -a -I 500 -x , --log-fd 1 -e context-switches,page-faults']);
  assert.deepEqual(problems, []);
});

test('it speaks English and reads no configuration of the user', async () => {
  const command = stand('echo-env', 'echo "$LC_ALL $PERF_CONFIG $HOME"; exec sleep 60');
  process.env.HOME ??= '/root';
  const { lines } = await listen(command, (heard) => heard.lines.length > 0);
  assert.deepEqual(lines, ['C /dev/null ']);
});

test('a child that dies is replaced, and why it died is told each time', async () => {
  const log = join(folder, 'starts');
  const command = stand(
    'dies',
    `echo started >> ${log}; echo report; echo 'Permission denied' >&2; exit 1`,
  );
  const heard = await listen(command, ({ problems }) => problems.length === 2);
  assert.deepEqual(heard.lines, ['report', 'report']);
  assert.deepEqual(
    heard.problems.map(({ reason }) => reason),
    ['permission_denied', 'permission_denied'],
  );
  assert.equal(readFileSync(log, 'utf8'), 'started\nstarted\n');
});

test('a missing perf is told, and one that ignores SIGTERM is ended', async () => {
  const { problems } = await listen(join(folder, 'nothing'), (heard) => heard.problems.length > 0);
  assert.equal(problems[0]?.reason, 'not_installed');
  const stubborn = stand('stubborn', `trap '' TERM; echo $$; while :; do sleep 0.2; done`);
  const { lines } = await listen(stubborn, (heard) => heard.lines.length > 0);
  assert.throws(() => process.kill(Number(lines[0]), 0), { code: 'ESRCH' });
});
