import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { addTally, closingLine, parseTally, steps } from './test-steps.ts';

const root = mkdtempSync(join(tmpdir(), 'guard-test-steps-'));
after(() => rmSync(root, { recursive: true }));
for (const file of [
  'architecture.test.ts',
  'exporter/sources/ping.test.ts',
  'exporter/collectors/collector.contract.ts',
  'exporter/node_modules/x/x.test.ts',
  'analyzer/app.test.ts',
  'deploy/local/loop.e2e.ts',
  'data/stray.test.ts',
]) {
  mkdirSync(join(root, file, '..'), { recursive: true });
  writeFileSync(join(root, file), '');
}
const filesOf = (args: readonly string[]) => args.filter((arg) => !arg.startsWith('--'));

test('types, lint, tests and end to end, each test file once and nothing else', () => {
  const list = steps(root);
  assert.deepEqual(
    list.map(({ name }) => name),
    ['types', 'types of the console', 'lint', 'tests', 'end to end'],
  );
  assert.deepEqual(filesOf(list[3]?.args ?? []), [
    'analyzer/app.test.ts',
    'architecture.test.ts',
    'exporter/sources/ping.test.ts',
  ]);
  assert.deepEqual(filesOf(list[4]?.args ?? []), ['deploy/local/loop.e2e.ts']);
});

test('a word chooses tests by their path, and no test is no step', () => {
  assert.deepEqual(
    steps(root, 'exporter').map(({ name, args }) => [name, filesOf(args)]),
    [['tests', ['exporter/sources/ping.test.ts']]],
  );
  assert.deepEqual(steps(root, 'nonsense'), []);
});

test('counts come from the end of the report, time-outs are failures, an unfinished report counts nothing', () => {
  const tap =
    'ok 1 - a\n# pass 77 in a name\n1..3\n# tests 6\n# pass 3\n# fail 1\n# cancelled 2\n# skipped 0\n';
  assert.deepEqual(parseTally(tap), { passed: 3, failed: 3 });
  assert.deepEqual(parseTally(''), { passed: 0, failed: 0 });
  assert.equal(
    closingLine(addTally({ passed: 3, failed: 1 }, { passed: 2, failed: 0 })),
    '5 passed, 1 failed',
  );
});
