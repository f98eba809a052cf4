// Fault: a reader whose cgroup may read 2 MB a second; the disk itself is idle.
import { tmpdir } from 'node:os';
import type { FaultCase } from '../case.ts';
import { cgroupMissing } from '../cgroup.ts';
import { diskOf } from '../files.ts';
import { firstReason, noDisk } from '../needs.ts';
import { layOutFile } from '../storage.ts';

const FILE_MEGABYTES = 600;
const RATE = 2_000_000;

export const ioBoundThrottled: FaultCase = {
  name: 'io-bound-throttled',
  about:
    'A reader that wants 200 MB/s in a cgroup that may read 2 MB/s: it waits, the disk does not.',
  expected: { kind: 'io_bound', blames: [{ group: 'slow-reader' }] },
  missing: () => firstReason(cgroupMissing('io'), noDisk(), noDevice()),
  async prepare(stage) {
    await layOutFile(stage, FILE_MEGABYTES);
  },
  async start(stage) {
    const cgroups = stage.limit({ readBytesPerSecond: { device: diskOf(tmpdir())!, rate: RATE } });
    stage.runOwn('stream', ['read', 'data', 200, FILE_MEGABYTES], { name: 'slow-reader', cgroups });
  },
};

function noDevice(): string | undefined {
  return diskOf(tmpdir()) === undefined ? `no block device below ${tmpdir()}` : undefined;
}
