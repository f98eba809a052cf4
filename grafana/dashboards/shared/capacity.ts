// How full the chosen hosts are: pressure and file systems.
import { PanelBuilder as BarGaugeBuilder } from '@grafana/grafana-foundation-sdk/bargauge';
import {
  BarGaugeDisplayMode,
  BarGaugeNamePlacement,
  VizOrientation,
} from '@grafana/grafana-foundation-sdk/common';
import { dress, graph, lastValue } from '../panel.ts';
import { HOST } from '../query.ts';

/** The limit that the built-in signal is forecast against. */
const FILESYSTEM_LIMIT = 0.9;

export function pressure(width: number) {
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
    width,
  });
}

export function filesystems(width: number) {
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
    width,
  })
    .min(0)
    .max(1)
    .orientation(VizOrientation.Horizontal)
    .displayMode(BarGaugeDisplayMode.Basic)
    .namePlacement(BarGaugeNamePlacement.Left)
    .reduceOptions(lastValue());
}
