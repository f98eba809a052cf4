import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as text from './text.ts';

test('names read as words', () => {
  assert.equal(text.titleOf('cpu_saturation'), 'CPU saturation');
  assert.equal(text.titleOf('fd_exhaustion'), 'File descriptor exhaustion');
  assert.equal(text.titleOf('io_bound'), 'I/O bound');
  assert.equal(text.titleOf(''), '');
});

test('labels name their subject and its host', () => {
  const labels = { job: 'x', instance: 'web1:10910', group: 'nginx' };
  assert.equal(text.placeOf(labels), 'nginx on web1:10910');
  assert.equal(text.placeOf({ instance: 'web1:10910' }), 'web1:10910');
  assert.equal(text.subjectOf({ instance: 'a', mountpoint: '/', device: 'sda' }), '/ sda');
  assert.equal(text.placeOf({}), 'no host');
});

test('durations have at most two parts', () => {
  const cases: [number, string][] = [
    [-3, '0 s'],
    [0, '0 s'],
    [59.4, '59 s'],
    [60, '1 min'],
    [3_599, '60 min'],
    [3_600, '1 h'],
    [7_500, '2 h 5 min'],
    [86_400, '1 d'],
    [95_000, '1 d 2 h'],
    [40 * 86_400 + 7_200, '40 d'],
  ];
  for (const [seconds, expected] of cases) assert.equal(text.durationText(seconds), expected);
});

test('times are told from now, past and future', () => {
  assert.equal(text.agoText(100, 101), 'now');
  assert.equal(text.agoText(100, 280), '3 min ago');
  assert.equal(text.agoText(7_300, 100), 'in 2 h');
});

test('quantities carry their unit; what is not known is a dash', () => {
  const cases: [number | null | undefined, string, string][] = [
    [0.5, 'ratio', '50 %'],
    [0.012, 'ratio', '1.2 %'],
    [0, 'ratio', '0 %'],
    [1_572_864, 'bytes', '1.5 MiB'],
    [0, 'bytes', '0 B'],
    [0.25, 'bytes', '0.25 B'],
    [2048, 'bytes_per_second', '2 KiB/s'],
    [0.0123, 'seconds', '12.3 ms'],
    [0.0000123, 'seconds', '12.3 µs'],
    [3, 'seconds', '3 s'],
    [7200, 'seconds', '2 h'],
    [1.5, 'cores', '1.5 cores'],
    [1, 'cores', '1 core'],
    [1234567, 'count', '1.23 M'],
    [null, 'ratio', '–'],
    [undefined, 'ratio', '–'],
    [Number.NaN, 'bytes', '–'],
    [-1_048_576, 'bytes', '-1 MiB'],
  ];
  for (const [value, unit, expected] of cases)
    assert.equal(text.quantityText(value, unit), expected);
});

test('counts agree with their noun', () => {
  assert.equal(text.countText(1, 'finding'), '1 finding');
  assert.equal(text.countText(2000, 'finding'), '2,000 findings');
  assert.equal(text.countText(0, 'entry', 'entries'), '0 entries');
});

test('ticks of an axis differ', () => {
  assert.deepEqual(text.axisTexts([0.7, 0.702, 0.704], 'ratio'), ['70.0 %', '70.2 %', '70.4 %']);
  assert.deepEqual(text.axisTexts([0, 0.5, 1], 'ratio'), ['0 %', '50 %', '100 %']);
  assert.deepEqual(text.axisTexts([1, 1], 'ratio'), ['100 %', '100 %']);
});
