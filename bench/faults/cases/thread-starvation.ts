// Fault: many runnable threads tied to one CPU while another is idle.
import { availableParallelism } from 'node:os';
import type { FaultCase } from '../case.ts';
import { firstReason, programMissing } from '../needs.ts';

export const threadStarvation: FaultCase = {
  name: 'thread-starvation',
  about:
    'Twenty-four computing threads are tied to one CPU: they wait for it while others are idle.',
  expected: { kind: 'thread_starvation', blames: [{ group: 'pinned' }] },
  missing: () =>
    firstReason(
      programMissing('taskset', 'util-linux'),
      availableParallelism() < 2 ? 'needs two CPUs' : undefined,
    ),
  async start(stage) {
    const before = ['taskset', '--cpu-list', '0'];
    stage.runOwn('burn', [24, 100, 100], { name: 'pinned', before });
  },
};
