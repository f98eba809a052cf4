import assert from 'node:assert/strict';
import { globSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { buildConsole, isConsoleFresh } from './build.ts';

test('what is built is known as fresh, replaces what was there, and holds nothing inline', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'guard-build-'));
  t.after(() => rmSync(folder, { recursive: true }));
  const dist = join(folder, 'dist');
  assert.equal(isConsoleFresh(dist), false);
  await buildConsole(dist);
  assert.equal(isConsoleFresh(dist), true);
  const page = readFileSync(join(dist, 'index.html'), 'utf8');
  assert.doesNotMatch(page, /<style|style=|<script(?![^>]* src=)|data:/);
  assert.match(page, /src="\.\/console\/assets\/[^"]+\.js"/);

  writeFileSync(join(dist, 'sources.sha256'), 'of other sources');
  writeFileSync(join(dist, 'old.txt'), '');
  assert.equal(isConsoleFresh(dist), false);
  await buildConsole(dist);
  assert.equal(isConsoleFresh(dist), true);
  assert.deepEqual(globSync('old.txt', { cwd: dist }), []);
  assert.deepEqual(globSync('dist*', { cwd: folder }), ['dist'], 'nothing is left beside it');
});
