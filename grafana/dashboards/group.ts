// One process group: is it the bottleneck, what do its threads wait for, and what does it use.
import type { Dashboard } from '@grafana/grafana-foundation-sdk/dashboard';
import { page } from './page.ts';
import { GROUP } from './query.ts';
import { groupCpuRow, groupIoRow, groupMemoryRow } from './rows/group-use.ts';
import { anomalyScores } from './shared/anomalies.ts';
import { scoreTimeline, whatToDo } from './shared/findings.ts';
import { groupWaiting, threadTime } from './shared/groups.ts';
import { runsOutNext } from './shared/outlook.ts';
import { alertMarks, anomalyMarks, findingMarks } from './variables.ts';

/** Of this page: the chosen groups, and nothing that belongs to none. */
const CHOSEN = `${GROUP},group!=""`;

/** Latency Guard / Group. */
export function group(): Dashboard {
  return page({
    name: 'group',
    title: 'Group',
    description:
      'Whether a process group is the bottleneck, what its threads wait for, what it uses, and what to do. Choose one group above; several are shown together.',
    annotations: [
      findingMarks(),
      alertMarks('instance=~"$instance",group=~"$group"'),
      anomalyMarks(CHOSEN),
    ],
    rows: {
      'Is it the bottleneck, and what to do': () => [scoreTimeline({ width: 12 }), whatToDo(12)],
      'Where the time of its threads goes': () => [threadTime(14), groupWaiting(10)],
      CPU: groupCpuRow,
      Memory: groupMemoryRow,
      'Disk, files, network': groupIoRow,
      'What comes, and what is unusual': () => [
        runsOutNext({ width: 12, which: CHOSEN }),
        anomalyScores({ width: 12, which: CHOSEN }),
      ],
    },
  });
}
