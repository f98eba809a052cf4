// Row 2: how full the host is, and where it is heading.

import { PanelBuilder as BarGaugeBuilder } from '@grafana/grafana-foundation-sdk/bargauge';
import {
  BarGaugeDisplayMode,
  BarGaugeNamePlacement,
  VizOrientation,
} from '@grafana/grafana-foundation-sdk/common';
import type { PanelBuilder as GraphBuilder } from '@grafana/grafana-foundation-sdk/timeseries';
import { dress, graph, lastValue, property } from '../panel.ts';
import { HOST, type Query } from '../query.ts';

const TOO_YOUNG = 'the analyzer has too little history yet to forecast';

/** The limits that the built-in signals are forecast against. */
const HOST_LIMIT = 0.8;
const FILESYSTEM_LIMIT = 0.9;

export const outlookRow = () => [cpu(), memory(), pressure(), filesystems()];

function cpu() {
  return forecastGraph({
    title: 'CPU: now and in ten minutes',
    measure: 'CPU time in use, as a share of all CPUs',
    series: 'instance:guard_cpu_used:ratio_rate1m',
    signal: 'host_cpu',
  });
}

function memory() {
  return forecastGraph({
    title: 'Memory: now and in ten minutes',
    measure: 'Memory that is not available to a new process, as a share of all memory',
    series: 'instance:guard_memory_used:ratio_avg1m',
    signal: 'host_memory',
  });
}

interface Forecast {
  readonly title: string;
  readonly measure: string;
  readonly series: string;
  readonly signal: string;
}

/** The measured line, and what was expected, at each moment, for ten minutes later. */
function forecastGraph({ title, measure, series, signal }: Forecast): GraphBuilder {
  return graph({
    title,
    description: `${measure}, of the highest of the chosen hosts. The dashed line is the value expected ten minutes after the time that it stands at; the band around it should hold in eight of ten cases. From the dashed limit on, latency usually grows.`,
    unit: 'percentunit',
    queries: [
      { name: 'Now', legend: 'now', expr: `max(${series}{${HOST}})` },
      expected({ name: 'Expected', legend: 'expected', signal, quantile: '0.5' }),
      expected({ name: 'High', legend: 'expected at most', signal, quantile: '0.9' }),
      expected({ name: 'Low', legend: 'expected at least', signal, quantile: '0.1' }),
    ],
    alarmAt: HOST_LIMIT,
    width: 12,
  })
    .max(1)
    .overrideByName('now', [property('custom.lineWidth', 2), color('blue')])
    .overrideByName('expected', [
      property('custom.lineStyle', { fill: 'dash', dash: [8, 6] }),
      property('custom.fillOpacity', 0),
      color('orange'),
    ])
    .overrideByName('expected at most', [
      property('custom.lineWidth', 0),
      property('custom.fillOpacity', 18),
      property('custom.fillBelowTo', 'expected at least'),
      color('orange'),
    ])
    .overrideByName('expected at least', [
      property('custom.lineWidth', 0),
      property('custom.fillOpacity', 0),
      color('orange'),
    ]);
}

interface Expected {
  readonly name: string;
  readonly legend: string;
  readonly signal: string;
  readonly quantile: string;
}

function expected({ name, legend, signal, quantile }: Expected): Query {
  const labels = `signal="${signal}",horizon="10m",quantile="${quantile}",${HOST}`;
  return { name, legend, expr: `max(guard_forecast{${labels}})`, emptyWhen: TOO_YOUNG };
}

function color(fixedColor: string) {
  return property('color', { mode: 'fixed', fixedColor });
}

function pressure() {
  const kinds = {
    cpu_waiting: 'waiting for CPU',
    io_waiting: 'waiting for disks',
    io_stalled: 'everyone waiting for disks',
    memory_waiting: 'waiting for memory',
    memory_stalled: 'everyone waiting for memory',
  };
  return graph({
    title: 'Pressure: time lost to waiting',
    description:
      "The kernel's own measure of shortage: the share of time in which at least one task (or, where the legend says everyone, all of them) had work and could not go on. Highest of the chosen hosts.",
    unit: 'percentunit',
    emptyWhen: 'the kernel has no pressure stall information (/proc/pressure)',
    queries: Object.entries(kinds).map(([kind, legend]) => ({
      name: kind,
      legend,
      expr: `max(instance:guard_pressure_${kind}:ratio_rate30s{${HOST}})`,
    })),
    warnAt: 0.1,
    alarmAt: 0.4,
    width: 12,
  });
}

function filesystems() {
  const used = `instance_mountpoint:guard_filesystem_used:ratio{${HOST}}`;
  return dress(new BarGaugeBuilder(), {
    title: 'File systems: share used',
    description:
      'Space that is not available to ordinary users, fullest first. When one of them will be full stands above, in "What runs out next".',
    unit: 'percentunit',
    queries: [
      {
        name: 'Used',
        legend: '{{mountpoint}} on {{instance}}',
        expr: `topk(10, max by (mountpoint, instance) (${used}))`,
        shape: 'now',
      },
    ],
    warnAt: 0.8,
    alarmAt: FILESYSTEM_LIMIT,
    width: 12,
  })
    .min(0)
    .max(1)
    .orientation(VizOrientation.Horizontal)
    .displayMode(BarGaugeDisplayMode.Basic)
    .namePlacement(BarGaugeNamePlacement.Left)
    .reduceOptions(lastValue());
}
