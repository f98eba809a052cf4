import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { KINDS } from './case.ts';
import { CASES } from './list.ts';

test('every file of cases/ is in the list under its own name', () => {
  const files = readdirSync(join(import.meta.dirname, 'cases')).map((name) =>
    name.replace('.ts', ''),
  );
  assert.deepEqual(CASES.map(({ name }) => name).sort(), files.sort());
});

test('every kind has a fault, and there are look-alikes', () => {
  const kinds = new Set(CASES.map(({ expected }) => expected?.kind));
  assert.deepEqual(
    KINDS.filter((kind) => !kinds.has(kind)),
    [],
  );
  assert.ok(CASES.filter(({ expected }) => expected === undefined).length >= 8);
});

test('every fault says who is to blame; only stolen time is nobody’s', () => {
  const nobody = CASES.filter(({ expected }) =>
    expected?.blames.some((labels) => Object.keys(labels).length === 0),
  );
  assert.deepEqual(
    nobody.map(({ name }) => name),
    ['cpu-steal'],
  );
  assert.ok(CASES.every(({ expected }) => expected === undefined || expected.blames.length > 0));
});

test('what is expected besides is told in the description', () => {
  for (const { name, about, expected } of CASES) {
    for (const kind of expected?.also ?? []) assert.ok(about.includes(kind), `${name}: ${kind}`);
  }
});

test('only what cannot be real is simulated', () => {
  const simulated = CASES.filter((each) => each.simulated !== undefined);
  assert.deepEqual(
    simulated.map(({ name }) => name),
    ['cpu-steal'],
  );
});
