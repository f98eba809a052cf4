import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { parseThresholds } from '../../rules/thresholds.ts';
import { editThresholds, sectionOf } from './edit-thresholds.ts';

const OURS = readFileSync(join(import.meta.dirname, '../../rules/thresholds.yml'), 'utf8');

test('a number is another one, and every other line stays as it is, comments too', () => {
  const { text, thresholds } = editThresholds(OURS, 'filesystem', {
    warning: '85%',
    'critical.hold': '5m',
  });
  const before = OURS.split('\n');
  const after = text.split('\n');
  assert.equal(after.length, before.length);
  const changed = after.filter((line, index) => line !== before[index]).map((line) => line.trim());
  assert.deepEqual(changed, [
    'warning: { limit: 85%, hold: 2m }',
    'critical: { limit: 97%, hold: 5m }',
  ]);
  assert.equal(thresholds.thresholds.filesystem?.warning?.limit, '85%');
  assert.deepEqual(parseThresholds(text), thresholds);
});

test('numbers that are written as texts, and texts, stay what they were', () => {
  const { thresholds } = editThresholds(OURS, 'runs_out', {
    quantile: '0.05',
    signals: '.*memory',
  });
  assert.deepEqual(thresholds.thresholds.runs_out?.parameters, {
    quantile: '0.05',
    signals: '.*memory',
  });
});

test('the part to paste is valid YAML of that threshold alone', () => {
  const { text } = editThresholds(OURS, 'disk', { queue: '20' });
  assert.equal(
    sectionOf(text, 'disk').replace(/^ *#.*\n/gm, ''),
    `thresholds:
  disk:
    warning: { limit: 95%, hold: 1m }
    parameters: { growth: 1.5, minimum_wait: 1ms, queue: "20" }
    overrides: []
`,
  );
});

test('what the schema refuses is refused: names, values, texts that try to be more', () => {
  for (const [name, changes] of [
    ['nothing', { warning: '85%' }],
    ['filesystem', { info: '85%' }],
    ['filesystem', { warning: 'lots' }],
    ['filesystem', { warning: '85%\n    evil: true' }],
    ['filesystem', { 'warning.hold': '-1m' }],
    ['filesystem', { __proto__x: '1' }],
    ['filesystem', { 'warning.limit': '85%' }],
  ] as const)
    assert.throws(() => editThresholds(OURS, name, changes), Error, JSON.stringify(changes));
});

test('an anchor that others use is not changed behind their back', () => {
  const shared = OURS.replace(
    'host_cpu:\n    warning: { limit: 80%, hold: 2m }',
    'host_cpu:\n    warning: &shared { limit: 80%, hold: 2m }',
  ).replace(
    'host_memory:\n    warning: { limit: 80%, hold: 2m }',
    'host_memory:\n    warning: *shared',
  );
  assert.match(shared, /&shared[\s\S]*\*shared/);
  assert.throws(() => editThresholds(shared, 'host_cpu', { warning: '85%' }), /by hand/);
});
