// Panels about open findings, for every dashboard that speaks of them: how many, who, what to do.
import {
  BarGaugeDisplayMode,
  BigValueColorMode,
  BigValueGraphMode,
  BigValueTextMode,
  TableCellDisplayMode,
} from '@grafana/grafana-foundation-sdk/common';
import type { DynamicConfigValue } from '@grafana/grafana-foundation-sdk/dashboard';
import { PanelBuilder as StatBuilder } from '@grafana/grafana-foundation-sdk/stat';
import { PanelBuilder as TimelineBuilder } from '@grafana/grafana-foundation-sdk/statetimeline';
import { clicks, ROW_GROUP, ROW_HOST, runbookClick } from '../links.ts';
import { colorByLimits, dress, lastValue, limits, ownLimits, property, table } from '../panel.ts';
import { GROUP, type Query } from '../query.ts';

/** Not "nothing is wrong": without an analyzer the table is empty, too. */
export const ALL_CLEAR = 'no finding is open; "Open findings" tells whether the analyzer looked';

/** From this score on a bottleneck is a finding. */
export const FINDING_SCORE = 0.5;
export const SEVERE_SCORE = 0.8;

/** What a finding is about; host-wide ones have no group but may have one of the others. */
export const SUBJECT = 'job, instance, group, target, probe, database_server';

/** A cycle older than this is no basis for saying that there is nothing. */
const MAX_CYCLE_AGE_SECONDS = 60;

/** One number per severity, and a word when nobody looked. */
export function openFindings(size: { width: number; height?: number }) {
  return dress(new StatBuilder(), {
    title: 'Open findings',
    description:
      'Findings that fire now, by severity. A zero means that the analyzer looked within the last minute and found nothing; without a recent look there is no number.',
    unit: 'short',
    queries: (['critical', 'warning', 'info'] as const).map(findingsOf),
    ...size,
  })
    .reduceOptions(lastValue())
    .colorMode(BigValueColorMode.Background)
    .graphMode(BigValueGraphMode.None)
    .textMode(BigValueTextMode.ValueAndName)
    .decimals(0)
    .noValue('The analyzer has not looked lately')
    .overrideByName('critical', [ownLimits({ alarmAt: 1 })])
    .overrideByName('warning', [ownLimits({ warnAt: 1 })])
    .overrideByName('info', [ownLimits({ warnAt: 1 })]);
}

function findingsOf(severity: 'critical' | 'warning' | 'info'): Query {
  const open = `count(guard_finding{state="firing",severity="${severity}",${GROUP}})`;
  const looked = `max(guard_analyzer_last_cycle_timestamp_seconds) > time() - ${MAX_CYCLE_AGE_SECONDS}`;
  return { name: severity, legend: severity, shape: 'now', expr: `${open} or (${looked}) * 0` };
}

/** The remedies of the chosen hosts and groups, best first. */
export function whatToDo(width: number) {
  return table({
    title: 'What to do',
    description:
      'For every open finding the remedies in the order in which to try them. Click the reason for its runbook; the alert in Alertmanager carries the evidence and the full text.',
    unit: 'short',
    emptyWhen: ALL_CLEAR,
    queries: [{ name: 'Suggestion', expr: `guard_suggestion{${GROUP}}` }],
    columns: {
      rank: 'Try',
      suggestion: 'Suggestion',
      kind: 'Kind',
      group: 'Group',
      instance: 'Host',
    },
    sortBy: { heading: 'Try', descending: false },
    width,
  })
    .overrideByName('Try', [property('custom.width', 60)])
    .overrideByName('Kind', [runbookClick()])
    .overrideByName('Group', [groupClick()])
    .overrideByName('Host', [hostClick()]);
}

/** When which kind of bottleneck was how bad, a lane each. */
export function scoreTimeline(size: { width: number; height?: number }) {
  return dress(new TimelineBuilder(), {
    title: 'Bottlenecks over time',
    description:
      'A lane for every kind of bottleneck of every chosen group or host that was suspected in the shown range: green is a suspicion, orange a finding, red a severe one. The marks above graphs show when a finding fired.',
    unit: 'short',
    emptyWhen: 'nothing was suspected of being a bottleneck in the shown range',
    queries: [
      {
        name: 'Score',
        legend: '{{kind}} {{group}}{{target}}{{probe}}{{database_server}} on {{instance}}',
        expr: `${worstScores()} and topk(20, max by (kind, ${SUBJECT}) (max_over_time(guard_bottleneck_score{${GROUP}}[$__range] @ end())))`,
      },
    ],
    warnAt: FINDING_SCORE,
    alarmAt: SEVERE_SCORE,
    ...size,
  })
    .colorScheme(colorByLimits())
    .mergeValues(true)
    .decimals(2);
}

function worstScores(): string {
  return `max by (kind, ${SUBJECT}) (guard_bottleneck_score{${GROUP}})`;
}

/** A bar of 0 to 1 in a cell, coloured as findings are. */
export function scoreGauge(): DynamicConfigValue[] {
  return [
    property('custom.cellOptions', {
      type: TableCellDisplayMode.Gauge,
      mode: BarGaugeDisplayMode.Basic,
    }),
    property('min', 0),
    property('max', 1),
    property('decimals', 2),
    property('thresholds', {
      mode: 'absolute',
      steps: limits({ warnAt: FINDING_SCORE, alarmAt: SEVERE_SCORE }),
    }),
  ];
}

export function groupClick(): DynamicConfigValue {
  return clicks({ title: 'What this group does and waits for', to: 'group', set: ROW_GROUP });
}

/** @param time another than the shown one, for the page that shows the future */
export function hostClick(time?: string): DynamicConfigValue {
  const own = { set: ROW_HOST, ...(time !== undefined && { time }) };
  return clicks(
    { title: 'Look at this host', to: 'host', ...own },
    { title: 'Its network and dependencies', to: 'latency', ...own },
  );
}
