import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { gzipSync } from 'node:zlib';
import { scoreLabelled } from './multivariate.ts';

function folderWith(t: TestContext, files: Readonly<Record<string, string>>): string {
  const folder = mkdtempSync(join(tmpdir(), 'guard-labelled-'));
  t.after(() => rmSync(folder, { recursive: true }));
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(join(folder, path, '..'), { recursive: true });
    writeFileSync(join(folder, path), gzipSync(text));
  }
  return folder;
}

const metrics = (rows: number, spikeAt = -1) =>
  [1, 2, 5]
    .map((factor) =>
      Array.from({ length: rows }, (_, i) =>
        i === spikeAt && factor === 2 ? 90 : factor * (((i * 7) % 5) + ((i * 3) % 11)),
      ).join(','),
    )
    .join('\n');

const rowsOf = (csv: string) =>
  csv
    .trim()
    .split('\n')
    .slice(1)
    .map((line) => line.split(','));

test('a row for every row of the test part, the highest at the spike', (t) => {
  const folder = folderWith(t, {
    'smd/a.train.csv.gz': metrics(300),
    'smd/a.test.csv.gz': metrics(80, 50),
  });
  const { csv, milliseconds } = scoreLabelled(folder, 'smd');
  assert.ok(csv.startsWith('series,index,score,alert\na,0,'));
  const rows = rowsOf(csv);
  assert.deepEqual(
    rows.map(([, index]) => Number(index)),
    Array.from({ length: 80 }, (_, i) => i),
  );
  const scores = rows.map(([, , score]) => Number(score));
  assert.equal(scores.indexOf(Math.max(...scores)), 50);
  assert.equal(rows[50]?.[3], '1');
  assert.equal(milliseconds.length, 1);
});

test('what comes later changes no score', (t) => {
  const files = (spikeAt: number) => ({
    'asd/a.train.csv.gz': metrics(300),
    'asd/a.test.csv.gz': metrics(80, spikeAt),
  });
  const plain = rowsOf(scoreLabelled(folderWith(t, files(-1)), 'asd').csv);
  const spiked = rowsOf(scoreLabelled(folderWith(t, files(50)), 'asd').csv);
  assert.deepEqual(plain.slice(0, 50), spiked.slice(0, 50));
  assert.notDeepEqual(plain[50], spiked[50]);
});

test('labels of the cloud set are not looked at, a missing value is a gap', (t) => {
  const text = (label: number) =>
    `file,timestamp,value,label\n${Array.from({ length: 100 }, (_, i) => {
      const time = new Date(1_530_000_000_000 + i * 3_600_000).toISOString().slice(0, 19);
      return `x/y.csv,${time.replace('T', ' ')},${i === 60 ? '' : (i * 5) % 7},${label}`;
    }).join('\n')}\n`;
  const [none, every] = [0, 1].map(
    (label) =>
      scoreLabelled(folderWith(t, { 'cloudmon/series.csv.gz': text(label) }), 'cloudmon').csv,
  );
  assert.equal(none, every);
  assert.equal(rowsOf(none!).length, 100);
  assert.ok(rowsOf(none!).every(([, , score]) => Number.isFinite(Number(score))));
});

test('a folder that is not there says which', () => {
  assert.throws(() => scoreLabelled('/nowhere', 'smd'), /nowhere\/smd/);
});
