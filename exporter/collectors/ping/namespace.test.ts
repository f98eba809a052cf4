// The real ping across a cable that is pulled and plugged in again: two network namespaces of our own, for root only.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { createPingSource } from '../../sources/ping.ts';
import { settingsOf } from '../fixture-host.contract.ts';
import { createPingCollector } from './ping.ts';

const MAX_TRIES = 1_000;
const TRY_EVERY_MS = 20;
const signal = new AbortController().signal;
const NEAR = `guard-near-${process.pid}`;
const FAR = `guard-far-${process.pid}`;
const ip = (...words: string[]) =>
  execFileSync('ip', words, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] });

/** Why namespaces cannot be made here; undefined when they can. */
function whyNot(): string | undefined {
  if (process.getuid?.() !== 0) return 'only root may make network namespaces';
  try {
    ip('netns', 'add', NEAR);
    ip('netns', 'delete', NEAR);
    return undefined;
  } catch (error) {
    return `network namespaces do not work here: ${(error as Error).message}`;
  }
}

/** `near` and `far` joined by a virtual cable, with 192.0.2.1 and .2, 2001:db8::1 and ::2. */
function plugTogether(t: TestContext): void {
  t.after(() => {
    for (const space of [NEAR, FAR]) ip('netns', 'delete', space);
    rmSync(`/etc/netns/${NEAR}`, { recursive: true, force: true });
  });
  for (const space of [NEAR, FAR]) ip('netns', 'add', space);
  ip('-n', NEAR, 'link', 'add', 'near', 'type', 'veth', 'peer', 'name', 'far', 'netns', FAR);
  const ends = [
    [NEAR, 'near', '1'],
    [FAR, 'far', '2'],
  ] as const;
  for (const [space, device, number] of ends) {
    ip('-n', space, 'link', 'set', 'lo', 'up');
    ip('-n', space, 'address', 'add', `192.0.2.${number}/24`, 'dev', device);
    ip('-n', space, 'address', 'add', `2001:db8::${number}/64`, 'dev', device, 'nodad');
    ip('-n', space, 'link', 'set', device, 'up');
  }
  ip('-n', FAR, 'address', 'add', '192.0.2.3/24', 'dev', 'far');
}

/** What /etc/hosts says inside of `near`. */
function writeHosts(text: string): void {
  mkdirSync(`/etc/netns/${NEAR}`, { recursive: true });
  writeFileSync(`/etc/netns/${NEAR}/hosts`, text);
}

function startPinging(t: TestContext, targets: string, clock?: () => number) {
  const folder = mkdtempSync(join(tmpdir(), 'guard-ping-'));
  const command = join(folder, 'ping');
  writeFileSync(command, `#!/bin/sh\nexec ip netns exec ${NEAR} ping "$@"\n`);
  chmodSync(command, 0o755);
  const collector = createPingCollector(
    settingsOf(`ping: {interval: 200ms, targets: ${targets}}`).ping,
    (options, listener) => createPingSource({ ...options, command }, listener),
    { checkIntervalMs: 50, ...(clock === undefined ? {} : { clock }) },
  );
  t.after(async () => {
    await collector.stop?.();
    rmSync(folder, { recursive: true });
  });
  collector.start?.();
  const sample = async (name: string, target?: string) => {
    const families = await collector.collect(signal);
    const samples = families.find((family) => family.name === name)?.samples ?? [];
    return samples.find(({ labels }) => target === undefined || labels.target === target);
  };
  const value = async (name: string, target?: string) => (await sample(name, target))?.value ?? 0;
  const lost = async (target: string) =>
    (await value('guard_ping_sent_total', target)) -
    (await value('guard_ping_received_total', target));
  /** Answers of this target beyond those that it has now. */
  const answers = async (target: string) => {
    const before = await value('guard_ping_received_total', target);
    await until(async () => (await value('guard_ping_received_total', target)) >= before + 3);
  };
  return { sample, value, lost, answers };
}

/** Bounded, since a test that runs out of time does not end what it waits for. */
async function until(condition: () => Promise<boolean>): Promise<void> {
  for (let tries = 0; tries < MAX_TRIES; tries += 1) {
    if (await condition()) return;
    await sleep(TRY_EVERY_MS);
  }
  assert.fail(`not so within ${(MAX_TRIES * TRY_EVERY_MS) / 1000} s: ${condition}`);
}

const skip = whyNot() ?? false;

test('a lost target comes back without a restart, by IPv4 and IPv6', {
  skip,
  timeout: 120_000,
}, async (t) => {
  plugTogether(t);
  const targets = '[192.0.2.2, {address: "2001:db8::2", name: six, ip_version: 6}]';
  const { value, lost, answers } = startPinging(t, targets);
  for (const target of ['192.0.2.2', 'six']) await answers(target);
  const lostBefore = await lost('192.0.2.2');

  ip('-n', FAR, 'link', 'set', 'far', 'down');
  await until(async () => (await lost('192.0.2.2')) >= lostBefore + 8 && (await lost('six')) >= 8);
  await until(async () => (await value('guard_ping_self_check_success')) === 1);

  ip('-n', FAR, 'link', 'set', 'far', 'up');
  ip('-n', FAR, 'address', 'replace', '2001:db8::2/64', 'dev', 'far', 'nodad');
  for (const target of ['192.0.2.2', 'six']) await answers(target);
  const lostAfter = await lost('192.0.2.2');
  await answers('192.0.2.2');
  assert.equal(await lost('192.0.2.2'), lostAfter, 'what is answered is no loss any more');
});

test('ping dies, cannot start without a network, and goes on counting with it', {
  skip,
  timeout: 120_000,
}, async (t) => {
  plugTogether(t);
  const { value, answers, sample } = startPinging(t, '[192.0.2.2]');
  const reason = async () => (await sample('guard_ping_unavailable'))?.labels.reason;
  await answers('192.0.2.2');
  const sent = await value('guard_ping_sent_total', '192.0.2.2');
  ip('-n', NEAR, 'link', 'set', 'near', 'down');
  for (const pid of ip('netns', 'pids', NEAR).trim().split('\n')) {
    process.kill(Number(pid), 'SIGKILL');
  }
  await until(async () => (await reason()) === 'ping_exited');
  await until(async () => (await reason()) === 'network_unreachable');
  assert.ok((await value('guard_ping_errors_total')) >= 1);

  ip('-n', NEAR, 'link', 'set', 'near', 'up');
  await answers('192.0.2.2');
  assert.equal(await reason(), undefined);
  assert.ok((await value('guard_ping_sent_total', '192.0.2.2')) > sent);
});

test('when not even loopback answers, ping itself is what fails', {
  skip,
  timeout: 120_000,
}, async (t) => {
  plugTogether(t);
  const { answers, sample } = startPinging(t, '[192.0.2.2]');
  await answers('192.0.2.2');
  for (const device of ['lo', 'near']) ip('-n', NEAR, 'link', 'set', device, 'down');
  await until(async () => (await sample('guard_ping_self_check_success'))?.value === 0);
  for (const device of ['lo', 'near']) ip('-n', NEAR, 'link', 'set', device, 'up');
  await until(async () => (await sample('guard_ping_self_check_success'))?.value === 1);
});

test('a name that moves is followed', { skip, timeout: 120_000 }, async (t) => {
  plugTogether(t);
  writeHosts('192.0.2.2 moving.test\n');
  let now = 0;
  const { answers, sample, lost } = startPinging(t, '[moving.test]', () => now);
  const address = async () => (await sample('guard_ping_target_info'))?.labels.address;
  await answers('moving.test');
  assert.equal(await address(), '192.0.2.2');
  writeHosts('192.0.2.3 moving.test\n');
  now = 300;
  await until(async () => (await address()) === '192.0.2.3');
  await answers('moving.test');
  assert.equal(await lost('moving.test'), 0, 'to replace the child loses nothing');
});
