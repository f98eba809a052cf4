// Fault: many processes in one limited cgroup whose name does not tell whose it is.
import type { FaultCase } from '../case.ts';
import { cgroupMissing } from '../cgroup.ts';
import { firstReason } from '../needs.ts';

const LIMITS = { cpus: 0.3, anonymous: true };
const PROCESSES = 4;

export const cpuThrottlingAnonymous: FaultCase = {
  name: 'cpu-throttling-anonymous',
  about:
    'Four busy processes share a cgroup of 0.3 CPUs that is no systemd unit and no container: its name is a riddle.',
  expected: { kind: 'cpu_throttling', blames: [{ group: 'capped-crowd' }] },
  missing: () => firstReason(cgroupMissing('cpu')),
  // The limited cgroup and a process in it are there long before the demand, as a container and its init are.
  async prepare(stage) {
    stage.runOwn('sleepers', [1], { name: 'resident', cgroups: stage.limit(LIMITS) });
  },
  async start(stage) {
    const options = { name: 'capped-crowd', cgroups: stage.limit(LIMITS) };
    for (let each = 0; each < PROCESSES; each += 1) stage.runOwn('burn', [1, 50, 50], options);
  },
};
