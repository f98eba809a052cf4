// Fault: 50 MB more every minute, never given back.
import type { FaultCase } from '../case.ts';
import { firstReason } from '../needs.ts';

export const memoryLeak: FaultCase = {
  name: 'memory-leak',
  about: 'A process keeps 50 MB more every minute and uses none of it again.',
  expected: { kind: 'memory_leak', blames: [{ group: 'keeper' }] },
  // A leak needs minutes to differ from a warm-up; the bar is 5.
  atLeastSeconds: 330,
  missing: () => firstReason(),
  async start(stage) {
    stage.runOwn('memory-shape', ['leak', 50, 2000], { name: 'keeper' });
  },
};
