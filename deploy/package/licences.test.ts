import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { licenceProblems, readLicences } from './licences.ts';

const ROOT = join(import.meta.dirname, '..', '..');

test('every package may be where it is', () => {
  const packages = readLicences(ROOT);
  assert.ok(packages.length > 200 && packages.some(({ isShipped }) => isShipped));
  assert.deepEqual(licenceProblems(packages), []);
});

test('what is not allowed is told with its place', () => {
  const check = (licence: string | undefined, isShipped: boolean, want: readonly string[]) =>
    assert.deepEqual(licenceProblems([{ path: 'node_modules/a', licence, isShipped }]), want);
  check('GPL-3.0-only', true, ['node_modules/a: GPL-3.0-only may not be shipped']);
  check('MPL-2.0', true, ['node_modules/a: MPL-2.0 may not be shipped']);
  check('MPL-2.0', false, []);
  check('AGPL-3.0-only', false, ['node_modules/a: AGPL-3.0-only may not be used']);
  check(undefined, true, ['node_modules/a: says no licence']);
  check('SEE LICENSE IN x', true, ['node_modules/a: SEE LICENSE IN x may not be shipped']);
  check('(MIT OR GPL-2.0)', true, []);
  check('MIT AND GPL-2.0', true, ['node_modules/a: MIT AND GPL-2.0 may not be shipped']);
});
