// Fault: a working set four times as large as the memory its cgroup may use.

import type { FaultCase } from '../case.ts';
import { cgroupMissing } from '../cgroup.ts';
import { firstReason, noDisk } from '../needs.ts';
import { layOutFile } from '../storage.ts';

const LIMITS = { memoryBytes: 100 << 20 };
const FILE_MEGABYTES = 400;

export const memoryPressure: FaultCase = {
  name: 'memory-pressure',
  about:
    'A process maps 400 MiB and needs all of it in a cgroup of 100 MiB: the kernel throws out what is needed next, so ' +
    'its threads do wait for the disk as well (io_bound).',
  expected: { kind: 'memory_pressure', blames: [{ group: 'cramped' }], also: ['io_bound'] },
  missing: () => firstReason(cgroupMissing('memory'), noDisk()),
  async prepare(stage) {
    await layOutFile(stage, FILE_MEGABYTES);
    stage.runOwn('sleepers', [1], { name: 'resident', cgroups: stage.limit(LIMITS) });
  },
  async start(stage) {
    stage.runOwn('thrash', ['data'], { name: 'cramped', cgroups: stage.limit(LIMITS) });
  },
};
