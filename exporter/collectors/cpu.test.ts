import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { HostFiles } from '../sources/host-files.ts';
import { createCpuCollector, parseCpuStatistics } from './cpu.ts';

const signal = new AbortController().signal;

test('every mode of every CPU is in seconds, guest time stays within user', () => {
  const { cpus, values } = parseCpuStatistics(
    'cpu  9 9 9 9 9 9 9 9 9 9\ncpu0 100 2 300 4000 5 6 7 8 90 1\ncpu12 1 1 1 1 1 1 1 1 0 0\nctxt 42\nbtime 7\n',
  );
  assert.deepEqual(cpus, [
    { cpu: '0', seconds: [1, 0.02, 3, 40, 0.05, 0.06, 0.07, 0.08] },
    { cpu: '12', seconds: [0.01, 0.01, 0.01, 0.01, 0.01, 0.01, 0.01, 0.01] },
  ]);
  assert.deepEqual(
    [...values],
    [
      ['ctxt', 42],
      ['btime', 7],
    ],
  );
});

test('text that is not /proc/stat is refused', () => {
  assert.throws(() => parseCpuStatistics(''), /no line for any CPU/);
  assert.throws(() => parseCpuStatistics('cpu0 1 2 x 4\n'), /expected a number, got "x"/);
  assert.throws(() => parseCpuStatistics('cpu0 1 2 3 4 5 6 7 8\nctxt -1\n'), /ctxt: expected/);
});

test('a counter that the kernel moves back a little stays, one that starts again follows', async () => {
  let text = '';
  const files = { proc: () => text } as unknown as HostFiles;
  const collector = createCpuCollector(files);
  const iowait = async (ticks: number) => {
    text = `cpu0 0 0 0 0 ${ticks} 0 0 0 0 0\n`;
    const [seconds] = await collector.collect(signal);
    return seconds?.samples.find(({ labels }) => labels.mode === 'iowait')?.value;
  };
  assert.equal(await iowait(1000), 10);
  assert.equal(await iowait(990), 10);
  assert.equal(await iowait(1001), 10.01);
  assert.equal(await iowait(5), 0.05);
});
