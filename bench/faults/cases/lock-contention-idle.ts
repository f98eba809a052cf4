// Fault: a slow call made while holding a mutex; everybody waits and no CPU is busy.
import type { FaultCase } from '../case.ts';
import { firstReason } from '../needs.ts';

export const lockContentionIdle: FaultCase = {
  name: 'lock-contention-idle',
  about:
    'Sixteen threads need one mutex whose holder waits 5 ms for something slow: a queue on idle CPUs.',
  expected: { kind: 'lock_contention', blames: [{ group: 'slow-holder' }] },
  missing: () => firstReason(),
  async start(stage) {
    stage.runOwn('lock-fight', [16, 'wait', 5000], { name: 'slow-holder' });
  },
};
