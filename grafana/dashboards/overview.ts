// The overview: one page that a newcomer reads from top to bottom, from the verdict down to whether to believe it.
import type { Dashboard } from '@grafana/grafana-foundation-sdk/dashboard';
import { page } from './page.ts';
import { fleetRow } from './rows/fleet.ts';
import { outlookRow } from './rows/outlook.ts';
import { verdictRow } from './rows/verdict.ts';
import { groupCpu, groupDisk, groupMemory } from './shared/groups.ts';
import { gaps, scrapes } from './shared/trust.ts';
import { alertMarks, findingMarks } from './variables.ts';

/** Latency Guard / Overview. */
export function overview(): Dashboard {
  return page({
    name: 'overview',
    title: 'Overview',
    description:
      'Which process on which host is the bottleneck, why, what to do about it, and when a resource runs out.',
    refresh: '5s',
    annotations: [findingMarks(), alertMarks()],
    rows: {
      'What is wrong, what to do, what comes next': verdictRow,
      'Which host is in trouble': fleetRow,
      'Which process group uses most': () => [groupCpu(8), groupMemory(8), groupDisk(8)],
      'How full the hosts are, and where they are heading': outlookRow,
      'Can this page be believed': () => [scrapes(10), gaps(14)],
    },
  });
}
