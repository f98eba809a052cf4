import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createProfile, toFolded } from './profile.ts';

const frame = (symbol: string, object = '/bin/shop') => ({ symbol, object });
const sample = (...frames: { symbol: string; object: string }[]) => ({
  comm: 'shop',
  pid: 1,
  frames,
});

test('stacks are folded from the outermost function on, most frequent first', () => {
  const profile = createProfile();
  profile.add(sample(frame('idle'), frame('main')));
  profile.add(sample(frame('pay(int)'), frame('main')));
  profile.add(sample(frame('pay(int)'), frame('main')));
  profile.add(sample(frame('[unknown]', '/usr/lib/libssl.so.3'), frame('main')));
  profile.add(sample());
  assert.equal(
    toFolded(profile.stacks()),
    'shop;main;pay 2\nshop 1\nshop;main;[libssl.so.3] 1\nshop;main;idle 1\n',
  );
  assert.equal(profile.samples(), 5);
});

test('hotspots are what was running itself, with its share', () => {
  const profile = createProfile();
  for (let index = 0; index < 6; index += 1) profile.add(sample(frame('hot'), frame('main')));
  profile.add(sample(frame('hot', '/lib/other.so')));
  profile.add(sample(frame('square', 'inlined'), frame('hot'), frame('main')));
  profile.add(sample(frame('[unknown]', '[unknown]')));
  profile.add(sample());
  assert.deepEqual(profile.hotspots(3), [
    { symbol: 'hot', object: 'shop', ratio: 0.6 },
    { symbol: '[unknown]', object: '[unknown]', ratio: 0.2 },
    { symbol: 'hot', object: 'other.so', ratio: 0.1 },
  ]);
  assert.deepEqual(profile.hotspots(9)[3], { symbol: 'square', object: 'shop', ratio: 0.1 });
  assert.deepEqual(createProfile().hotspots(3), []);
});

test('names cannot break the lines of the folded format', () => {
  const profile = createProfile();
  profile.add({ comm: 'a;b\nc 9', pid: 1, frames: [frame('Ljava/lang/String;::length')] });
  profile.add({ comm: '', pid: 1, frames: [] });
  assert.equal(toFolded(profile.stacks()), '[unknown] 1\na:b:c 9;Ljava/lang/String:::length 1\n');
});

test('stacks without end are counted under one name', () => {
  const profile = createProfile();
  for (let index = 0; index < 20_010; index += 1) profile.add(sample(frame(`f${index}`)));
  assert.equal(profile.samples(), 20_010);
  assert.equal(profile.stacks().size, 20_001);
  assert.equal(profile.stacks().get('[other stacks]'), 10);
});
