// Look-alike of CPU saturation: a batch job that takes only what nobody else wants.
import { availableParallelism } from 'node:os';
import type { FaultCase } from '../case.ts';
import { firstReason } from '../needs.ts';

/** Sessions are scheduled as groups where autogroup is on: the nice value of the session counts, too (man 7 sched). */
const SESSION = 'echo 19 > /proc/self/autogroup; exec "$@"';

export const niceBatch: FaultCase = {
  name: 'nice-batch',
  about: 'A batch job computes on every CPU at the lowest priority and makes way for everybody.',
  expected: undefined,
  missing: () => firstReason(),
  async start(stage) {
    const before = ['nice', '-n', '19', 'sh', '-c', SESSION, 'sh'];
    stage.runOwn('burn', [availableParallelism(), 100, 100], { name: 'batch', before });
  },
};
