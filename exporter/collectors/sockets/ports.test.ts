import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type DumpedSocket, dumpOf } from './dump.contract.ts';
import { parseSocketDump } from './parse.ts';
import { tallyAcceptQueues, tallyPorts } from './ports.ts';

const LISTEN = 10;
const tally = (sockets: readonly DumpedSocket[], maxPorts?: number) =>
  tallyPorts(parseSocketDump(dumpOf(sockets)).sockets, maxPorts);

test('connections are counted per listening port and state', () => {
  const { ports, dropped } = tally([
    { localPort: 80, state: 1 },
    { localPort: 80, state: LISTEN, receiveQueue: 3, sendQueue: 128 },
    { localPort: 80, state: 1 },
    { localPort: 80, state: 8 },
    { localPort: 40_000, remotePort: 80, state: 1 },
  ]);
  assert.equal(dropped, 0);
  assert.equal(ports.length, 1);
  const [port] = ports;
  assert.deepEqual([port?.port, port?.queueLength, port?.queueLimit], [80, 3, 128]);
  assert.deepEqual(Object.fromEntries(port?.connections ?? []), { established: 2, close_wait: 1 });
});

test('the queues of several sockets on one port are added', () => {
  const { ports } = tally([
    { localPort: 80, state: LISTEN, receiveQueue: 3, sendQueue: 128 },
    { localPort: 80, state: LISTEN, receiveQueue: 4, sendQueue: 128, family: 10 },
  ]);
  assert.deepEqual([ports[0]?.queueLength, ports[0]?.queueLimit], [7, 256]);
});

test('a port without connections says 0 established', () => {
  const { ports } = tally([{ localPort: 80, state: LISTEN }]);
  assert.deepEqual([...(ports[0]?.connections ?? [])], [['established', 0]]);
});

test('of too many ports the busiest are kept, and the others counted', () => {
  const listeners = Array.from({ length: 7 }, (_, index) => ({
    localPort: 1000 + index,
    state: LISTEN,
  }));
  const busy = [1006, 1006, 1004].map((localPort) => ({ localPort }));
  const { ports, dropped } = tally([...listeners, ...busy], 3);
  assert.deepEqual(
    ports.map(({ port }) => port),
    [1006, 1004, 1000],
  );
  assert.equal(dropped, 4);
});

test('nobody listens: no ports', () => {
  assert.deepEqual(tally([{ localPort: 80 }]), { ports: [], dropped: 0 });
});

test('the fullest accept queue of a group counts, of sockets whose owner is known', () => {
  const { sockets } = parseSocketDump(
    dumpOf([
      { localPort: 80, state: LISTEN, receiveQueue: 4, sendQueue: 16 },
      { localPort: 81, state: LISTEN, receiveQueue: 17, sendQueue: 16 },
      { localPort: 82, state: LISTEN, receiveQueue: 9, sendQueue: 10 },
      { localPort: 83, state: LISTEN, receiveQueue: 0, sendQueue: 0 },
      { localPort: 80, state: 1, receiveQueue: 900, sendQueue: 10 },
    ]),
  );
  const owners = new Map([
    [80, 'web'],
    [81, 'web'],
    [83, 'odd'],
  ]);
  const queues = tallyAcceptQueues(sockets, ({ localPort }) => owners.get(localPort));
  assert.deepEqual(Object.fromEntries(queues), { web: 17 / 16 });
});
