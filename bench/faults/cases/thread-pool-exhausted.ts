// Fault: a server whose four workers are all waiting for something slow, while its listen queue overflows.
import type { FaultCase } from '../case.ts';
import { firstReason } from '../needs.ts';

const PORT = 18_099;
const WORKERS = 4;

export const threadPoolExhausted: FaultCase = {
  name: 'thread-pool-exhausted',
  about:
    'Four workers take 2 s for each of sixty clients: connections queue before a server that computes nothing.',
  expected: { kind: 'thread_starvation', blames: [{ group: 'pool-server' }] },
  missing: () => firstReason(),
  async start(stage) {
    stage.runOwn('pool', ['serve', PORT, WORKERS, 2000], { name: 'pool-server' });
    stage.runOwn('pool', ['ask', PORT, 60, 20], { name: 'pool-clients' });
  },
};
