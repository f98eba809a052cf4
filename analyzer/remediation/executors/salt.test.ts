// With a real Salt master, minion and salt-api on this machine.
import assert from 'node:assert/strict';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { createSaltExecutor } from './salt.ts';
import type { SaltConfig } from './salt-api.ts';
import { NO_SALT, type SaltServers, startSalt } from './salt-servers.contract.ts';

const STATES = {
  'note.sls': `{{ pillar['file'] }}:\n  file.managed:\n    - contents: "hello {{ pillar['word'] }}"\n`,
  'broken.sls':
    'fine:\n  test.succeed_without_changes: []\nbad:\n  test.fail_without_changes:\n    - comment: the disk said no\n',
  'slow.sls': `wait:\n  cmd.run:\n    - name: "touch {{ pillar['file'] }}; exec sleep 300"\n`,
};
const allowed = ['note', 'broken', 'slow', 'nosuch'];
const { signal } = new AbortController();
const skip = NO_SALT;
let servers: SaltServers;
let executor: ReturnType<typeof createSaltExecutor>;

before(async () => {
  if (skip !== false) return;
  servers = await startSalt(STATES);
  executor = createSaltExecutor({ allowed, config: servers.config });
  await warmUp();
});
after(() => servers?.stop());

const file = (name: string) => join(servers.folder, name);
const applying = (state: string, name = 'made', word = 'world') => ({
  id: `action-${name}`,
  host: 'web1',
  timeoutSeconds: 120,
  parameters: { state, pillar: { file: file(name), word } },
});
const short = ({ result, reason }: { result: string; reason: string }) => [result, reason];

/** A minion that has just been accepted does not listen yet. */
async function warmUp() {
  for (let tries = 0; tries < 20; tries += 1) {
    const action = { ...applying('note', 'never'), timeoutSeconds: 6 };
    if (await executor.plan(action, signal).catch(() => undefined)) return;
  }
  throw new Error('the minion never answers');
}

test('the dry run shows the change and changes nothing, the run changes it once', {
  skip,
}, async () => {
  const text = await executor.plan(applying('note'), signal);
  assert.match(text, /^Salt job \d{20} on web1: 1 states, 1 with changes, 0 failed$/m);
  assert.match(text, /^\[would change\] .*made \(file\.managed\)/m);
  assert.ok(!existsSync(file('made')));

  const first = await executor.run(applying('note'), signal);
  assert.deepEqual(short(first), ['done', 'done'], first.output);
  assert.equal(readFileSync(file('made'), 'utf8'), 'hello world\n');
  const second = await executor.run(applying('note'), signal);
  assert.deepEqual(short(second), ['done', 'unchanged'], second.output);

  const diff = await executor.plan(applying('note', 'made', 'moon'), signal);
  assert.match(diff, /^-hello world\n\+hello moon$/m);
  assert.equal(readFileSync(file('made'), 'utf8'), 'hello world\n');
});

test('one failing state fails the whole, with its comment', { skip }, async () => {
  const outcome = await executor.run(applying('broken'), signal);
  assert.deepEqual(short(outcome), ['permanent', 'state_failed']);
  assert.match(outcome.output, /2 states, 0 with changes, 1 failed/);
  assert.match(
    outcome.output,
    /^\[FAILED\] bad \(test\.fail_without_changes\): the disk said no$/m,
  );
  const missing = await executor.run(applying('nosuch'), signal);
  assert.deepEqual(short(missing), ['permanent', 'state_error']);
  assert.match(missing.output, /No matching sls found for 'nosuch'/);
});

test('a host that is no minion is a failure, and never more than one is asked', {
  skip,
}, async () => {
  const unknown = { ...applying('note'), host: 'web9' };
  const outcome = await executor.run(unknown, signal);
  assert.deepEqual(short(outcome), ['permanent', 'no_host_matched']);
  assert.match(outcome.output, /no minion for the target web9/);
  await assert.rejects(executor.plan(unknown, signal), { reason: 'no_host_matched' });
  for (const host of ['*', 'web*', 'web1,web2', '', '-v', 'web[12]', 'E@web1', 'a or b']) {
    const refused = await executor.run({ ...applying('note'), host }, signal);
    assert.deepEqual(short(refused), ['permanent', 'not_allowed'], host);
  }
  const mapped = { ...servers.config, minion: '{{host}}1' };
  const text = await createSaltExecutor({ allowed, config: mapped }).plan(
    { ...applying('note', 'mapped'), host: 'web' },
    signal,
  );
  assert.match(text, /on web1: 1 states/);
});

test('a run that takes too long is ended on the minion and may not be repeated', {
  skip,
}, async () => {
  const outcome = await executor.run({ ...applying('slow', 'late'), timeoutSeconds: 5 }, signal);
  assert.deepEqual(short(outcome), ['permanent', 'timeout'], outcome.output);
  assert.match(outcome.output, /Salt job \d{20} on web1: .*time-out of 5 s; the minion was asked/);
  await freeAgain();
});

test('a run can be cancelled, and while one works another may come later', { skip }, async () => {
  const cancel = new AbortController();
  const running = executor.run(applying('slow', 'begun'), cancel.signal);
  for (let tries = 0; tries < 600 && !existsSync(file('begun')); tries += 1) await sleep(100);
  const other = await executor.run(applying('note', 'other'), signal);
  assert.deepEqual(short(other), ['retryable', 'busy'], other.output);
  cancel.abort();
  assert.deepEqual(short(await running), ['permanent', 'aborted']);
  await freeAgain();
});

/** The minion holds a lock until the ended job is gone. */
async function freeAgain() {
  for (let tries = 0; tries < 60; tries += 1) {
    const { result } = await executor.run(applying('note', 'free'), signal);
    if (result === 'done') return;
    await sleep(500);
  }
  assert.fail('the job was not ended');
}

test('what came of a run is found again by the action, dry runs are not taken for it', {
  skip,
}, async () => {
  const lost = applying('note', 'lost');
  await executor.plan(lost, signal);
  const other = createSaltExecutor({ allowed, config: servers.config });
  assert.equal(await other.outcomeOf(lost, signal), undefined);
  await executor.run(lost, signal);
  const outcome = await other.outcomeOf(lost, signal);
  assert.deepEqual(outcome && short(outcome), ['done', 'done']);
});

test('wrong password, missing permission, unknown authority: refused with the reason', {
  skip,
}, async () => {
  const change = (part: Partial<SaltConfig>) =>
    createSaltExecutor({ allowed, config: { ...servers.config, ...part } });
  writeFileSync(file('wrong'), 'guess');
  const wrong = await change({ password_file: file('wrong') }).run(applying('note'), signal);
  assert.deepEqual(short(wrong), ['permanent', 'login_refused']);
  assert.match(wrong.output, /is .*wrong right\?/);
  const none = await change({ password_file: file('none') }).run(applying('note'), signal);
  assert.deepEqual(short(none), ['permanent', 'credentials']);
  const denied = await change({ username: 'reader' }).run(applying('note'), signal);
  assert.deepEqual(short(denied), ['permanent', 'not_authorized'], denied.output);
  const { ca_file: _, ...system } = servers.config;
  const unknown = createSaltExecutor({ allowed, config: system });
  assert.deepEqual(short(await unknown.run(applying('note'), signal)), ['permanent', 'tls']);
});

test('a restarted salt-api has forgotten the session: logged in again; one that is down may come back', {
  skip,
}, async () => {
  await executor.plan(applying('note', 'session'), signal);
  await servers.stopApi();
  const down = await executor.run(applying('note', 'session'), signal);
  assert.deepEqual(short(down), ['retryable', 'not_sent'], down.output);
  assert.match(down.output, /ECONNREFUSED/);
  await servers.startApi();
  const again = await executor.run(applying('note', 'session'), signal);
  assert.equal(again.result, 'done', again.output);
});

test('a minion that has gone returns nothing: the time-out says so', { skip }, async () => {
  await servers.stopMinion();
  await assert.rejects(executor.plan({ ...applying('note'), timeoutSeconds: 3 }, signal), {
    reason: 'timeout',
    message: /nothing returned before the time-out of 3 s/,
  });
});
