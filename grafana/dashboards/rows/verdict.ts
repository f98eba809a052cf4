// Row 1: what is wrong, what to do about it, and what will go wrong next.
import {
  BarGaugeDisplayMode,
  BigValueColorMode,
  BigValueGraphMode,
  BigValueTextMode,
  TableCellDisplayMode,
} from '@grafana/grafana-foundation-sdk/common';
import type { DynamicConfigValue } from '@grafana/grafana-foundation-sdk/dashboard';
import { PanelBuilder as StatBuilder } from '@grafana/grafana-foundation-sdk/stat';
import { dress, lastValue, limits, property, table } from '../panel.ts';
import { GROUP, HOST, type Query } from '../query.ts';

/** Not "nothing is wrong": without an analyzer the table is empty, too. */
const ALL_CLEAR = 'no finding is open; "Open findings" tells whether the analyzer looked';

/** From this score on a bottleneck is a finding. */
const FINDING_SCORE = 0.5;

/** A cycle older than this is no basis for saying that there is nothing. */
const MAX_CYCLE_AGE_SECONDS = 60;

const HOUR = 3600;
const DAY = 24 * HOUR;

export const verdictRow = () => [openFindings(), bottleneckNow(), whatToDo(), runsOutNext()];

function openFindings() {
  return dress(new StatBuilder(), {
    title: 'Open findings',
    description:
      'Findings that fire now, by severity. A zero means that the analyzer looked within the last minute and found nothing; without a recent look there is no number.',
    unit: 'short',
    queries: (['critical', 'warning', 'info'] as const).map(findingsOf),
    width: 5,
  })
    .reduceOptions(lastValue())
    .colorMode(BigValueColorMode.Background)
    .graphMode(BigValueGraphMode.None)
    .textMode(BigValueTextMode.ValueAndName)
    .decimals(0)
    .noValue('The analyzer has not looked lately')
    .overrideByName('critical', [steps({ alarmAt: 1 })])
    .overrideByName('warning', [steps({ warnAt: 1 })])
    .overrideByName('info', [steps({ warnAt: 1 })]);
}

function findingsOf(severity: 'critical' | 'warning' | 'info'): Query {
  const open = `count(guard_finding{state="firing",severity="${severity}",${GROUP}})`;
  const looked = `max(guard_analyzer_last_cycle_timestamp_seconds) > time() - ${MAX_CYCLE_AGE_SECONDS}`;
  return { name: severity, legend: severity, shape: 'now', expr: `${open} or (${looked}) * 0` };
}

function bottleneckNow() {
  return table({
    title: 'Who is the bottleneck now',
    description:
      'The process groups that hold up their host, worst first. The score says how sure and how bad (0 to 1); from 0.5 on it is a finding. Click a group to see only that group on this page.',
    unit: 'short',
    emptyWhen: ALL_CLEAR,
    queries: [{ name: 'Score', expr: `guard_bottleneck_score{${GROUP}} >= ${FINDING_SCORE}` }],
    columns: { Value: 'Score', kind: 'Kind', group: 'Group', instance: 'Host' },
    sortBy: { heading: 'Score', descending: true },
    width: 19,
  })
    .overrideByName('Score', [...scoreGauge(), property('custom.width', 220)])
    .overrideByName('Group', [onlyThisGroup()]);
}

function whatToDo() {
  return table({
    title: 'What to do',
    description:
      'For every open finding the remedies in the order in which to try them. The alert in Alertmanager carries the evidence and the full text.',
    unit: 'short',
    emptyWhen: ALL_CLEAR,
    queries: [{ name: 'Suggestion', expr: `guard_suggestion{${GROUP}}` }],
    columns: {
      rank: 'Try',
      suggestion: 'Suggestion',
      kind: 'Because of',
      group: 'Group',
      instance: 'Host',
    },
    sortBy: { heading: 'Try', descending: false },
    width: 12,
  }).overrideByName('Try', [property('custom.width', 60)]);
}

function runsOutNext() {
  return table({
    title: 'What runs out next',
    description:
      'When a forecast value crosses its limit, soonest first. "At the earliest" holds in nine of ten cases; "Most likely" is the middle of the forecast and empty when that middle stays below the limit.',
    unit: 's',
    emptyWhen:
      'no forecast reaches its limit within its horizon, or there is too little history yet',
    queries: [
      { name: 'Early', expr: soonest('0.1') },
      { name: 'Likely', expr: soonest('0.5'), emptyWhen: 'only the pessimistic edge crosses' },
      { name: 'Date', expr: `(time() + ${soonest('0.5')}) * 1000`, emptyWhen: 'Likely is' },
    ],
    columns: {
      signal: 'What',
      group: 'Group',
      mountpoint: 'File system',
      instance: 'Host',
      // Grafana numbers the value columns only when more than one query answers.
      Value: 'At the earliest',
      'Value #Early': 'At the earliest',
      'Value #Likely': 'Most likely',
      'Value #Date': 'That is at',
    },
    sortBy: { heading: 'At the earliest', descending: false },
    width: 12,
  })
    .overrideByRegexp('At the earliest|Most likely', [soonIsRed(), ...colouredText()])
    .overrideByName('That is at', [property('unit', 'dateTimeAsLocal')]);
}

/** Seconds until the limit, without the label that tells the quantiles apart, so that rows can be joined. */
function soonest(quantile: '0.1' | '0.5'): string {
  const finite = `guard_time_to_threshold_seconds{quantile="${quantile}",${HOST}} < Inf`;
  return `min by (signal, group, mountpoint, instance) (${finite})`;
}

function scoreGauge(): DynamicConfigValue[] {
  return [
    property('custom.cellOptions', {
      type: TableCellDisplayMode.Gauge,
      mode: BarGaugeDisplayMode.Basic,
    }),
    property('min', 0),
    property('max', 1),
    property('decimals', 2),
    steps({ warnAt: FINDING_SCORE, alarmAt: 0.8 }),
  ];
}

function colouredText(): DynamicConfigValue[] {
  return [property('custom.cellOptions', { type: TableCellDisplayMode.ColorText })];
}

function soonIsRed(): DynamicConfigValue {
  return property('thresholds', {
    mode: 'absolute',
    steps: [
      { value: null, color: 'red' },
      { value: HOUR, color: 'orange' },
      { value: DAY, color: 'green' },
    ],
  });
}

function steps(at: { warnAt?: number; alarmAt?: number }): DynamicConfigValue {
  return property('thresholds', { mode: 'absolute', steps: limits(at) });
}

/** A link that narrows the dashboard to the row's host and group, keeping data source, job and time. */
function onlyThisGroup(): DynamicConfigValue {
  const cell = (heading: string) => `\${__data.fields.${heading}}`;
  const keep = (variable: string) => `\${${variable}:queryparam}`;
  const query = [
    keep('datasource'),
    keep('job'),
    `var-instance=${cell('Host')}`,
    `var-group=${cell('Group')}`,
    '$__url_time_range',
  ].join('&');
  const url = `/d/guard-overview?${query}`;
  return property('links', [{ title: 'Show only this group', url, targetBlank: false }]);
}
