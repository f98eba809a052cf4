import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fixtureHost, settingsOf } from './fixture-host.contract.ts';
import { createNetworkCollector, parseNetworkDevices } from './network.ts';

const HEAD = 'Inter-|   Receive\n face |bytes\n';
const signal = new AbortController().signal;
const { files } = fixtureHost();

async function valuesOf(name: string, yaml = ''): Promise<Record<string, number>> {
  const families = await createNetworkCollector(files, settingsOf(yaml).network).collect(signal);
  const family = families.find((candidate) => candidate.name === name);
  return Object.fromEntries(
    family?.samples.map(({ labels, value }) => [labels.device, value]) ?? [],
  );
}

test('the number may touch the name, and the name may have a colon', () => {
  const devices = parseNetworkDevices(
    `${HEAD}eth0:411 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16\neth0:1: 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16\n`,
  );
  assert.deepEqual(
    devices.map(({ device, counters }) => [device, counters[0], counters[15]]),
    [
      ['eth0', 411, 16],
      ['eth0:1', 1, 16],
    ],
  );
});

test('a broken line is refused', () => {
  assert.throws(() => parseNetworkDevices(`${HEAD}eth0: 1 2 3\n`), /Cannot parse \/proc\/net\/dev/);
  assert.throws(() => parseNetworkDevices(`${HEAD}no colon\n`), /Cannot parse/);
});

test('received and sent come from their own columns', async () => {
  assert.equal((await valuesOf('guard_network_received_bytes_total')).eth0, 411_132_073);
  assert.equal((await valuesOf('guard_network_transmitted_drops_total')).eth0, 4);
});

test('loopback and veth are ignored until configured otherwise', async () => {
  const name = 'guard_network_received_bytes_total';
  assert.deepEqual(Object.keys(await valuesOf(name)), ['eth0', 'eth1', 'tun0']);
  const all = await valuesOf(name, "network: {ignored_devices: ''}");
  assert.deepEqual(Object.keys(all), ['lo', 'eth0', 'eth1', 'tun0', 'veth1a2b']);
});

test('a speed that the kernel does not know or a tunnel makes up is absent', async () => {
  assert.deepEqual(await valuesOf('guard_network_speed_bytes'), { eth0: 125_000_000 });
});

test('when every device is ignored there is no data', async () => {
  await assert.rejects(valuesOf('', "network: {ignored_devices: '.*'}"), { reason: 'no_devices' });
});
