import assert from 'node:assert/strict';
import { test } from 'node:test';
import { compileGoRegExp } from './grouping-go-regexp.ts';

/** Expected values are those of regexp.FindStringSubmatch in Go 1.26. */
const CASES: readonly (readonly [expression: string, text: string, match: string | undefined])[] = [
  ['.+', '', undefined],
  ['.+', 'a\nb', 'a'],
  ['.', '\r', '\r'],
  ['(?s).+', 'a\nb', 'a\nb'],
  ['^b$', 'a\nb', undefined],
  ['(?m)^b$', 'a\nb', 'b'],
  ['(?i)NGINX', 'xnginx', 'nginx'],
  ['(?i)a|B', 'b', 'b'],
  ['x(?i)a|b', 'B', 'B'],
  ['x(?i)a|b', 'Xa', undefined],
  ['(?i:a)B', 'AB', 'AB'],
  ['(?i:a)B', 'ab', undefined],
  ['(?i)a(?-i:B)', 'Ab', undefined],
  ['(?i)a(?-i:B)', 'AB', 'AB'],
  ['((?i)a)b', 'AB', undefined],
  ['(?is)a.b', 'A\nB', 'A\nB'],
  ['\\Aab\\z', 'ab', 'ab'],
  ['\\Aab\\z', 'abc', undefined],
  ['\\Qa.b*\\E+', 'a.b**', 'a.b**'],
  ['\\Qa.b', 'a.b', 'a.b'],
  ['[[:alpha:]_]+', '12ab_c3', 'ab_c'],
  ['[]a]+', 'a]b', 'a]'],
  ['[^]a]+', 'a]b', 'b'],
  ['[a\\]b]+', 'x]', ']'],
  ['[.$/|]+', '$/|.', '$/|.'],
  ['a{2}', 'aaa', 'aa'],
  ['a{2,}', 'aaa', 'aaa'],
  ['a{,2}', 'a{,2}', 'a{,2}'],
  ['{name}', '{name}', '{name}'],
  ['a\\-b\\_c\\"', 'a-b_c"', 'a-b_c"'],
  ['-config.path\\s+(?P<Cfgfile>\\S+)', 'x -config.path /a', '-config.path /a'],
  ['\\s', '\u00a0', undefined],
  ['\\x41\\x{1F600}', 'A\u{1F600}', 'A\u{1F600}'],
  ['\\p{Greek}+', 'aβγ', 'βγ'],
  ['\\pL+', '1β', 'β'],
  ['\\P{L}', 'β', undefined],
  ['\\/usr/bin', '/usr/bin', '/usr/bin'],
  ['a*?b', 'aab', 'aab'],
  ['\\bjava\\b', 'a java b', 'java'],
];

for (const [expression, text, want] of CASES) {
  test(`${expression} on ${JSON.stringify(text)}`, () => {
    assert.equal(compileGoRegExp(expression).match(text)?.get(''), want);
  });
}

test('what Go refuses is refused, and what cannot be said in JavaScript', () => {
  for (const bad of [
    '(',
    ')',
    '[a',
    '(?=a)',
    '(?!a)',
    '(?<=a)b',
    '\\1',
    'a**',
    '\\',
    '*',
    '(?U)a',
    '\\y',
    '[[:nope:]]',
    '[[:constructor:]]',
    '[\\',
    '[a\\',
    'a(?i)b(?-i)c',
  ]) {
    assert.throws(() => compileGoRegExp(bad), SyntaxError, bad);
  }
});

test('captures by name; unnamed groups share the empty one; a group that took no part is empty', () => {
  const all = compileGoRegExp('(?P<a>x)(y)?(?<b>z)?').match('x');
  assert.deepEqual(Object.fromEntries(all ?? []), { '': '', a: 'x', b: '' });
  assert.deepEqual(compileGoRegExp('(?P<a>x)(y)?(?P<1st>z)?').names, ['a', '1st']);
});
