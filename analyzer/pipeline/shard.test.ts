import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { hostOfInstance, isOwn, MAX_SHARDS, parseShard, shardOf } from './shard.ts';

const HOSTS = Array.from({ length: 10_000 }, (_, index) => `host-${index}.example.com`);
const count = fc.integer({ min: 1, max: 40 });
const label = fc.string({ maxLength: 12 });
const labels = fc.dictionary(fc.constantFrom('instance', 'job', 'group', 'shop'), label);

test('i/n counts from 0; auto takes the ordinal of the pod, and pods beyond n are replicas', () => {
  const check = (text: string, hostname: string, index: number) => {
    const count = Number(text.split('/')[1]);
    assert.deepEqual(parseShard(text, hostname), { index, count });
  };
  check('0/1', 'laptop', 0);
  check('2/3', 'laptop', 2);
  check('auto/3', 'guard-analyzer-0', 0);
  check('auto/3', 'guard-analyzer-5', 2);
});

test('what is no shard is refused with what was expected', () => {
  const check = (text: string, problem: RegExp, hostname = 'guard-0') =>
    assert.throws(() => parseShard(text, hostname), problem);
  for (const text of [
    '',
    '1',
    '1/0',
    '-1/2',
    '1.5/2',
    'a/2',
    '0/2/3',
    ' 0/2',
    `0/${MAX_SHARDS + 1}`,
  ])
    check(text, /expected i\/n or auto\/n/);
  check('2/2', /shards count from 0: expected 0\/2 to 1\/2/);
  check('auto/2', /"laptop" has none/, 'laptop');
  check('auto/2', /has none/, 'guard-2.example.com');
});

test('every series belongs to exactly one shard, whatever its labels', () => {
  fc.assert(
    fc.property(labels, count, (own, n) => {
      const owners = Array.from({ length: n }, (_, index) => isOwn({ index, count: n }, own));
      assert.equal(owners.filter((yes) => yes).length, 1);
    }),
  );
});

test('all series of a host stay together, whichever exporter and port they come from', () => {
  fc.assert(
    fc.property(
      fc.record({ host: fc.domain(), port: fc.nat(65_535), own: labels, n: count }),
      (one) => {
        const shard = { index: shardOf(one.host, one.n), count: one.n };
        assert.ok(isOwn(shard, { ...one.own, instance: one.host }));
        assert.ok(isOwn(shard, { ...one.own, instance: `${one.host}:${one.port}` }));
      },
    ),
  );
});

test('the host of an instance is what stands before its port', () => {
  const check = (instance: string, host: string) => assert.equal(hostOfInstance(instance), host);
  check('db1:10910', 'db1');
  check('db1', 'db1');
  check('[::1]:9100', '[::1]');
  check('https://shop.example.com/', 'https://shop.example.com/');
});

test('another shard takes its part of the hosts and nobody moves between the old ones', () => {
  for (const n of [1, 2, 3, 7, 16]) {
    const moved = HOSTS.filter((host) => shardOf(host, n) !== shardOf(host, n + 1));
    assert.ok(moved.every((host) => shardOf(host, n + 1) === n));
    assert.ok(moved.length <= (1 / (n + 1) + 0.05) * HOSTS.length, `${n}: ${moved.length}`);
  }
});

test('shards have equal parts, and parts within a shard are drawn anew', () => {
  for (const n of [2, 8]) {
    const sizes = Array.from({ length: n }, () => 0);
    for (const host of HOSTS) sizes[shardOf(host, n)]! += 1;
    for (const size of sizes) assert.ok(Math.abs(size * n - HOSTS.length) < 0.1 * HOSTS.length);
    const first = HOSTS.filter((host) => shardOf(host, n) === 0);
    const again = first.filter((host) => shardOf(host, n, 1) === 0);
    assert.ok(Math.abs(again.length * n - first.length) < 0.25 * first.length);
  }
});

test('it is the same in every process and version: hosts do not move when one is upgraded', () => {
  assert.deepEqual(
    ['db1', 'web-17.example.com', ''].map((host) => shardOf(host, 10)),
    [1, 8, 3],
  );
});
