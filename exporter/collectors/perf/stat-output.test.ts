import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parsePerfStatLine } from './stat-output.ts';

test('counts with their unit, as perf 6.1 prints them', () => {
  assert.deepEqual(
    parsePerfStatLine('     1.001052424,311,,context-switches,2002406588,100.00,155.312,/sec'),
    { kind: 'count', event: 'context-switches', value: 311, unit: '' },
  );
  assert.deepEqual(
    parsePerfStatLine(
      '     1.001052424,2002.42,msec,cpu-clock,2002415670,100.00,2.002,CPUs utilized',
    ),
    { kind: 'count', event: 'cpu-clock', value: 2002.42, unit: 'msec' },
  );
  assert.deepEqual(parsePerfStatLine('1.0,0,,major-faults,2002415755,100.00,,'), {
    kind: 'count',
    event: 'major-faults',
    value: 0,
    unit: '',
  });
  assert.deepEqual(parsePerfStatLine('1.0,5,,cpu_core/cycles/u,20,37.50'), {
    kind: 'count',
    event: 'cpu_core/cycles/u',
    value: 5,
    unit: '',
  });
});

test('what the machine does not offer is no count of 0', () => {
  assert.deepEqual(parsePerfStatLine('     0.500577585,<not supported>,,cycles:u,0,100.00,,'), {
    kind: 'not_supported',
    event: 'cycles:u',
  });
});

test('everything else is nothing', () => {
  for (const line of [
    '',
    '# started on Fri Nov 20 14:25:22 2026',
    '     1.001052424,<not counted>,,cycles,0,0.00,,',
    '     1.001052424,311,,context-swit',
    '     1.001052424,311,,context-switches,200240',
    '     1.001052424,31',
    '     1.001052424,-5,,page-faults,2002415052,100.00,,',
    '     1.001052424,NaN,,page-faults,2002415052,100.00,,',
    '     1,001052424,311,,page-faults,2002415052,100.00,,',
    ',,,,,,',
    'Error: Permission denied, and, so, on, and, on',
  ]) {
    assert.equal(parsePerfStatLine(line), undefined, line);
  }
});
