import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseProtocol } from './tcp.ts';

test('names and values are paired per protocol', () => {
  const text = 'Tcp: MaxConn OutSegs\nTcp: -1 7\nTcpExt: TW\nTcpExt: 3\n';
  assert.deepEqual([...parseProtocol(text, 'Tcp')], [['OutSegs', 7]]);
  assert.deepEqual([...parseProtocol(text, 'TcpExt')], [['TW', 3]]);
  assert.deepEqual([...parseProtocol(text, 'Udp')], []);
});

test('half a pair is refused', () => {
  assert.throws(() => parseProtocol('Tcp: A B\n', 'Tcp'), /2 names, 0 values/);
  assert.throws(() => parseProtocol('Tcp: A B\nTcp: 1\n', 'Tcp'), /2 names, 1 values/);
  assert.throws(() => parseProtocol('Tcp: A\nTcp: x\n', 'Tcp'), /Tcp: A: expected a number/);
});
