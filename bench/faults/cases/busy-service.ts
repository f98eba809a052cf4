// Look-alike of CPU saturation: a service that works hard with CPU to spare.
import { availableParallelism } from 'node:os';
import type { FaultCase } from '../case.ts';
import { firstReason } from '../needs.ts';

const THREADS_PER_CPU = 2;

export const busyService: FaultCase = {
  name: 'busy-service',
  about:
    'Two threads per CPU, each busy for a fifth of the time: 40 % of the host, and nobody waits.',
  expected: undefined,
  missing: () => firstReason(),
  async start(stage) {
    const threads = availableParallelism() * THREADS_PER_CPU;
    stage.runOwn('burn', [threads, 20, 50], { name: 'busy-service' });
  },
};
