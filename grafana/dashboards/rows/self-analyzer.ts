// What the analyzer costs, whether it keeps up, and whether its alerts arrive.
import { graph, property, stacked, table } from '../panel.ts';
import { groupClick, hostClick } from '../shared/findings.ts';

/** Cycles follow each other at this distance by default. */
const INTERVAL_SECONDS = 5;

export const analyzerRow = () => [
  cpu(),
  memory(),
  cycleTime(),
  outcomes(),
  age(),
  work(),
  queue(),
  alerts(),
  watchedSeries(),
  conditions(),
];

function cpu() {
  return graph({
    title: 'Analyzer: CPU',
    description:
      'CPUs that the analyzer uses, and what of it goes into forecasting models (bounded by forecast.cpu_cores): 1 is one CPU all the time.',
    unit: 'short',
    queries: [
      {
        name: 'All',
        legend: 'all of {{instance}}',
        expr: 'rate(guard_analyzer_cpu_seconds_total[$__rate_interval])',
      },
      {
        name: 'Models',
        legend: 'models of {{instance}}',
        // A gauge that begins anew with each configuration: deriv() of it may be negative for a moment.
        expr: 'clamp_min(deriv(guard_analyzer_forecast_cpu_seconds[$__rate_interval]), 0)',
      },
    ],
    warnAt: 0.5,
    alarmAt: 1,
    width: 6,
  }).axisLabel('CPUs');
}

function memory() {
  return graph({
    title: 'Analyzer: memory',
    description:
      'Resident memory of the analyzer, its worker threads included. It grows with the number of series that it forecasts, then stays level.',
    unit: 'bytes',
    queries: [
      {
        name: 'Memory',
        legend: '{{instance}}',
        expr: 'guard_analyzer_resident_memory_bytes',
      },
    ],
    warnAt: 2 ** 30,
    alarmAt: 2 * 2 ** 30,
    width: 6,
  });
}

function cycleTime() {
  return graph({
    title: 'Analyzer: cycle time',
    description:
      'How long the analyzer took to read features and judge everything. It should stay well below the interval between cycles (5 s by default).',
    unit: 's',
    queries: [
      {
        name: 'Duration',
        legend: '{{instance}}',
        expr: 'guard_analyzer_cycle_duration_seconds',
      },
    ],
    warnAt: INTERVAL_SECONDS / 2,
    alarmAt: INTERVAL_SECONDS,
    width: 6,
  });
}

function outcomes() {
  return stacked({
    title: 'Analyzer: cycles by outcome',
    description:
      'Cycles per minute: ok, or why there was no verdict (no data yet, Prometheus did not answer). Anything but ok for minutes means that findings are old.',
    unit: 'cpm',
    queries: [
      {
        name: 'Cycles',
        legend: '{{outcome}}',
        expr: 'sum by (outcome) (rate(guard_analyzer_cycles_total[$__rate_interval])) * 60',
      },
    ],
    width: 6,
  });
}

function age() {
  return graph({
    title: 'Analyzer: age of its verdicts',
    description:
      'Time since the last complete cycle. Beyond a minute the overview says no more how many findings are open, and an alert fires.',
    unit: 's',
    queries: [
      {
        name: 'Age',
        legend: '{{instance}}',
        expr: 'time() - guard_analyzer_last_cycle_timestamp_seconds',
      },
    ],
    warnAt: 4 * INTERVAL_SECONDS,
    alarmAt: 60,
    width: 6,
  });
}

function work() {
  return graph({
    title: 'Analyzer: how much it judges',
    description:
      'Series that the last cycle read, and process groups that it judged. A sudden fall means that hosts or rules are missing.',
    unit: 'short',
    queries: [
      {
        name: 'Series',
        legend: 'series of {{instance}}',
        expr: 'guard_analyzer_series_read',
      },
      { name: 'Groups', legend: 'groups of {{instance}}', expr: 'guard_analyzer_groups' },
    ],
    width: 6,
  });
}

function queue() {
  return graph({
    title: 'Analyzer: forecasts that wait',
    description:
      'Series whose model waits to be fitted again for lack of CPU budget, and how late the latest forecast is. Growing lines: raise forecast.cpu_cores, or forecast fewer series.',
    unit: 'short',
    queries: [
      {
        name: 'Waiting',
        legend: 'waiting in {{instance}}',
        expr: 'guard_analyzer_forecasts_waiting',
      },
      { name: 'Lag', legend: 'late in {{instance}}', expr: 'guard_analyzer_forecast_lag_seconds' },
    ],
    width: 6,
  }).overrideByQuery('Lag', [property('unit', 's'), property('custom.axisPlacement', 'right')]);
}

function alerts() {
  const rate = (name: string) =>
    `sum by (instance) (rate(guard_analyzer_alerts_${name}_total[$__rate_interval]))`;
  return graph({
    title: 'Analyzer: alerts taken and refused',
    description:
      'Alerts per second that an Alertmanager took, and those that it did not take; these are sent again. Any refusal for minutes means that nobody is told.',
    unit: 'cps',
    queries: [
      { name: 'Sent', legend: 'taken from {{instance}}', expr: rate('sent') },
      { name: 'Failed', legend: 'refused from {{instance}}', expr: rate('failed') },
    ],
    width: 6,
  }).overrideByQuery('Failed', [property('color', { mode: 'fixed', fixedColor: 'red' })]);
}

function watchedSeries() {
  return stacked({
    title: 'Anomaly watch: how far it is',
    description:
      'Series that are watched for anomalies: warm ones have a score, warming ones too little history to have one (anomalies.warm_up, a day), learning ones wait for their past to be read.',
    unit: 'short',
    emptyWhen: 'anomalies are not watched (anomalies.enabled in analyzer.yml)',
    queries: [
      {
        name: 'Series',
        legend: '{{state}}',
        expr: 'sum by (state) (guard_anomaly_series)',
      },
    ],
    width: 12,
  });
}

function conditions() {
  return table({
    title: 'Anomaly watch: stuck, gone, begun again, otherwise for good',
    description:
      'What is no question of rarity: a line that always moved and stands still, a series without values, a counter that began again within the hour, a host or group that has been otherwise for hours, so that its alarm has ended. "guard anomalies" says it in words.',
    unit: 'short',
    emptyWhen: 'nothing of the kind is known',
    queries: [
      {
        name: 'Conditions',
        expr: 'max by (condition, signal, group, instance) (guard_anomaly_condition)',
      },
    ],
    columns: { condition: 'What', signal: 'Signal', group: 'Group', instance: 'Host' },
    sortBy: { heading: 'What', descending: false },
    width: 12,
  })
    .overrideByName('Group', [groupClick()])
    .overrideByName('Host', [hostClick()]);
}
