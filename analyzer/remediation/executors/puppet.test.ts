// With the real puppet of this machine: a manifest here and by ssh, an agent against a server that serves compiled catalogs.
// Bolt is not in Debian: a stand-in takes its documented command line and gives its documented exit codes.
import assert from 'node:assert/strict';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Executor, Outcome } from '../executor.ts';
import { createPuppetExecutor, puppetSchema } from './puppet.ts';
import {
  makePuppet,
  NO_PUPPET,
  type PuppetServer,
  startPuppetServer,
} from './puppet-server.contract.ts';
import { NO_SSHD, type SshServer, startSshServer } from './ssh-server.contract.ts';

const folder = mkdtempSync(join(tmpdir(), 'guard-puppet-'));
const file = (name: string) => join(folder, name);
const { signal } = new AbortController();
const skip = NO_PUPPET || NO_SSHD;
const short = ({ result, reason }: Outcome) => [result, reason];
const content = (text: string) => `file { '${file('made')}': content => "${text}\\n" }\n`;
let ssh: SshServer | undefined;
let puppetServer: PuppetServer | undefined;

before(async () => {
  if (skip !== false) return;
  ssh = await startSshServer(folder);
  mkdirSync(file('server'));
  puppetServer = await startPuppetServer(file('server'));
});
after(async () => {
  await ssh?.stop();
  puppetServer?.stop();
  rmSync(folder, { recursive: true });
});

const executorOf = (program: string, allowed: readonly string[], more: object = {}): Executor =>
  createPuppetExecutor({
    allowed,
    config: puppetSchema.parse({ program, ...more }),
    ssh: ssh?.config ?? {},
  });
const on = (host: string, parameters: Record<string, unknown>, timeoutSeconds = 120) => ({
  id: 'a1',
  host,
  timeoutSeconds,
  parameters,
});

test('a manifest: the dry run shows the difference and changes nothing, the run changes it once', {
  skip,
}, async () => {
  const manifest = file('fix.pp');
  const executor = executorOf(makePuppet(file('apply')), [`apply:${manifest}`]);
  writeFileSync(file('made'), 'other\n');
  writeFileSync(manifest, content('hello'));
  const action = on('web1', { mode: 'apply', manifest });
  const text = await executor.plan(action, signal);
  assert.match(text, /^-other\n\+hello$/m);
  assert.match(text, /\(noop\)/);
  assert.equal(readFileSync(file('made'), 'utf8'), 'other\n');
  const first = await executor.run(action, signal);
  assert.deepEqual(short(first), ['done', 'done'], first.output);
  assert.equal(readFileSync(file('made'), 'utf8'), 'hello\n');
  const here = await executor.run({ ...action, host: hostname() }, signal);
  assert.deepEqual(short(here), ['done', 'unchanged'], here.output);
});

test('a manifest that fails or does not compile is permanent, with what puppet says', {
  skip,
}, async () => {
  const executor = executorOf(makePuppet(file('broken')), [
    `apply:${file('fail.pp')}`,
    `apply:${file('syntax.pp')}`,
  ]);
  writeFileSync(file('fail.pp'), "exec { '/bin/false': }\n");
  writeFileSync(file('syntax.pp'), 'fil { x\n');
  const apply = (name: string) => on(hostname(), { mode: 'apply', manifest: file(name) });
  const failed = await executor.run(apply('fail.pp'), signal);
  assert.deepEqual(short(failed), ['permanent', 'resource_failed']);
  assert.match(failed.output, /exit code 4[\s\S]*returned 1 instead of one of \[0\]/);
  const syntax = await executor.run(apply('syntax.pp'), signal);
  assert.deepEqual(short(syntax), ['permanent', 'run_failed']);
  assert.match(syntax.output, /Syntax error/);
  await assert.rejects(executor.plan(apply('syntax.pp'), signal), { reason: 'run_failed' });
});

test('an agent by ssh: noop first, then its own catalog', { skip }, async () => {
  assert.ok(puppetServer);
  rmSync(file('made'), { force: true });
  puppetServer.setManifest(content('from the server'));
  const executor = executorOf(makePuppet(file('agent'), puppetServer.settings), ['agent']);
  const action = on('web1', { mode: 'agent' });
  assert.match(
    await executor.plan(action, signal),
    /current_value 'absent', should be 'file' \(noop\)/,
  );
  assert.ok(!existsSync(file('made')));
  const outcome = await executor.run(action, signal);
  assert.deepEqual(short(outcome), ['done', 'done'], outcome.output);
  assert.equal(readFileSync(file('made'), 'utf8'), 'from the server\n');
});

test('an agent that runs already is asked later, one that is disabled or set to noop is not run', {
  skip,
}, async () => {
  assert.ok(puppetServer);
  const settings = puppetServer.settings;
  const busy = executorOf(makePuppet(file('busy'), settings), ['agent']);
  puppetServer.setManifest(content('busy'));
  let release = () => {};
  puppetServer.hold(
    new Promise((resolve) => {
      release = resolve;
    }),
  );
  const action = on(hostname(), { mode: 'agent' });
  const first = busy.run(action, signal);
  const lock = file('busy/var/state/agent_catalog_run.lock');
  for (let tries = 0; tries < 1_200 && !existsSync(lock); tries += 1) await sleep(50);
  const second = await busy.run(action, signal);
  release();
  assert.deepEqual(short(second), ['retryable', 'busy'], second.output);
  assert.equal((await first).result, 'done');

  const disabled = executorOf(makePuppet(file('disabled'), settings), ['agent']);
  mkdirSync(file('disabled/var/state'), { recursive: true });
  const reason = JSON.stringify({ disabled_message: 'maintenance' });
  writeFileSync(file('disabled/var/state/agent_disabled.lock'), reason);
  const refused = await disabled.run(action, signal);
  assert.deepEqual(short(refused), ['permanent', 'disabled'], refused.output);

  puppetServer.setManifest(content('noop'));
  const noop = executorOf(makePuppet(file('noop'), [...settings, 'noop = true']), ['agent']);
  assert.deepEqual(short(await noop.run(action, signal)), ['permanent', 'noop']);
});

test('no server, no program, no time', { skip }, async () => {
  const settings = (puppetServer?.settings ?? []).map((line) =>
    line.startsWith('serverport') ? 'serverport = 1' : line,
  );
  const agent = on(hostname(), { mode: 'agent' });
  const lost = await executorOf(makePuppet(file('lost'), settings), ['agent']).run(agent, signal);
  assert.deepEqual(short(lost), ['retryable', 'unreachable'], lost.output);
  const none = await executorOf('/no/puppet', ['agent']).run(agent, signal);
  assert.deepEqual(short(none), ['permanent', 'not_installed']);
  writeFileSync(file('slow.pp'), "exec { '/bin/sleep 300': timeout => 0 }\n");
  const slow = on(hostname(), { mode: 'apply', manifest: file('slow.pp') }, 0.5);
  const executor = executorOf(makePuppet(file('slow')), [`apply:${file('slow.pp')}`]);
  assert.deepEqual(short(await executor.run(slow, signal)), ['permanent', 'timeout']);
  const cancel = new AbortController();
  const running = executor.run({ ...slow, timeoutSeconds: 60 }, cancel.signal);
  cancel.abort();
  assert.deepEqual(short(await running), ['permanent', 'aborted']);
});

test('what is not allowed is not run', async () => {
  const executor = executorOf('/no/puppet', ['agent:shop', 'apply:/etc/fix.pp']);
  const refused = [
    on('web1', { mode: 'agent' }),
    on('web1', { mode: 'agent', tag: 'web' }),
    on('web1', { mode: 'apply', manifest: '/etc/other.pp' }),
    on('-v', { mode: 'agent', tag: 'shop' }),
    on('web1;id', { mode: 'apply', manifest: '/etc/fix.pp' }),
    on('web1', { mode: 'bolt_task', task: 'package' }),
  ];
  for (const action of refused)
    assert.equal(
      (await executor.run(action, signal)).reason,
      'not_allowed',
      JSON.stringify(action),
    );
  const spaced = executorOf('/no/puppet', ['apply:/etc/a b.pp']);
  const outcome = await spaced.run(on('web1', { mode: 'apply', manifest: '/etc/a b.pp' }), signal);
  assert.match(outcome.output, /cannot go through ssh/);
});

test('parameters are strict, each mode has its own', () => {
  const executor = executorOf('puppet', []);
  assert.deepEqual(executor.check({ mode: 'agent' }), []);
  assert.deepEqual(executor.check({ mode: 'bolt_task', task: 'service', params: { n: 1 } }), []);
  const wrong = [
    {},
    { mode: 'agent', manifest: '/x' },
    { mode: 'agent', tag: 'a,b' },
    { mode: 'apply', manifest: 'fix.pp' },
    { mode: 'apply', manifest: '/{{group}}.pp' },
    { mode: 'bolt_task', task: '../x' },
    { mode: 'orchestrator' },
  ];
  for (const parameters of wrong)
    assert.equal(executor.check(parameters).length, 1, JSON.stringify(parameters));
});

/** Answers as Bolt 3 documents it; what it was called with goes to a file. */
const BOLT = `#!/bin/sh
printf '%s\\n' "$*" >>"\${0%/*}/calls"
case "$1 $4" in
  'inventory web1') echo '{"inventory":{"targets":["web1"],"count":1},"targets":["web1"],"count":1}' ;;
  'inventory all') echo '{"targets":["web1","web2"],"count":2}' ;;
  'inventory '*) echo 'not a target' >&2; exit 1 ;;
esac
case "$*" in
  *shop::fails*) echo 'Failed on 1 target: web1'; exit 2 ;;
  'task run'*|apply*) echo 'Successful on 1 target: web1' ;;
esac
`;

test('Bolt: a name that is not one target is refused before anything runs', async () => {
  mkdirSync(file('bolt'));
  writeFileSync(file('bolt/bolt'), BOLT, { mode: 0o755 });
  const executor = executorOf('puppet', ['bolt_task:service', 'bolt_task:shop::fails'], {
    bolt_program: file('bolt/bolt'),
    bolt_project: '/etc/bolt',
  });
  const task = (host: string, name = 'service') =>
    on(host, { mode: 'bolt_task', task: name, params: { name: '$(id) x', action: 'restart' } });
  assert.match(await executor.plan(task('web1'), signal), /Successful on 1 target/);
  assert.deepEqual(short(await executor.run(task('web1'), signal)), ['done', 'done']);
  const calls = readFileSync(file('bolt/calls'), 'utf8').trim().split('\n');
  const common = '--targets web1 --project /etc/bolt --no-color --log-level error';
  const run = `task run service --params {"name":"$(id) x","action":"restart"} ${common} --format human --verbose`;
  assert.deepEqual(calls, [
    `inventory show ${common} --format json`,
    `${run} --noop`,
    `inventory show ${common} --format json`,
    run,
  ]);
  for (const host of ['all', 'nobody'])
    assert.equal((await executor.run(task(host), signal)).reason, 'no_host_matched', host);
  const failed = await executor.run(task('web1', 'shop::fails'), signal);
  assert.deepEqual(short(failed), ['permanent', 'target_failed']);
});
