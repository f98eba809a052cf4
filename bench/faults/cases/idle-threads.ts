// Look-alike of lock contention: an idle server, two hundred threads asleep on a futex.
import type { FaultCase } from '../case.ts';
import { firstReason } from '../needs.ts';

export const idleThreads: FaultCase = {
  name: 'idle-threads',
  about: 'Two hundred pool threads sleep on a condition variable because there is nothing to do.',
  expected: undefined,
  missing: () => firstReason(),
  async start(stage) {
    stage.runOwn('sleepers', [200], { name: 'idle-server' });
  },
};
