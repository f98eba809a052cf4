// Look-alike of a memory leak: caches that fill for a minute and a half after the start, and stay.
import type { FaultCase } from '../case.ts';
import { firstReason } from '../needs.ts';

export const memoryWarmUp: FaultCase = {
  name: 'memory-warm-up',
  about: 'A service takes 200 MB a minute for 90 s after its start and nothing more.',
  expected: undefined,
  atLeastSeconds: 300,
  missing: () => firstReason(),
  async start(stage) {
    stage.runOwn('memory-shape', ['warm-up', 200, 300], { name: 'warming-up' });
  },
};
