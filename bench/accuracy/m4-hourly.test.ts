import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { gzipSync } from 'node:zlib';
import { forecastM4Hourly } from './m4-hourly.ts';

test('every series becomes 48 rows in the scorer’s format, from the training part alone', (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'guard-m4-'));
  t.after(() => rmSync(folder, { recursive: true }));
  mkdirSync(join(folder, 'm4-hourly'));
  const values = (scale: number) =>
    Array.from({ length: 400 }, (_, i) =>
      (scale * (10 + (i % 24) + ((i * 7) % 5))).toFixed(1),
    ).join(',');
  const text = `A,${values(1)}\nB,${values(100)},,\n`;
  writeFileSync(join(folder, 'm4-hourly', 'train.csv.gz'), gzipSync(text));
  const { csv, milliseconds } = forecastM4Hourly(folder);
  const [head, ...rows] = csv.trim().split('\n');
  assert.equal(head, 'series,step,mean,lo80,hi80,lo95,hi95');
  assert.equal(rows.length, 96);
  assert.equal(milliseconds.length, 2);
  for (const row of rows) {
    const [id, step, mean, lo80, hi80, lo95, hi95] = row.split(',');
    assert.match(id ?? '', /^[AB]$/);
    assert.ok(Number(step) >= 1 && Number(step) <= 48);
    const order = [lo95, lo80, mean, hi80, hi95].map(Number);
    assert.deepEqual(
      order,
      [...order].sort((a, b) => a - b),
      row,
    );
  }
});
