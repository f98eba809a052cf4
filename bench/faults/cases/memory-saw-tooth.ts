// Look-alike of a memory leak: growth that a garbage collector takes back every two minutes.
import type { FaultCase } from '../case.ts';
import { firstReason } from '../needs.ts';

export const memorySawTooth: FaultCase = {
  name: 'memory-saw-tooth',
  about:
    'Memory grows by 60 MB a minute and is given back every two minutes, as garbage collection does.',
  expected: undefined,
  atLeastSeconds: 300,
  missing: () => firstReason(),
  async start(stage) {
    stage.runOwn('memory-shape', ['saw-tooth', 60, 120], { name: 'collector' });
  },
};
