// Not among RULE_FILES: these series are for dashboards of somebody else, nothing of ours reads them.
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { runPromtool } from './promtool.ts';

test('promtool accepts the compatibility rules', () => {
  const { status, output } = runPromtool(
    ['check', 'rules', 'anomaly-compat.yml'],
    import.meta.dirname,
  );
  assert.equal(status, 0, output);
  assert.match(output, /SUCCESS: 5 rules found/);
});

test('promtool proves them', () => {
  const folder = join(import.meta.dirname, 'anomaly-compat');
  const { status, output } = runPromtool(['test', 'rules', 'bands_test.yml'], folder);
  assert.equal(status, 0, output);
  assert.match(output, /SUCCESS/);
});
