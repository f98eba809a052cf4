// Fault: many processes of one name instead of many threads of one process.
import { availableParallelism } from 'node:os';
import type { FaultCase } from '../case.ts';
import { firstReason, programMissing } from '../needs.ts';

export const cpuSaturationProcesses: FaultCase = {
  name: 'cpu-saturation-processes',
  about:
    'stress-ng keeps more processes computing than there are CPUs; none of them alone is large.',
  expected: {
    kind: 'cpu_saturation',
    blames: [{ group: 'stress-ng-cpu' }, { group: 'stress-ng' }],
  },
  missing: () => firstReason(programMissing('stress-ng', 'stress-ng')),
  async start(stage) {
    const workers = ['--cpu', `${availableParallelism() * 2}`, '--temp-path', stage.folder];
    const args = [...workers, '--timeout', `${stage.boundSeconds}`];
    stage.run({ command: 'stress-ng', args });
  },
};
