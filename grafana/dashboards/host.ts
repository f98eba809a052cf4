// One host: what is wrong on it, which of its resources is short, and who uses it.
import type { Dashboard } from '@grafana/grafana-foundation-sdk/dashboard';
import { page } from './page.ts';
import { table } from './panel.ts';
import { HOST } from './query.ts';
import { disksRow } from './rows/disks.ts';
import { cpuRow, memoryRow } from './rows/host-use.ts';
import { networkRow } from './rows/network.ts';
import { filesystems } from './shared/capacity.ts';
import { scoreTimeline, whatToDo } from './shared/findings.ts';
import { groupCpu, groupDisk, groupMemory, groupWaiting, threadTime } from './shared/groups.ts';
import { runsOutNext } from './shared/outlook.ts';
import { alertMarks, anomalyMarks, findingMarks } from './variables.ts';

/** Latency Guard / Host. */
export function host(): Dashboard {
  return page({
    name: 'host',
    title: 'Host',
    description:
      'What is wrong on one host, which of its resources is short, who uses it, and what to do. Choose one host above; of several, the highest is shown.',
    annotations: [
      findingMarks(),
      alertMarks('instance=~"$instance"'),
      anomalyMarks(`${HOST},group=""`),
    ],
    rows: {
      'What is wrong, and what to do': () => [scoreTimeline({ width: 12 }), whatToDo(12)],
      CPU: cpuRow,
      'Who uses it': () => [
        groupCpu(8),
        groupWaiting(8),
        groupMemory(8),
        groupDisk(12),
        threadTime(12),
      ],
      Memory: memoryRow,
      'Disks and file systems': () => [...disksRow(), filesystems(10), runsOutNext({ width: 14 })],
      Network: networkRow,
      'What it is': () => [inventory()],
    },
  });
}

function inventory() {
  return table({
    title: 'Inventory',
    description:
      'What the chosen hosts are: name, operating system, kernel, processor, and what they run on when they are virtual.',
    unit: 'short',
    queries: [{ name: 'Info', expr: `guard_host_info{${HOST}}` }],
    columns: {
      instance: 'Host',
      hostname: 'Name',
      os: 'System',
      kernel: 'Kernel',
      cpu_model: 'Processor',
      cpus: 'CPUs',
      virtualization: 'Runs on',
    },
    sortBy: { heading: 'Host', descending: false },
    width: 24,
    height: 6,
  });
}
