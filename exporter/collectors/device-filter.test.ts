import assert from 'node:assert/strict';
import { test } from 'node:test';
import { boundDevices, createDeviceFilter, MAX_DEVICES } from './device-filter.ts';
import { pattern } from './device-pattern.ts';

test('the pattern matches the whole name', () => {
  const isKept = createDeviceFilter('lo|veth.*');
  assert.deepEqual(['lo', 'lo0', 'eth0', 'veth1', 'xveth1'].filter(isKept), [
    'lo0',
    'eth0',
    'xveth1',
  ]);
  assert.ok(createDeviceFilter('')(''));
});

test('a pattern that is no regular expression is refused', () => {
  assert.equal(pattern().parse('a|b'), 'a|b');
  assert.match(pattern().safeParse('(').error?.message ?? '', /expected a regular expression/);
});

test('too many devices name the setting that helps', () => {
  const devices = new Array<string>(MAX_DEVICES).fill('a');
  assert.equal(boundDevices(devices, 'disk.ignored_devices').length, MAX_DEVICES);
  assert.throws(
    () => boundDevices([...devices, 'b'], 'disk.ignored_devices'),
    /disk\.ignored_devices/,
  );
});
