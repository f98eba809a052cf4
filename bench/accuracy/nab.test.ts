import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { gzipSync } from 'node:zlib';
import { scoreNab } from './nab.ts';

const HEAD = 'file,timestamp,value';

function folderWith(context: { after: (end: () => void) => void }, lines: readonly string[]) {
  const folder = mkdtempSync(join(tmpdir(), 'guard-nab-'));
  context.after(() => rmSync(folder, { recursive: true }));
  mkdirSync(join(folder, 'nab'));
  const text = `${[HEAD, ...lines].join('\n')}\n`;
  writeFileSync(join(folder, 'nab', 'series.csv.gz'), gzipSync(text));
  return folder;
}

function rowsOf(file: string, count: number, spikeAt = -1): string[] {
  return Array.from({ length: count }, (_, i) => {
    const time = new Date(Date.UTC(2026, 0, 1) + i * 300_000).toISOString();
    const value = i === spikeAt ? 500 : 50 + 10 * Math.sin(i / 46) + ((i * 7) % 5);
    return `${file},${time.slice(0, 19).replace('T', ' ')},${value}`;
  });
}

test('every row has a score in its place, from the rows before it alone', (t) => {
  const rows = [...rowsOf('a/one.csv', 1500, 1200), ...rowsOf('b/two.csv', 900)];
  const scores = (lines: readonly string[]) =>
    scoreNab(folderWith(t, lines)).csv.trim().split('\n').slice(1);
  const all = scores(rows);
  assert.equal(all.length, rows.length);
  assert.match(all[0]!, /^a\/one\.csv,0,0$/);
  assert.match(all[1500]!, /^b\/two\.csv,0,0$/);
  for (const row of all) {
    const score = Number(row.split(',')[2]);
    assert.ok(score >= 0 && score < 1, row);
  }
  assert.deepEqual(scores(rows.slice(0, 1250)), all.slice(0, 1250), 'the future changes nothing');
  const spike = all[1200]!.split(',');
  assert.ok(Number(spike[2]) > 0.5, `the spike scores ${spike[2]}`);
  const told = all.slice(0, 1500).filter((row) => Number(row.split(',')[2]) > 0.5);
  assert.equal(told.length, 1, 'and is told once');
});

test('a cell without a number scores 0 and a broken timestamp is an error', (t) => {
  const rows = rowsOf('a/one.csv', 40);
  const holed = [...rows.slice(0, 20), rows[20]!.replace(/[^,]*$/, ''), ...rows.slice(21)];
  assert.match(scoreNab(folderWith(t, holed)).csv, /a\/one\.csv,20,0\n/);
  assert.throws(() => scoreNab(folderWith(t, ['a/one.csv,yesterday,1'])), /"yesterday" is no date/);
});

test('a folder without the data says where they come from', () => {
  assert.throws(
    () => scoreNab('/nonexistent'),
    /series\.csv\.gz could not be read: .*numenta\/NAB/,
  );
});
