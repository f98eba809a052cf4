// What is wrong, what to do about it, and what will go wrong next.
import { property, table } from '../panel.ts';
import { GROUP } from '../query.ts';
import {
  ALL_CLEAR,
  FINDING_SCORE,
  groupClick,
  hostClick,
  openFindings,
  scoreGauge,
  whatToDo,
} from '../shared/findings.ts';
import { runsOutNext } from '../shared/outlook.ts';

export const verdictRow = () => [
  openFindings({ width: 5 }),
  bottleneckNow(),
  whatToDo(12),
  runsOutNext({ width: 12 }),
];

function bottleneckNow() {
  return table({
    title: 'Who is the bottleneck now',
    description:
      'The process groups that hold up their host, worst first. The score says how sure and how bad (0 to 1); from 0.5 on it is a finding. Click a group to see what it does and waits for, or its host.',
    unit: 'short',
    emptyWhen: ALL_CLEAR,
    queries: [{ name: 'Score', expr: `guard_bottleneck_score{${GROUP}} >= ${FINDING_SCORE}` }],
    columns: {
      Value: 'Score',
      kind: 'Kind',
      group: 'Group',
      target: 'Target',
      probe: 'Probe',
      database_server: 'Database',
      instance: 'Host',
    },
    sortBy: { heading: 'Score', descending: true },
    width: 19,
  })
    .overrideByName('Score', [...scoreGauge(), property('custom.width', 220)])
    .overrideByName('Group', [groupClick()])
    .overrideByName('Host', [hostClick()]);
}
