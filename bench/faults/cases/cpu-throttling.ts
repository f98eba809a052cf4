// Fault: a service that wants two CPUs and may use a third of one, while the host is idle.
import type { FaultCase } from '../case.ts';
import { cgroupMissing } from '../cgroup.ts';
import { firstReason } from '../needs.ts';

const LIMITS = { cpus: 0.3 };

export const cpuThrottling: FaultCase = {
  name: 'cpu-throttling',
  about:
    'Two computing threads in the cgroup of a service limited to 0.3 CPUs: throttled while the host has CPUs to spare.',
  expected: { kind: 'cpu_throttling', blames: [{ group: 'capped' }] },
  missing: () => firstReason(cgroupMissing('cpu')),
  // The limited cgroup and a process in it are there long before the demand, as a container and its init are.
  async prepare(stage) {
    stage.runOwn('sleepers', [1], { name: 'resident', cgroups: stage.limit(LIMITS) });
  },
  async start(stage) {
    stage.runOwn('burn', [2, 100, 100], { name: 'capped', cgroups: stage.limit(LIMITS) });
  },
};
