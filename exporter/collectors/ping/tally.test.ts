import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createPingTally } from './tally.ts';

const reply = (sequence: number, duplicate = false) =>
  ({ kind: 'reply', sequence, rttSeconds: 0.001, duplicate }) as const;
const noAnswer = (sequence: number) => ({ kind: 'no_answer', sequence }) as const;

function runningTally() {
  const tally = createPingTally();
  tally.childStarted();
  tally.add({ kind: 'header', address: '192.0.2.1' });
  return tally;
}

test('a late answer is no loss, a duplicate is no answer', () => {
  const tally = runningTally();
  for (const event of [reply(1), noAnswer(2), reply(3), reply(3, true), reply(2)]) tally.add(event);
  assert.deepEqual([tally.sent(), tally.received(), tally.duplicates()], [3, 3, 1]);
  tally.add(noAnswer(4));
  assert.deepEqual([tally.sent(), tally.received(), tally.unanswered()], [4, 3, 1]);
});

test('counters go on with the next child', () => {
  const tally = runningTally();
  for (let sequence = 1; sequence <= 5; sequence += 1) tally.add(reply(sequence));
  tally.childExited();
  assert.equal(tally.reason(), 'ping_exited');
  tally.childStarted();
  assert.equal(tally.sent(), 5);
  tally.add({ kind: 'header', address: '192.0.2.2' });
  assert.equal(tally.address(), '192.0.2.2');
  tally.add(reply(1));
  assert.deepEqual([tally.sent(), tally.received(), tally.reason()], [6, 6, undefined]);
});

test('sequence numbers of 16 bits are unwrapped, in and out of order', () => {
  const tally = runningTally();
  for (let sequence = 1; sequence <= 65_535; sequence += 1) tally.add(noAnswer(sequence));
  tally.add(reply(0));
  tally.add(reply(65_534));
  tally.add(reply(1));
  assert.deepEqual([tally.sent(), tally.received(), tally.unanswered()], [65_537, 3, 0]);
});

test('an ICMP error is counted and its packet is sent once', () => {
  const tally = runningTally();
  tally.add({ kind: 'unreachable', sequence: 1 });
  tally.add(noAnswer(1));
  assert.deepEqual([tally.sent(), tally.received(), tally.errors()], [1, 0, 1]);
});

test('a child that cannot start says why until another one sends', () => {
  const tally = createPingTally();
  assert.deepEqual([tally.reason(), tally.hasData()], ['starting', false]);
  tally.childStarted();
  tally.failed('ping: nowhere: Name or service not known');
  tally.childExited();
  assert.deepEqual([tally.reason(), tally.hasData(), tally.errors()], ['not_resolved', false, 1]);
  tally.childStarted();
  tally.add(reply(1));
  assert.deepEqual([tally.reason(), tally.hasData()], [undefined, true]);
});

test('an error in passing does not make a sending target unavailable', () => {
  const tally = runningTally();
  tally.failed('ping: sendmsg: Network is unreachable');
  assert.deepEqual([tally.reason(), tally.errors()], [undefined, 1]);
});
