import assert from 'node:assert/strict';
import { test } from 'node:test';
import { z } from 'zod';
import { ConfigError, duration, httpUrl, loadConfig, parseConfig } from './config.ts';

const schema = z.strictObject({
  interval: duration({ min: 1 }).prefault('15s'),
  url: httpUrl().optional(),
  mode: z.enum(['fast', 'slow']).default('fast'),
  ping: z.strictObject({ targets: z.array(z.string()).default([]) }).prefault({}),
});

function problemsOf(text: string): readonly string[] {
  try {
    parseConfig(schema, text, 'guard.yml');
  } catch (error) {
    assert.ok(error instanceof ConfigError);
    return error.problems;
  }
  return [];
}

test('an empty configuration is all defaults', () => {
  for (const text of ['', '# nothing\n']) {
    const config = parseConfig(schema, text, 'guard.yml');
    assert.deepEqual(config, { interval: 15, mode: 'fast', ping: { targets: [] } });
  }
  assert.equal(loadConfig(schema, undefined).interval, 15);
});

test('every problem is reported at once with its line and path', () => {
  assert.deepEqual(
    problemsOf('interval: 5 minutes\nmode: medium\nping:\n  target: [a]\nextra: 1\n'),
    [
      'guard.yml:1: interval: "5 minutes" is not a duration such as 15s, 5m or 1h30m',
      'guard.yml:2: mode: expected fast, slow',
      'guard.yml:4: ping.target: unknown key',
      'guard.yml:5: extra: unknown key',
    ],
  );
});

test('wrong types, ranges, duplicates and broken YAML have a message each', () => {
  const check = (text: string, want: RegExp) => assert.match(problemsOf(text).join('\n'), want);
  check('interval: 0s\n', /guard\.yml:1: interval: "0s" is out of range/);
  check('interval: 15\n', /interval: expected a duration/);
  check(
    'ping:\n  targets:\n    - a\n    - 7\n',
    /guard\.yml:4: ping\.targets\[1\]: expected string/,
  );
  check('url: 127.0.0.1:9090\n', /url: expected a URL/);
  check('mode: fast\nmode: slow\n', /guard\.yml:2: Map keys must be unique/);
  check('ping: {targets: [\n', /guard\.yml:\d+: /);
  check('- a\n- b\n', /\(top level\): expected object/);
  check('interval: *nowhere\n', /guard\.yml: Unresolved alias .*nowhere/);
  const lists = Array.from({ length: 9 }, (_, level) =>
    level === 0 ? 'a0: &a0 [x]' : `a${level}: &a${level} [${`*a${level - 1},`.repeat(9)}]`,
  );
  check(lists.join('\n'), /guard\.yml: Excessive alias count/);
});

test('a file that cannot be read says which and why', () => {
  assert.throws(
    () => loadConfig(schema, '/nonexistent/guard.yml'),
    /\/nonexistent\/guard\.yml: cannot be read: ENOENT/,
  );
});
