import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { ConfigError } from '../../../service/config.ts';
import type { PingListener } from '../../sources/ping.ts';
import { fixtureHost, settingsOf } from '../fixture-host.contract.ts';
import { type CreatePingSource, createPingCollector } from './ping.ts';

const signal = new AbortController().signal;

function problemsOf(yaml: string): string {
  try {
    settingsOf(yaml);
  } catch (error) {
    assert.ok(error instanceof ConfigError);
    return error.message;
  }
  return 'valid';
}

test('targets are names or addresses, with a name if wanted', () => {
  const { ping } = settingsOf(
    'ping: {targets: [10.0.0.1, {address: "fe80::1%eth0", name: router, ip_version: 6}]}',
  );
  assert.deepEqual(ping, {
    interval: 1,
    resolve_interval: 300,
    targets: [
      { address: '10.0.0.1', name: '10.0.0.1', ipVersion: undefined },
      { address: 'fe80::1%eth0', name: 'router', ipVersion: 6 },
    ],
  });
  assert.deepEqual(settingsOf().ping.targets, [
    { address: '127.0.0.1', name: '127.0.0.1', ipVersion: undefined },
  ]);
});

test('a target that would be an option, a repeated name and a hasty interval are refused', () => {
  const check = (yaml: string, want: RegExp) => assert.match(problemsOf(yaml), want);
  check('ping: {targets: ["-f"]}', /targets\[0\]: expected a host name or an address/);
  check('ping: {targets: [{address: "-f"}]}', /targets\[0\]/);
  check('ping: {targets: ["a b"]}', /targets\[0\]/);
  check('ping: {targets: [{address: a, label: b}]}', /targets\[0\]/);
  check('ping: {targets: [a, {address: b, name: a}]}', /two targets have the same name/);
  check('ping: {targets: [{address: a, ip_version: 5}]}', /targets\[0\]: .*ip_version: 4 or 6/);
  check('ping: {interval: 100ms}', /out of range/);
  check('ping: {resolve_interval: 1s}', /out of range/);
  check(`ping: {targets: [${Array.from({ length: 201 }, (_, index) => `h${index}`)}]}`, /200/);
});

test('a target that cannot be resolved says so while the others go on', async () => {
  const { createPingSource } = fixtureHost();
  const { ping } = settingsOf('ping: {targets: [gateway, nowhere.invalid]}');
  const collector = createPingCollector(ping, createPingSource);
  collector.start?.();
  const families = await collector.collect(signal);
  const samplesOf = (name: string) =>
    families
      .find((family) => family.name === name)
      ?.samples.map(({ labels, value }) => [...Object.values(labels), value]);
  assert.deepEqual(samplesOf('guard_ping_sent_total'), [['gateway', 5]]);
  assert.deepEqual(samplesOf('guard_ping_received_total'), [['gateway', 4]]);
  assert.deepEqual(samplesOf('guard_ping_duplicates_total'), [['gateway', 1]]);
  assert.deepEqual(samplesOf('guard_ping_unavailable'), [['nowhere.invalid', 'not_resolved', 1]]);
});

test('without the ping tool, and without targets, there is no data', async () => {
  const collectorOf = (yaml: string) =>
    createPingCollector(settingsOf(yaml).ping, (_options, listener) => ({
      start() {
        listener.started();
        listener.failure('ENOENT: spawn ping ENOENT');
        listener.exited();
      },
      restart() {},
      async stop() {},
    }));
  const missing = collectorOf('');
  missing.start?.();
  await assert.rejects(missing.collect(signal), { reason: 'not_installed' });
  await assert.rejects(collectorOf('ping: {targets: []}').collect(signal), {
    reason: 'not_configured',
  });
});

/** A collector whose children do what the test says, on a clock of its own. */
function manual(t: TestContext, yaml: string) {
  t.mock.timers.enable({ apis: ['setTimeout', 'setInterval'] });
  let now = 1000;
  const log: string[] = [];
  const listeners = new Map<string, PingListener>();
  const createSource: CreatePingSource = ({ address }, listener) => {
    const note = (what: string) => log.push(`${what} ${address}`);
    listeners.set(address, listener);
    return {
      start() {
        note('start');
        listener.started();
      },
      restart() {
        note('restart');
        listener.started();
      },
      async stop() {
        note('stop');
      },
    };
  };
  const collector = createPingCollector(settingsOf(yaml).ping, createSource, { clock: () => now });
  collector.start?.();
  const say = (address: string, line: string) => listeners.get(address)?.line(line);
  const samples = async (name: string) =>
    (await collector.collect(signal)).find((family) => family.name === name)?.samples;
  return {
    collector,
    log,
    say,
    listeners,
    samples,
    answer: (address: string, sequence: number) =>
      say(address, `64 bytes from ${address}: icmp_seq=${sequence} ttl=64 time=0.1 ms`),
    /** Seconds pass in which every packet gets no answer. */
    loseFor(address: string, firstSequence: number, seconds: number) {
      for (let second = 0; second < seconds; second += 1) {
        now += 1;
        say(address, `no answer yet for icmp_seq=${firstSequence + second}`);
      }
    },
    /** Seconds pass, and the targets are checked once. */
    pass(seconds: number) {
      now += seconds;
      t.mock.timers.tick(5_000);
    },
  };
}

test('a child that gets no answer for a minute is replaced, and again after the next minute', (t) => {
  const { log, answer, loseFor, pass } = manual(t, 'ping: {targets: [192.0.2.1]}');
  const restarts = () => log.filter((entry) => entry === 'restart 192.0.2.1').length;
  answer('192.0.2.1', 1);
  loseFor('192.0.2.1', 2, 59);
  pass(0);
  assert.equal(restarts(), 0);
  loseFor('192.0.2.1', 61, 1);
  pass(0);
  pass(0);
  assert.equal(restarts(), 1);
  loseFor('192.0.2.1', 1, 60);
  pass(0);
  assert.equal(restarts(), 2);
});

test('a child that says nothing is replaced and its target is unavailable meanwhile', async (t) => {
  const { log, answer, pass, samples } = manual(t, 'ping: {targets: [192.0.2.1]}');
  answer('192.0.2.1', 1);
  pass(31);
  assert.deepEqual(log, ['start 192.0.2.1']);
  pass(1);
  assert.deepEqual(log, ['start 192.0.2.1', 'restart 192.0.2.1']);
  const reason = async () => (await samples('guard_ping_unavailable'))?.map(({ labels }) => labels);
  assert.deepEqual(await reason(), [{ target: '192.0.2.1', reason: 'no_output' }]);
  answer('192.0.2.1', 1);
  assert.deepEqual(await reason(), []);
  assert.equal((await samples('guard_ping_sent_total'))?.[0]?.value, 2);
});

test('names are resolved again on a schedule, addresses are not', async (t) => {
  const yaml = 'ping: {resolve_interval: 20s, targets: [host.test, 192.0.2.1, "fe80::1%eth0"]}';
  const { log, say, pass, samples } = manual(t, yaml);
  say('host.test', 'PING host.test (192.0.2.7) 56(84) bytes of data.');
  pass(19);
  assert.equal(log.length, 3);
  pass(1);
  assert.deepEqual(log.slice(3), ['restart host.test']);
  say('host.test', 'PING host.test (192.0.2.8) 56(84) bytes of data.');
  assert.deepEqual(
    (await samples('guard_ping_target_info'))?.map(({ labels }) => labels),
    [{ target: 'host.test', address: '192.0.2.8' }],
  );
});

test('when nothing answers, loopback tells whether ping itself works', async (t) => {
  const manually = manual(t, 'ping: {targets: [192.0.2.1, 192.0.2.2]}');
  const { log, answer, loseFor, pass, samples } = manually;
  const success = async () => (await samples('guard_ping_self_check_success'))?.[0]?.value;
  assert.equal(await success(), undefined);
  answer('192.0.2.1', 1);
  loseFor('192.0.2.2', 1, 5);
  pass(0);
  assert.equal(await success(), 1);
  assert.equal(log.length, 2);

  loseFor('192.0.2.1', 2, 5);
  pass(0);
  pass(0);
  assert.deepEqual(log.slice(2), ['start 127.0.0.1']);
  assert.equal(await success(), undefined);
  loseFor('127.0.0.1', 1, 5);
  assert.equal(await success(), 0);
  answer('127.0.0.1', 6);
  assert.equal(await success(), 1);

  answer('192.0.2.1', 8);
  pass(0);
  assert.deepEqual(log.slice(3), ['stop 127.0.0.1']);
  await manually.collector.stop?.();
});

test('many targets are started in batches, and none after a stop', async (t) => {
  const addresses = Array.from({ length: 20 }, (_, index) => `192.0.2.${index}`);
  const { collector, log } = manual(t, `ping: {targets: [${addresses}]}`);
  assert.equal(log.length, 8);
  t.mock.timers.tick(50);
  assert.equal(log.length, 16);
  await collector.stop?.();
  t.mock.timers.tick(1_000);
  assert.equal(log.filter((entry) => entry.startsWith('start')).length, 16);
});
