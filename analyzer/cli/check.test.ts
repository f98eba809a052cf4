import assert from 'node:assert/strict';
import { test } from 'node:test';
import { judgeUsage } from './check.ts';
import { NAMES, parseSamples, usageOf } from './exporter-reading.ts';

const page = (idle: number, busy: number, rest = '') => `# TYPE guard_cpu_seconds_total counter
guard_cpu_seconds_total{cpu="0",mode="idle"} ${idle}
guard_cpu_seconds_total{cpu="0",mode="user"} ${busy} 1700000000000
guard_memory_total_bytes 1e10
guard_memory_available_bytes 2.5e+09
guard_filesystem_size_bytes{mountpoint="/a \\"b\\"\\\\c"} 100
guard_filesystem_available_bytes{mountpoint="/a \\"b\\"\\\\c"} 5
guard_process_fd_limit_used_ratio{group="x"} 0.1
guard_process_fd_limit_used_ratio{group="y"} 0.3
other_metric 7
${rest}`;
const read = (text: string) => parseSamples(text, (name) => NAMES.includes(name));
const usage = (before: string, after: string) => usageOf(read(before), read(after), 2);
const THRESHOLDS = { cpu: 0.9, memory: 0.9, filesystem: 0.9, 'open-files': 0.9, io: 0.2 };

test('what is in use comes from two looks', () => {
  const io = 'guard_pressure_io_waiting_seconds_total ';
  const ratios = usage(page(100, 50, `${io}1`), page(101, 53, `${io}1.5`));
  assert.deepEqual(
    ratios.map(({ resource, subject, ratio }) => [resource, subject, ratio]),
    [
      ['cpu', '', 0.75],
      ['memory', '', 0.75],
      ['filesystem', '/a "b"\\c', 0.95],
      ['open-files', 'y', 0.3],
      ['io', 'tasks waiting (PSI)', 0.25],
    ],
  );
  const { exitCode, lines } = judgeUsage(ratios, THRESHOLDS);
  assert.equal(exitCode, 1);
  assert.equal(lines.filter((line) => line.endsWith('exceeded')).length, 2);
});

test('fine is 0, and pressure that the kernel does not tell is no reason for doubt', () => {
  const fine = usage(page(100, 50), page(109, 51)).filter(
    ({ resource }) => resource !== 'filesystem',
  );
  assert.equal(judgeUsage(fine, THRESHOLDS).exitCode, 0);
});

test('without CPU or memory nothing can be said, unless something else is exceeded', () => {
  const nothing = usageOf([], read('up 1\n<html>'), 2);
  assert.ok(nothing.every(({ ratio }) => ratio === undefined));
  assert.equal(judgeUsage(nothing, THRESHOLDS).exitCode, 2);
  const full = [...nothing, { resource: 'filesystem', subject: '/', ratio: 0.99 }];
  assert.equal(judgeUsage(full, THRESHOLDS).exitCode, 1);
});

test('a counter that did not move says nothing', () => {
  assert.equal(usage(page(1, 1), page(1, 1))[0]?.ratio, undefined);
});
