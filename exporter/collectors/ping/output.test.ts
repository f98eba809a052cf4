import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type PingEvent, parsePingFailure, parsePingLine } from './output.ts';

test('every line that ping prints about a packet is understood', () => {
  const check = (line: string, want: PingEvent | undefined) =>
    assert.deepEqual(parsePingLine(line), want, line);
  const reply = (sequence: number, rttSeconds: number | undefined, duplicate = false) =>
    ({ kind: 'reply', sequence, rttSeconds, duplicate }) as const;
  check('PING 127.0.0.1 (127.0.0.1) 56(84) bytes of data.', {
    kind: 'header',
    address: '127.0.0.1',
  });
  check('PING localhost (127.0.0.1) 56(84) bytes of data.', {
    kind: 'header',
    address: '127.0.0.1',
  });
  check('PING ::1(::1) 56 data bytes', { kind: 'header', address: '::1' });
  check('PING fe80::1%eth0(fe80::1%eth0) 56 data bytes', {
    kind: 'header',
    address: 'fe80::1%eth0',
  });
  check('PING somewhere', { kind: 'header', address: undefined });
  check('64 bytes from 127.0.0.1: icmp_seq=1 ttl=64 time=0.177 ms', reply(1, 0.000177));
  check('64 bytes from 10.0.0.1: icmp_seq=65535 ttl=64 time=2003 ms', reply(65_535, 2.003));
  check('64 bytes from ::1: icmp_seq=2 ttl=64 time=0.046 ms', reply(2, 0.000046));
  check('64 bytes from fe80::1%eth0: icmp_seq=3 ttl=64 time=1.5 ms', reply(3, 0.0015));
  check('64 bytes from localhost (::1): icmp_seq=4 ttl=64 time=1.0 ms', reply(4, 0.001));
  check('64 bytes from 10.0.0.1: icmp_seq=5 ttl=64 time=0.2 ms (DUP!)', reply(5, 0.0002, true));
  check('64 bytes from 10.0.0.1: icmp_seq=6 ttl=64 (truncated)', reply(6, undefined));
  check('no answer yet for icmp_seq=7', { kind: 'no_answer', sequence: 7 });
  check('From 10.0.0.9 icmp_seq=8 Destination Host Unreachable', {
    kind: 'unreachable',
    sequence: 8,
  });
  check('From 10.0.0.9: icmp_seq=9 Time to live exceeded', { kind: 'unreachable', sequence: 9 });
  check('From fe80::1%eth0 icmp_seq=10 Destination unreachable: No route', {
    kind: 'unreachable',
    sequence: 10,
  });
  check('From 10.0.0.9: icmp_seq=1 Redirect Host(New nexthop: 10.0.0.2)', undefined);
  check('--- 127.0.0.1 ping statistics ---', undefined);
  check('2 packets transmitted, 2 received, 0% packet loss, time 202ms', undefined);
  check('64 bytes from 127.0.0.1: seq=0 ttl=64 time=0.1 ms', undefined);
  check('', undefined);
});

test('every failure has a reason of its own', () => {
  const check = (line: string, want: string) => assert.equal(parsePingFailure(line), want, line);
  check('ping: nowhere.invalid: Name or service not known', 'not_resolved');
  check('ping: nowhere: Temporary failure in name resolution', 'not_resolved');
  check('ping: unknown host nowhere', 'not_resolved');
  check('ENOENT: spawn ping ENOENT', 'not_installed');
  check('EACCES: spawn ping EACCES', 'permission_denied');
  check('ping: socket: Operation not permitted', 'permission_denied');
  check('ping: => missing cap_net_raw+p capability or setuid?', 'permission_denied');
  check('ping: connect: Network is unreachable', 'network_unreachable');
  check("ping: invalid option -- 'O'", 'not_supported');
  check('ping: something new', 'ping_failed');
});
