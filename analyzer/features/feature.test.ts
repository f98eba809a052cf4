import assert from 'node:assert/strict';
import { test } from 'node:test';
import { promqlOf } from './feature.ts';

const source = { expr: 'cpu{$selector} / on (instance) count{mode="idle",$host}' };

test('without labels the selectors vanish, with their braces', () => {
  assert.equal(promqlOf({ expr: 'cpu{$selector} * on () up{$host}' }, 'expr'), 'cpu * on () up');
  assert.equal(promqlOf({ expr: 'cpu{mode="x",$selector}' }, 'expr'), 'cpu{mode="x",}');
});

test('labels become matchers, of the subject and of its host', () => {
  assert.equal(
    promqlOf(source, 'expr', { instance: 'a', group: 'g' }),
    'cpu{instance="a",group="g"} / on (instance) count{mode="idle",instance="a"}',
  );
});

test('a name stays as it is, whatever it looks like', () => {
  const check = (group: string) =>
    assert.equal(
      promqlOf({ expr: 'cpu{$selector}' }, 'expr', { group }),
      `cpu{group=${JSON.stringify(group)}}`,
    );
  for (const group of ["a$'b", 'a$&b', '$$', 'foo{}', '$host', '{$selector}', 'a"b\\c'])
    check(group);
});
