import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { createPerfPids } from './perf-pids.ts';

const folder = mkdtempSync(join(tmpdir(), 'guard-perf-pids-'));
after(() => rmSync(folder, { recursive: true }));

test('stat texts of those that live', async () => {
  const stats = await createPerfPids('/proc').readStats([process.pid, 2 ** 30]);
  assert.deepEqual([...stats.keys()], [process.pid]);
  assert.match(stats.get(process.pid) ?? '', new RegExp(`^${process.pid} \\(`));
});

test('a procfs of another pid namespace is refused, since perf would record strangers', async () => {
  const procfs = join(folder, 'proc');
  mkdirSync(procfs);
  const refused = { reason: 'other_pid_namespace', message: /share the host's pid namespace/ };
  await assert.rejects(createPerfPids(procfs).readStats([1]), refused);
  symlinkSync('4711', join(procfs, 'self'));
  await assert.rejects(createPerfPids(procfs).readStats([1]), refused);
});
