// Fault: a hot critical section; one mutex, many threads, and nearly all the work is done under it.
import type { FaultCase } from '../case.ts';
import { firstReason } from '../needs.ts';

export const lockContention: FaultCase = {
  name: 'lock-contention',
  about: 'Sixteen threads compute under one mutex: they are as fast as one thread.',
  expected: { kind: 'lock_contention', blames: [{ group: 'convoy' }] },
  missing: () => firstReason(),
  async start(stage) {
    stage.runOwn('lock-fight', [16, 'work', 500], { name: 'convoy' });
  },
};
