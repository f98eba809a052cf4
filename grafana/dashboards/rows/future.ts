// History joined to the future: what was measured, what had been expected for that moment, and the curve with its bands.
import type { PanelBuilder as GraphBuilder } from '@grafana/grafana-foundation-sdk/timeseries';
import { graph, type PanelSpec } from '../panel.ts';
import { GROUP, HOST, type Query } from '../query.ts';
import { bandStyle } from '../shared/band.ts';

export const hostFutureRow = () => [
  future({
    title: 'Host CPU',
    measure: 'Share of all CPU time in use',
    signal: 'host_cpu',
    series: 'instance:guard_cpu_used:ratio_rate30s',
    which: HOST,
    unit: 'percentunit',
    alarmAt: 0.8,
    legend: '{{instance}}',
    width: 8,
  }).max(1),
  future({
    title: 'Host memory',
    measure: 'Share of memory that is not available to a new process',
    signal: 'host_memory',
    series: 'instance:guard_memory_used:ratio_avg1m',
    which: HOST,
    unit: 'percentunit',
    alarmAt: 0.8,
    legend: '{{instance}}',
    width: 8,
  }).max(1),
  future({
    title: 'Fullest file system to come',
    measure: 'Share of the space in use',
    signal: 'filesystem',
    series: 'instance_mountpoint:guard_filesystem_used:ratio',
    which: HOST,
    unit: 'percentunit',
    alarmAt: 0.9,
    legend: '{{mountpoint}} on {{instance}}',
    width: 8,
  }).max(1),
];

export const groupFutureRow = () => [
  future({
    title: 'CPU of the largest chosen group',
    measure: 'CPUs that the group keeps busy',
    signal: 'group_cpu',
    series: 'group:guard_process_cpu:rate30s',
    which: GROUP,
    unit: 'short',
    legend: '{{group}} on {{instance}}',
    width: 8,
  }).axisLabel('CPUs'),
  future({
    title: 'Memory of the largest chosen group',
    measure: 'Memory that the group allocated itself',
    signal: 'group_memory',
    series: 'group:guard_process_anonymous_memory_bytes:avg1m',
    which: GROUP,
    unit: 'bytes',
    legend: '{{group}} on {{instance}}',
    width: 8,
  }),
  anySignal(),
];

/** Prometheus repeats the last sample for five minutes: without a bound the past would be drawn into the future. */
const MAX_AGE_SECONDS = 60;

interface Future extends Pick<PanelSpec, 'title' | 'unit' | 'alarmAt' | 'width'> {
  readonly measure: string;
  readonly signal: string;
  /** What was forecast, as Prometheus records it. */
  readonly series: string;
  readonly which: string;
  readonly legend: string;
}

/** Of the chosen subjects the one that is expected to be highest: bands of several cannot be added up. */
function future({ measure, signal, series, which, legend, ...spec }: Future): GraphBuilder {
  const own = `signal="${signal}",horizon=~"$horizon",${which}`;
  const subject = 'on (job, instance, group, mountpoint)';
  const selected = `${series}{${which}}`;
  const fresh = `time() - timestamp(${selected}) < ${MAX_AGE_SECONDS}`;
  const measured = `${selected} and ${subject} ${highest(own)} and (${fresh})`;
  return bandStyle(
    graph({
      ...spec,
      description: `${measure}: measured until now, expected from now on. Of the chosen ones the one that is expected to be highest. The dark band should hold in 80 of 100 cases, the light one in 95; the dotted line is what had been expected for that moment one horizon earlier, so its distance from the measured line is the error that was made.`,
      queries: [
        { name: 'Measured', legend, expr: measured, emptyWhen: TOO_YOUNG },
        ...expectation(own),
      ],
    }),
  );
}

function anySignal(): GraphBuilder {
  const own = `signal=~"$signal",horizon=~"$horizon",${HOST}`;
  return bandStyle(
    graph({
      title: 'Any signal: $signal',
      description:
        'The signal that is chosen above, among them those of your own in analyzer.yml, in its own unit: of its series on the chosen hosts the one that is expected to be highest. Dotted is what had been expected one horizon earlier, the bands are those of 80 and 95 of 100 cases.',
      unit: 'short',
      queries: expectation(own),
      width: 8,
    }),
  );
}

const TOO_YOUNG = 'the analyzer has too little history yet to forecast this that far';

function expectation(own: string): Query[] {
  const curve = (name: string, legend: string, quantile: string): Query => ({
    name,
    legend,
    expr: `guard_forecast_curve{quantile="${quantile}",${own}} and ignoring (quantile) ${highest(own)}`,
    emptyWhen: TOO_YOUNG,
  });
  return [
    curve('Median', 'expected', '0.5'),
    curve('High95', 'at most (95 %)', '0.975'),
    curve('Low95', 'at least (95 %)', '0.025'),
    curve('High80', 'at most (80 %)', '0.9'),
    curve('Low80', 'at least (80 %)', '0.1'),
    {
      name: 'Earlier',
      legend: 'had been expected',
      expr: `guard_forecast{quantile="0.5",${own}} offset $horizon and ignoring (quantile) ${highest(own)}`,
      emptyWhen: 'no forecast is one horizon old',
    },
  ];
}

/**
 * The one that was expected to be highest when it was last forecast, among those that still are: a group that ended
 * half an hour ago has no future. PromQL knows no "now" but the moment that it computes, hence the detour over the
 * newest timestamps; in steps within the five minutes for which a sample counts.
 */
function highest(own: string): string {
  const median = `guard_forecast{quantile="0.5",${own}}`;
  const newest = `max_over_time(timestamp(${median})[$__range:4m] @ end())`;
  const living = `${newest} > scalar(max(${newest})) - ${MAX_AGE_SECONDS}`;
  return `topk(1, last_over_time(${median}[$__range] @ end()) and (${living}))`;
}
