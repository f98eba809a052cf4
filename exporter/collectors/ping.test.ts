import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ConfigError } from '../../service/config.ts';
import type { PingListener } from '../sources/ping.ts';
import { fixtureHost, settingsOf } from './fixture-host.contract.ts';
import { createPingCollector } from './ping.ts';

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
    'ping: {targets: [10.0.0.1, {address: "fe80::1%eth0", name: router}]}',
  );
  assert.deepEqual(ping, {
    interval: 1,
    targets: [
      { address: '10.0.0.1', name: '10.0.0.1' },
      { address: 'fe80::1%eth0', name: 'router' },
    ],
  });
  assert.deepEqual(settingsOf().ping.targets, [{ address: '127.0.0.1', name: '127.0.0.1' }]);
});

test('a target that would be an option, a repeated name and a hasty interval are refused', () => {
  const check = (yaml: string, want: RegExp) => assert.match(problemsOf(yaml), want);
  check('ping: {targets: ["-f"]}', /targets\[0\]: expected a host name or an address/);
  check('ping: {targets: [{address: "-f"}]}', /targets\[0\]/);
  check('ping: {targets: ["a b"]}', /targets\[0\]/);
  check('ping: {targets: [{address: a, label: b}]}', /targets\[0\]/);
  check('ping: {targets: [a, {address: b, name: a}]}', /two targets have the same name/);
  check('ping: {interval: 100ms}', /out of range/);
  check(`ping: {targets: [${Array.from({ length: 65 }, (_, index) => `h${index}`)}]}`, /64/);
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

test('a child that gets no answer for long is replaced', () => {
  let listener: PingListener | undefined;
  let restarts = 0;
  createPingCollector(settingsOf().ping, (_options, given) => {
    listener = given;
    const restart = () => {
      restarts += 1;
    };
    return { start() {}, restart, async stop() {} };
  });
  listener?.started();
  listener?.line('64 bytes from 127.0.0.1: icmp_seq=1 ttl=64 time=0.1 ms');
  for (let sequence = 2; sequence <= 60; sequence += 1) {
    listener?.line(`no answer yet for icmp_seq=${sequence}`);
  }
  assert.equal(restarts, 0);
  listener?.line('no answer yet for icmp_seq=61');
  assert.equal(restarts, 1);
});
