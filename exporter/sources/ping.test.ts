import assert from 'node:assert/strict';
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { createPingSource, type PingOptions } from './ping.ts';

const folder = mkdtempSync(join(tmpdir(), 'guard-ping-'));
after(() => rmSync(folder, { recursive: true }));

/** A stand-in for ping that runs some lines of shell. */
function fakePing(name: string, script: string): string {
  const path = join(folder, name);
  writeFileSync(path, `#!/bin/sh\n${script}\n`);
  chmodSync(path, 0o755);
  return path;
}

function record(options: Partial<PingOptions> = {}) {
  const seen: string[] = [];
  const waiting: { wanted: RegExp; count: number; resolve: () => void }[] = [];
  const note = (text: string) => {
    seen.push(text);
    for (const { wanted, count, resolve } of waiting) {
      if (seen.filter((entry) => wanted.test(entry)).length >= count) resolve();
    }
  };
  const source = createPingSource(
    { address: '127.0.0.1', intervalSeconds: 0.2, ...options },
    {
      started: () => note('started'),
      line: (text) => note(`line ${text}`),
      failure: (text) => note(`failure ${text}`),
      exited: () => note('exited'),
    },
  );
  const until = (wanted: RegExp, count = 1) =>
    new Promise<void>((resolve) => {
      waiting.push({ wanted, count, resolve });
      if (seen.filter((entry) => wanted.test(entry)).length >= count) resolve();
    });
  return { seen, source, until };
}

test('the real ping answers on loopback and stops for good', async () => {
  const { seen, source, until } = record();
  source.start();
  source.start();
  await until(/icmp_seq=2 .*time=/);
  await source.stop();
  assert.match(seen[1] ?? '', /^line PING 127\.0\.0\.1/);
  assert.equal(seen.filter((entry) => entry === 'started').length, 1);
  assert.ok(!seen.includes('exited'));
  await source.stop();
});

test('the arguments are a vector and the language is C', async () => {
  const command = fakePing('echo-arguments', 'echo "$LC_ALL $*"; exec sleep 30');
  const { seen, source, until } = record({ command, address: 'a;reboot $(id)' });
  source.start();
  await until(/^line/);
  await source.stop();
  assert.deepEqual(seen, ['started', 'line C -n -O -i 0.2 a;reboot $(id)']);
});

test('a child that dies is started again, later each time', async (t) => {
  const { seen, source, until } = record({
    command: fakePing('dies', 'echo "ping: no" >&2; exit 2'),
  });
  t.mock.timers.enable({ apis: ['setTimeout'] });
  source.start();
  await until(/exited/, 1);
  assert.deepEqual(seen, ['started', 'failure ping: no', 'exited']);
  let starts = 1;
  for (const backoffMs of [1_000, 2_000, 4_000, 8_000, 16_000, 32_000, 60_000, 60_000]) {
    t.mock.timers.tick(backoffMs - 1);
    assert.equal(seen.filter((entry) => entry === 'started').length, starts);
    t.mock.timers.tick(1);
    starts += 1;
    assert.equal(seen.filter((entry) => entry === 'started').length, starts);
    await until(/exited/, starts);
  }
  await source.stop();
  t.mock.timers.tick(600_000);
  assert.equal(seen.filter((entry) => entry === 'started').length, starts);
});

test('a missing executable is told and tried again', async (t) => {
  const { seen, source, until } = record({ command: join(folder, 'absent') });
  t.mock.timers.enable({ apis: ['setTimeout'] });
  source.start();
  await until(/exited/);
  assert.match(seen[1] ?? '', /^failure ENOENT: /);
  t.mock.timers.tick(1_000);
  await until(/exited/, 2);
  await source.stop();
});

test('a child that ignores SIGTERM is killed', async () => {
  const command = fakePing('stubborn', 'trap "" TERM; echo "$$"; while :; do sleep 0.1; done');
  const { seen, source, until } = record({ command });
  source.start();
  await until(/^line/);
  await source.stop();
  const pid = Number(seen[1]?.replace('line ', ''));
  assert.throws(() => process.kill(pid, 0), { code: 'ESRCH' });
});

test('the version of IP is an option', async () => {
  const command = fakePing('echo-version', 'echo "$*"; exec sleep 30');
  const { seen, source, until } = record({ command, address: 'localhost', ipVersion: 6 });
  source.start();
  await until(/^line/);
  await source.stop();
  assert.deepEqual(seen, ['started', 'line -n -O -6 -i 0.2 localhost']);
});

test('a child that is replaced makes room at once, also when it hangs', async () => {
  const command = fakePing('hangs', 'trap "" TERM; echo "pid $$"; while :; do sleep 0.1; done');
  const { seen, source, until } = record({ command });
  source.restart();
  source.start();
  await until(/pid/);
  source.restart();
  source.restart();
  await until(/pid/, 2);
  await source.stop();
  assert.deepEqual(
    seen.map((entry) => entry.replace(/\d+$/, '')),
    ['started', 'line pid ', 'started', 'line pid '],
  );
});
