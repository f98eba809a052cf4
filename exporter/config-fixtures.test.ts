// Whole configuration files, as people write them: each bad one says in its first line what has to be answered.
import assert from 'node:assert/strict';
import { globSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { test } from 'node:test';
import { ConfigError, loadConfig } from '../service/config.ts';
import { configSchema } from './config.ts';

const FOLDER = join(import.meta.dirname, 'fixtures', 'config');
const MIN_BAD = 24;
const MIN_GOOD = 3;
const filesOf = (kind: 'bad' | 'good') => globSync(join(FOLDER, `${kind}-*.yml`)).sort();

function expectationOf(file: string): RegExp {
  const [first = ''] = readFileSync(file, 'utf8').split('\n', 1);
  const source = /^# expect: (.+)$/.exec(first)?.[1];
  assert.ok(source, `${file}: the first line is no "# expect: <regular expression>"`);
  return new RegExp(source);
}

for (const file of filesOf('bad')) {
  test(`refused: ${basename(file)}`, () => {
    const expected = expectationOf(file);
    assert.throws(
      () => loadConfig(configSchema, file),
      (error) => {
        assert.ok(error instanceof ConfigError);
        assert.equal(error.problems.length, 1, error.message);
        assert.ok(error.message.startsWith(`${file}:`), error.message);
        assert.match(error.message, expected);
        return true;
      },
    );
  });
}

for (const file of filesOf('good')) {
  test(`accepted: ${basename(file)}`, () => {
    assert.doesNotThrow(() => loadConfig(configSchema, file));
  });
}

test('there are as many as promised, and no message is expected twice', () => {
  const expectations = filesOf('bad').map((file) => String(expectationOf(file)));
  assert.ok(expectations.length >= MIN_BAD, `${expectations.length}`);
  assert.equal(new Set(expectations).size, expectations.length);
  assert.ok(filesOf('good').length >= MIN_GOOD);
});
