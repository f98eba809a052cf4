// Fault: files that are opened and never closed, up to 97 % of the limit.
import type { FaultCase } from '../case.ts';
import { firstReason } from '../needs.ts';

export const fdExhaustion: FaultCase = {
  name: 'fd-exhaustion',
  about: 'A process opens 200 files a second and closes none until 97 % of its 1024 are used.',
  expected: { kind: 'fd_exhaustion', blames: [{ group: 'forgetful' }] },
  missing: () => firstReason(),
  async start(stage) {
    stage.runOwn('open-files', [1024, 97], { name: 'forgetful' });
  },
};
