// Look-alike of lock contention: threads that hand work over thousands of times a second, without a queue.
import type { FaultCase } from '../case.ts';
import { firstReason } from '../needs.ts';

export const healthyPipeline: FaultCase = {
  name: 'healthy-pipeline',
  about:
    'Eight workers take 2,000 items a second from a producer: many futex sleeps, nobody queues.',
  expected: undefined,
  missing: () => firstReason(),
  async start(stage) {
    stage.runOwn('pipeline', [8, 2000], { name: 'pipeline' });
  },
};
