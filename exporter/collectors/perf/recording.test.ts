import assert from 'node:assert/strict';
import { test } from 'node:test';
import { NoDataError } from '../../sources/no-data.ts';
import { PerfBusyError } from '../../sources/perf-record.ts';
import type { CpuReading } from './busy-groups.ts';
import { perfConfigSchema } from './config.ts';
import { createProfile } from './profile.ts';
import type { PerfProfiler, ProfileRequest } from './profiler.ts';
import { createPerfRecording } from './recording.ts';

/** A host whose groups use as many CPUs as `cpus` says, one pid per group, and a perf that finds `samples` samples. */
function fakeHost(record: Record<string, unknown> = {}) {
  const host = {
    now: 0,
    cpus: { web: 1.5, db: 0.7, cron: 0.1 } as Record<string, number>,
    samples: 20,
    cost: 0.2,
    requests: [] as ProfileRequest[],
    error: undefined as Error | undefined,
  };
  let children = 0;
  const profiler: PerfProfiler = {
    async readCpu(): Promise<CpuReading> {
      const entries = Object.entries(host.cpus);
      return new Map(
        entries.map(([group, cpus], index) => [
          index + 1,
          { group, cpuSeconds: cpus * host.now, startTicks: 1 },
        ]),
      );
    },
    async record(request) {
      host.requests.push(request);
      children += host.cost;
      if (host.error !== undefined) throw host.error;
      return new Map(
        [...request.groups.values()].map((group) => {
          const profile = createProfile();
          const frames = [{ symbol: `${group}_hot(int)`, object: `/bin/${group}` }];
          for (let index = 0; index < host.samples; index += 1) {
            profile.add({ comm: group, pid: 1, frames });
          }
          return [group, profile];
        }),
      );
    },
    childCpuSeconds: () => children,
  };
  const config = perfConfigSchema.parse({ record: { enabled: true, ...record } }).record;
  const deps = { profiler, clock: () => host.now, wallClock: () => 1_000 + host.now };
  const recording = createPerfRecording(config, deps);
  const checkAt = async (seconds: number) => {
    host.now = seconds;
    await recording.check();
  };
  const samplesOf = (name: string) =>
    recording
      .families()
      .find((family) => family.name === name)
      ?.samples.map(({ labels, value }) => [...Object.values(labels), value]);
  return { host, recording, checkAt, samplesOf };
}

test('the groups above the threshold are recorded together, and their hottest functions told', async () => {
  const { host, checkAt, samplesOf } = fakeHost();
  await checkAt(10);
  assert.deepEqual(host.requests, [], 'one reading says nothing about who is busy');
  await checkAt(40);
  assert.deepEqual(
    host.requests.map(({ groups, seconds, hertz }) => [[...groups], seconds, hertz]),
    [
      [
        [
          [1, 'web'],
          [2, 'db'],
        ],
        5,
        49,
      ],
    ],
  );
  assert.deepEqual(samplesOf('guard_perf_hotspot_ratio'), [
    ['web', 'web_hot', 'web', 1],
    ['db', 'db_hot', 'db', 1],
  ]);
  assert.deepEqual(samplesOf('guard_perf_recording_samples'), [
    ['web', 20],
    ['db', 20],
  ]);
  assert.deepEqual(samplesOf('guard_perf_recording_timestamp_seconds'), [[1040]]);
  assert.deepEqual(samplesOf('guard_perf_recordings_total'), [[1]]);
  assert.deepEqual(samplesOf('guard_perf_recording_cpu_seconds_total'), [[0.2]]);
});

test('between two recordings is the interval, or as long as the budget wants', async () => {
  const { host, checkAt } = fakeHost({ interval: '60s', budget_ratio: 0.01 });
  await checkAt(10);
  await checkAt(40);
  await checkAt(99);
  assert.equal(host.requests.length, 1);
  host.cost = 3;
  await checkAt(100);
  assert.equal(host.requests.length, 2);
  await checkAt(399);
  assert.equal(host.requests.length, 2, '3 s of CPU are 1 % of 300 s');
  await checkAt(400);
  assert.equal(host.requests.length, 3);
});

test('named groups are recorded however little they do, but not when they do nothing', async () => {
  const { host, checkAt } = fakeHost({ groups: ['cron', 'gone', 'db'], max_groups: 2 });
  host.cpus.idle = 0;
  await checkAt(10);
  await checkAt(40);
  assert.deepEqual([...(host.requests[0]?.groups.values() ?? [])], ['db', 'cron']);
});

test('when nobody is busy any more nothing is told', async () => {
  const { host, checkAt, samplesOf } = fakeHost({ interval: '60s' });
  await checkAt(10);
  await checkAt(40);
  host.cpus = { web: 0 };
  await checkAt(100);
  assert.equal(host.requests.length, 1);
  assert.deepEqual(samplesOf('guard_perf_hotspot_ratio'), []);
  assert.deepEqual(samplesOf('guard_perf_recording_timestamp_seconds'), []);
  assert.deepEqual(samplesOf('guard_perf_recordings_total'), [[1]]);
});

test('a handful of samples says nothing about shares', async () => {
  const { host, checkAt, samplesOf } = fakeHost();
  host.samples = 9;
  await checkAt(10);
  await checkAt(40);
  assert.deepEqual(samplesOf('guard_perf_hotspot_ratio'), []);
  assert.deepEqual(samplesOf('guard_perf_recording_samples'), [
    ['web', 9],
    ['db', 9],
  ]);
});

test('a failure is told, clears what was known and waits for the interval', async () => {
  const { host, recording, checkAt, samplesOf } = fakeHost({ interval: '60s' });
  await checkAt(10);
  await checkAt(40);
  host.error = new NoDataError('permission_denied', 'no');
  await checkAt(100);
  assert.equal(recording.problem()?.reason, 'permission_denied');
  assert.deepEqual(samplesOf('guard_perf_hotspot_ratio'), []);
  await checkAt(130);
  assert.equal(host.requests.length, 2);
  host.error = undefined;
  await checkAt(160);
  assert.equal(recording.problem(), undefined);
  host.error = new Error('broken');
  await checkAt(220);
  assert.match(recording.problem()?.message ?? '', /Cannot record: broken/);
});

test('while somebody else records it keeps what it has', async () => {
  const { host, recording, checkAt, samplesOf } = fakeHost({ interval: '60s' });
  await checkAt(10);
  await checkAt(40);
  host.error = new PerfBusyError();
  await checkAt(100);
  assert.equal(recording.problem(), undefined);
  assert.equal(samplesOf('guard_perf_hotspot_ratio')?.length, 2);
});

test('many processes share the places evenly between the groups', async () => {
  const { host, checkAt } = fakeHost({ min_cpus: 0, max_groups: 20 });
  host.cpus = Object.fromEntries(Array.from({ length: 30 }, (_, index) => [`g${index}`, 1]));
  await checkAt(10);
  await checkAt(40);
  assert.equal(host.requests[0]?.groups.size, 20);
});
