import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { DENIED, type FileText, GONE } from '../../sources/process-files.ts';
import { readHostActivity } from './host-activity.ts';

const read = (files: Readonly<Record<string, FileText>>) =>
  readHostActivity({ read: (path) => files[path] ?? GONE });

test('forks, threads and CPU time in user and system mode', () => {
  const stat = 'cpu  100 20 30 4000 5 600 700 8 0 0\ncpu0 1 2 3\nctxt 5\nprocesses 77\n';
  assert.deepEqual(read({ stat, loadavg: '0.10 0.20 0.30 2/345 6789\n' }), {
    ...{ forks: 77, threads: 345, cpuSeconds: 1.5 },
  });
});

test('what is missing, denied or no such file is unknown, never 0', () => {
  const unknown = { forks: Number.NaN, threads: Number.NaN, cpuSeconds: Number.NaN };
  assert.deepEqual(read({}), unknown);
  assert.deepEqual(read({ stat: DENIED, loadavg: DENIED }), unknown);
  assert.deepEqual(read({ stat: 'intr 5\n', loadavg: '0.1 0.2 0.3\n' }), unknown);
});

test('this host tells all three', { skip: process.platform !== 'linux' }, () => {
  const activity = readHostActivity({ read: (path) => readFileSync(`/proc/${path}`, 'latin1') });
  for (const [name, value] of Object.entries(activity)) assert.ok(value > 0, name);
});
