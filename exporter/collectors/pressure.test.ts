import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { HostFiles } from '../sources/host-files.ts';
import { NoDataError } from './collector.ts';
import { createPressureCollector, parsePressure } from './pressure.ts';

const SOME = 'some avg10=1.25 avg60=0.36 avg300=0.38 total=13866073\n';
const FULL = 'full avg10=0.00 avg60=0.00 avg300=0.00 total=500\n';
const signal = new AbortController().signal;

function fakeFiles(texts: Readonly<Record<string, string>>): HostFiles {
  return {
    paths: { procfs: '/proc', sysfs: '/sys', rootfs: '/' },
    proc(file: string) {
      const text = texts[file];
      if (text === undefined) throw new NoDataError('not_supported', `Cannot read ${file}: ENOENT`);
      return text;
    },
  } as unknown as HostFiles;
}

test('totals are microseconds, and full may be missing', () => {
  assert.deepEqual(parsePressure(SOME + FULL), {
    waitingSeconds: 13.866073,
    stalledSeconds: 0.0005,
  });
  assert.deepEqual(parsePressure(SOME), { waitingSeconds: 13.866073, stalledSeconds: undefined });
  assert.throws(() => parsePressure(FULL), /no line "some"/);
  assert.throws(() => parsePressure('some avg10=0.00 total=x\n'), /got "x"/);
});

test('the stalled time of the CPU is not exported, because the kernel does not define it', async () => {
  const files = fakeFiles({ 'pressure/cpu': SOME + FULL, 'pressure/io': SOME + FULL });
  const families = await createPressureCollector(files).collect(signal);
  assert.deepEqual(
    families.map(({ name }) => name),
    [
      'guard_pressure_cpu_waiting_seconds_total',
      'guard_pressure_io_waiting_seconds_total',
      'guard_pressure_io_stalled_seconds_total',
    ],
  );
});

test('a kernel without pressure files has no data', async () => {
  await assert.rejects(createPressureCollector(fakeFiles({})).collect(signal), {
    name: 'NoDataError',
    reason: 'not_supported',
    message: /psi=0/,
  });
});

test('interrupts have a stalled time only, and only where the kernel accounts for them', async () => {
  const texts = { 'pressure/io': SOME, 'pressure/irq': FULL };
  const families = await createPressureCollector(fakeFiles(texts)).collect(signal);
  const irq = families.find(({ name }) => name === 'guard_pressure_irq_stalled_seconds_total');
  assert.equal(irq?.samples[0]?.value, 0.0005);
  const broken = fakeFiles({ ...texts, 'pressure/irq': 'full avg10=0.00\n' });
  await assert.rejects(createPressureCollector(broken).collect(signal), /full: expected a number/);
});
