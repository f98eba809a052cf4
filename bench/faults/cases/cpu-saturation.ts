// Fault: one process with twice as many computing threads as there are CPUs.
import { availableParallelism } from 'node:os';
import type { FaultCase } from '../case.ts';
import { firstReason } from '../needs.ts';

export const cpuSaturation: FaultCase = {
  name: 'cpu-saturation',
  about: 'Twice as many threads compute as there are CPUs; everybody waits for a CPU.',
  expected: { kind: 'cpu_saturation', blames: [{ group: 'hot-loop' }] },
  missing: () => firstReason(),
  async start(stage) {
    stage.runOwn('burn', [availableParallelism() * 2, 100, 100], { name: 'hot-loop' });
  },
};
