// Words that go through a shell on the other host: with real shells, and a real sshd on this machine.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import fc from 'fast-check';
import { runChild } from './child.ts';
import { commandOn, judgeStart, safe } from './ssh.ts';
import { NO_SSHD, type SshServer, startSshServer } from './ssh-server.contract.ts';

const SAFE = 'ABCXYZabcxyz0189_.:@/=%-';
const word = fc
  .array(fc.constantFrom(...SAFE), { minLength: 1, maxLength: 20 })
  .map((characters) => characters.join(''))
  .filter((text) => !/^[=%]/.test(text));
const { signal } = new AbortController();
const folder = mkdtempSync(join(tmpdir(), 'guard-ssh-'));
let server: SshServer | undefined;

before(async () => {
  if (NO_SSHD === false) server = await startSshServer(folder);
});
after(async () => {
  await server?.stop();
  rmSync(folder, { recursive: true });
});

test('a word that is let through means itself in every shell', () => {
  for (const shell of ['sh', 'bash']) {
    fc.assert(
      fc.property(fc.array(word, { minLength: 1, maxLength: 6 }), (words) => {
        const line = `printf '%s\\n' ${safe(['program', ...words])
          .slice(1)
          .join(' ')}`;
        const { stdout } = spawnSync(shell, ['-c', line], { encoding: 'utf8' });
        assert.deepEqual(stdout.split('\n').slice(0, -1), words);
      }),
      { numRuns: 60 },
    );
  }
});

test('a word with any other character is refused, wherever it stands', () => {
  const other = fc
    .string({ unit: 'binary', minLength: 1, maxLength: 1 })
    .filter((character) => !/^[A-Za-z0-9_.:@/=%-]$/.test(character));
  fc.assert(
    fc.property(word, other, word, (before, character, after) => {
      for (const bad of [character + after, before + character, before + character + after])
        assert.throws(() => safe(['program', bad]), { reason: 'not_allowed' });
    }),
  );
  const known = [
    '$(id)',
    '`id`',
    'a;b',
    'a b',
    'a\nb',
    '',
    '~root',
    '=ls',
    '%1',
    '%%',
    '*',
    '{a,b}',
    'a&',
    "'",
  ];
  for (const bad of known)
    assert.throws(() => safe(['program', bad]), /cannot go through ssh/, bad);
  assert.throws(() => safe(['PATH=/tmp', 'program']), { reason: 'not_allowed' });
  assert.throws(() => safe([]), { reason: 'not_allowed' });
});

test('this machine needs no ssh, and a host is one name', () => {
  assert.deepEqual(commandOn(hostname(), ['id', 'a b'], {}), {
    argv: ['id', 'a b'],
    remote: false,
  });
  const { argv } = commandOn('web1', ['id', '-u'], { config_file: '/etc/x' });
  assert.deepEqual(argv.slice(0, 5), ['ssh', '-n', '-T', '-F', '/etc/x']);
  assert.deepEqual(argv.slice(-4), ['--', 'web1', 'id', '-u']);
  for (const host of ['-oProxyCommand=id', 'root@web1', 'web1,web2', '*', '', 'web1;id', 'ssh://a'])
    assert.throws(() => commandOn(host, ['id'], {}), { reason: 'not_allowed' }, host);
});

const on = async (host: string, words: readonly string[], timeoutMs = 60_000) => {
  const command = commandOn(host, words, server?.config ?? {});
  const result = await runChild(command.argv, { timeoutMs, signal });
  return { result, early: judgeStart(result, command) };
};

test('a program runs over there and its exit code comes back', { skip: NO_SSHD }, async () => {
  const { result, early } = await on('web1', ['/bin/false']);
  assert.equal(early, undefined);
  assert.equal(result.status, 1);
  const words = await on('web1', ['/bin/echo', 'a=b', '--c', 'd:e@f', 'CPUQuota=50%']);
  assert.equal(words.result.output, 'a=b --c d:e@f CPUQuota=50%\n');
});

test('what went wrong before it could run is told apart', { skip: NO_SSHD }, async () => {
  const cases = [
    ['closed', 'retryable', 'unreachable'],
    ['no-such-host.invalid', 'retryable', 'unreachable'],
    ['stranger', 'permanent', 'ssh_refused'],
    ['unknown', 'permanent', 'ssh_refused'],
    ['keyless', 'permanent', 'ssh_refused'],
  ] as const;
  for (const [host, result, reason] of cases) {
    const { early } = await on(host, ['id']);
    assert.deepEqual([early?.result, early?.reason], [result, reason], `${host}: ${early?.output}`);
  }
  const missing = await on('web1', ['/no/such/program']);
  assert.deepEqual(missing.early?.reason, 'not_installed');
  const late = await on('web1', ['/bin/sleep', '60'], 2_000);
  assert.deepEqual([late.early?.result, late.early?.reason], ['permanent', 'timeout']);
  assert.match(late.early?.output ?? '', /over there it may go on/);
});
