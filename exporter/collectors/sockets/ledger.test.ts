import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type DumpedSocket, dumpOf } from './dump.contract.ts';
import {
  type Attribution,
  createSocketLedger,
  type SocketLedger,
  type TrafficReport,
} from './ledger.ts';
import { parseSocketDump } from './parse.ts';

interface Scene {
  readonly sockets: readonly DumpedSocket[];
  readonly complete?: boolean;
  readonly attribute?: (cookie: number, last: string | undefined) => Attribution;
  readonly living?: readonly string[];
}

const web = (): Attribution => ({ group: 'web' });

function book(ledger: SocketLedger, scene: Scene): TrafficReport {
  const { attribute = web, complete = true, living = [] } = scene;
  return ledger.book({
    sockets: parseSocketDump(dumpOf(scene.sockets)).sockets,
    complete,
    attribute: ({ cookie }, last) => attribute(Number(cookie.split(':')[1]), last),
    living: new Set(living),
  });
}

/** A ledger that has had its first look, at a host without connections. */
function runningLedger(maxGroups?: number): SocketLedger {
  const ledger = createSocketLedger(maxGroups);
  book(ledger, { sockets: [] });
  return ledger;
}

test('what connections did before the exporter came is not counted', () => {
  const ledger = createSocketLedger();
  const first = book(ledger, { sockets: [{ cookie: 1, sentBytes: 1_000_000 }] });
  assert.equal(first.groups.get('web')?.sentBytes, 0);
  const second = book(ledger, { sockets: [{ cookie: 1, sentBytes: 1_000_500 }] });
  assert.equal(second.groups.get('web')?.sentBytes, 500);
});

test('a connection opened since the last look counts from its first byte', () => {
  const ledger = runningLedger();
  const { groups } = book(ledger, {
    sockets: [{ cookie: 1, sentBytes: 70, receivedBytes: 7, retransmits: 2 }],
  });
  const { sentBytes, receivedBytes, retransmittedSegments } = groups.get('web')!;
  assert.deepEqual([sentBytes, receivedBytes, retransmittedSegments], [70, 7, 2]);
});

test('counters stay when connections close, and never go down', () => {
  const ledger = runningLedger();
  let last = 0;
  for (let look = 0; look < 30; look += 1) {
    const sockets = [look, look + 1].map((cookie) => ({ cookie, sentBytes: 10 * look + cookie }));
    const sent = book(ledger, { sockets, living: ['web'] }).groups.get('web')!.sentBytes;
    assert.ok(sent >= last, `${sent} after ${last}`);
    last = sent;
  }
  const { groups } = book(ledger, { sockets: [], living: ['web'] });
  assert.equal(groups.get('web')?.sentBytes, last);
});

test('a counter that shrinks adds nothing', () => {
  const ledger = runningLedger();
  book(ledger, { sockets: [{ cookie: 1, sentBytes: 100 }] });
  const { groups } = book(ledger, { sockets: [{ cookie: 1, sentBytes: 40 }] });
  assert.equal(groups.get('web')?.sentBytes, 100);
});

test('a connection that is missing in one look is not counted a second time', () => {
  const ledger = runningLedger();
  book(ledger, { sockets: [{ cookie: 1, sentBytes: 100 }] });
  book(ledger, { sockets: [] });
  const { groups } = book(ledger, { sockets: [{ cookie: 1, sentBytes: 130 }] });
  assert.equal(groups.get('web')?.sentBytes, 130);
});

test('after incomplete looks nobody is taken for closed', () => {
  const ledger = runningLedger();
  book(ledger, { sockets: [{ cookie: 1, sentBytes: 100 }] });
  for (let look = 0; look < 10; look += 1) book(ledger, { sockets: [], complete: false });
  const { groups } = book(ledger, { sockets: [{ cookie: 1, sentBytes: 130 }] });
  assert.equal(groups.get('web')?.sentBytes, 130);
});

test('as long as no look was complete, what is new may be old', () => {
  const ledger = createSocketLedger();
  book(ledger, { sockets: [{ cookie: 1, sentBytes: 10 }], complete: false });
  const { groups } = book(ledger, {
    sockets: [
      { cookie: 1, sentBytes: 15 },
      { cookie: 2, sentBytes: 9_000 },
    ],
  });
  assert.equal(groups.get('web')?.sentBytes, 5);
});

test('bytes wait for an owner that is still searched for', () => {
  const ledger = runningLedger();
  const unknown = (): Attribution => ({ reason: 'not_searched' });
  const waiting = book(ledger, { sockets: [{ cookie: 1, sentBytes: 50 }], attribute: unknown });
  assert.equal(waiting.unattributed.sentBytes, 0);
  assert.deepEqual([...waiting.unattributedSockets], [['not_searched', 1]]);
  const { groups, unattributed } = book(ledger, { sockets: [{ cookie: 1, sentBytes: 60 }] });
  assert.deepEqual([groups.get('web')?.sentBytes, unattributed.sentBytes], [60, 0]);
});

test('bytes whose owner was not found before the end are unattributed, not lost', () => {
  const ledger = runningLedger();
  const unknown = (): Attribution => ({ reason: 'not_searched' });
  book(ledger, { sockets: [{ cookie: 1, sentBytes: 50, receivedBytes: 5 }], attribute: unknown });
  let report = book(ledger, { sockets: [] });
  for (let look = 0; look < 4; look += 1) report = book(ledger, { sockets: [] });
  assert.deepEqual([report.unattributed.sentBytes, report.unattributed.receivedBytes], [50, 5]);
});

test('bytes of connections without owner are counted apart, with the reasons', () => {
  const ledger = runningLedger();
  const { groups, unattributed, unattributedSockets } = book(ledger, {
    sockets: [
      { cookie: 1, sentBytes: 50 },
      { cookie: 2, sentBytes: 5 },
      { cookie: 3, sentBytes: 1 },
    ],
    attribute: (cookie) =>
      cookie === 3 ? { group: 'web' } : { reason: cookie === 1 ? 'no_owner' : 'permission_denied' },
  });
  assert.equal(unattributed.sentBytes, 55);
  assert.equal(groups.get('web')?.sentBytes, 1);
  assert.deepEqual(Object.fromEntries(unattributedSockets), { no_owner: 1, permission_denied: 1 });
});

test('the last group is handed on, for a connection that its process has closed already', () => {
  const ledger = runningLedger();
  book(ledger, { sockets: [{ cookie: 1, sentBytes: 50 }] });
  const seen: (string | undefined)[] = [];
  const { groups } = book(ledger, {
    sockets: [{ cookie: 1, state: 4, sentBytes: 80 }],
    attribute: (_, last) => {
      seen.push(last);
      return { group: last ?? 'nobody' };
    },
  });
  assert.deepEqual(seen, ['web']);
  assert.equal(groups.get('web')?.sentBytes, 80);
});

test('queues are those of now; round-trip time is weighted by what was sent', () => {
  const ledger = runningLedger();
  const sockets = [
    { cookie: 1, sentBytes: 900, sendQueue: 10, receiveQueue: 1, rttMicroseconds: 1000 },
    { cookie: 2, sentBytes: 100, sendQueue: 20, receiveQueue: 2, rttMicroseconds: 11_000 },
    { cookie: 3, state: 10, receiveQueue: 99, sendQueue: 511 },
  ];
  const first = book(ledger, { sockets }).groups.get('web')!;
  assert.deepEqual([first.sendQueueBytes, first.receiveQueueBytes], [30, 3]);
  assert.ok(Math.abs(first.rttSeconds! - 0.002) < 1e-9);
  const second = book(ledger, { sockets }).groups.get('web')!;
  assert.equal(second.rttSeconds, undefined, 'nothing was sent');
  assert.deepEqual([second.sendQueueBytes, second.receiveQueueBytes], [30, 3]);
});

test('what queues add is told of the connections whose quickest round trip is known', () => {
  const ledger = runningLedger();
  const rtts = { sentBytes: 100, rttMicroseconds: 90_000 };
  const sockets = [
    { ...rtts, cookie: 1, leastRttMicroseconds: 10_000 },
    { ...rtts, cookie: 2, leastRttMicroseconds: 50_000 },
    { ...rtts, cookie: 3, leastRttMicroseconds: 0 },
    { ...rtts, cookie: 4, leastRttMicroseconds: 0xff_ff_ff_ff },
    { ...rtts, cookie: 5, infoBytes: 144, leastRttMicroseconds: 1 },
  ];
  const { queueingSeconds } = book(ledger, { sockets }).groups.get('web')!;
  assert.ok(Math.abs(queueingSeconds! - 0.06) < 1e-9);
  assert.equal(book(ledger, { sockets }).groups.get('web')!.queueingSeconds, undefined);
});

test('a group leaves with its processes and comes back with its counters', () => {
  const ledger = runningLedger();
  book(ledger, { sockets: [{ cookie: 1, sentBytes: 50 }] });
  assert.equal(book(ledger, { sockets: [] }).groups.has('web'), false);
  const { groups } = book(ledger, { sockets: [{ cookie: 2, sentBytes: 5 }] });
  assert.equal(groups.get('web')?.sentBytes, 55);
});

test('groups are bounded: what is too much is unattributed, and the place of the gone is free', () => {
  const ledger = runningLedger(2);
  const attribute = (cookie: number): Attribution => ({ group: `group-${cookie}` });
  const sockets = [1, 2, 3].map((cookie) => ({ cookie, sentBytes: 10 }));
  const full = book(ledger, { sockets, attribute });
  assert.deepEqual([...full.groups.keys()], ['group-1', 'group-2']);
  assert.deepEqual([...full.unattributedSockets], [['too_many_groups', 1]]);
  assert.equal(full.unattributed.sentBytes, 10);
  book(ledger, { sockets: sockets.slice(1), attribute });
  const later = book(ledger, { sockets: sockets.slice(1), attribute });
  assert.deepEqual([...later.groups.keys()], ['group-2', 'group-3']);
});

test('what has no traffic information is no zero', () => {
  const { groups } = book(runningLedger(), { sockets: [{ cookie: 1, infoBytes: 0 }] });
  assert.equal(groups.size, 0);
});
