import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { HostFiles } from '../sources/host-files.ts';
import { NoDataError } from './collector.ts';
import { createMemoryCollector, parseEvents, parseMemory } from './memory.ts';

const signal = new AbortController().signal;

test('kilobytes become bytes, counts without a unit are left out', () => {
  const fields = parseMemory('MemTotal:  8000 kB\nActive(anon):   12 kB\nHugePages_Total:   0\n');
  assert.deepEqual(
    [...fields],
    [
      ['MemTotal', 8_192_000],
      ['Active(anon)', 12_288],
    ],
  );
});

test('text that is not /proc/meminfo is refused', () => {
  assert.throws(() => parseMemory('MemFree: 1 kB\n'), /no MemTotal/);
  assert.throws(() => parseMemory('MemTotal: many kB\n'), /MemTotal: expected a number/);
});

test('events are read by their whole name', () => {
  assert.deepEqual(
    [...parseEvents('pswpin 1\nzswpin 9\npswpin_extra 3\noom_kill 2\n')],
    [
      ['pswpin', 1],
      ['oom_kill', 2],
    ],
  );
});

test('what the kernel does not tell has no series', async () => {
  const files = {
    paths: { procfs: '/nonexistent', sysfs: '', rootfs: '/' },
    proc(file: string) {
      if (file === 'vmstat') return 'pswpin 5\npgmajfault 7\n';
      return 'MemTotal: 10 kB\nMemFree: 5 kB\n';
    },
  } as unknown as HostFiles;
  const families = await createMemoryCollector(files).collect(signal);
  const named = families.filter(({ samples }) => samples.length > 0).map(({ name }) => name);
  assert.deepEqual(named, [
    'guard_memory_total_bytes',
    'guard_memory_free_bytes',
    'guard_major_page_faults_total',
  ]);
});

test('without /proc/meminfo there is no data', async () => {
  const files = {
    proc() {
      throw new NoDataError('permission_denied', 'Cannot read meminfo: EACCES');
    },
  } as unknown as HostFiles;
  await assert.rejects(createMemoryCollector(files).collect(signal), {
    reason: 'permission_denied',
  });
});
