// Which host is in trouble: all of them at a glance, over time and now.
import { TableCellDisplayMode, VisibilityMode } from '@grafana/grafana-foundation-sdk/common';
import type { DynamicConfigValue } from '@grafana/grafana-foundation-sdk/dashboard';
import { PanelBuilder as StatusHistoryBuilder } from '@grafana/grafana-foundation-sdk/statushistory';
import { clicks, LINE_HOST } from '../links.ts';
import { colorByLimits, dress, ownLimits, property, table } from '../panel.ts';
import { GROUP, HOST, type Query } from '../query.ts';
import { FINDING_SCORE, hostClick, SEVERE_SCORE, scoreGauge } from '../shared/findings.ts';

/** More lanes than this cannot be read on one screen. */
const MAX_LANES = 25;

export const fleetRow = () => [heatMap(), hosts()];

function heatMap() {
  const score = `guard_bottleneck_score{${GROUP}}`;
  const reachable = `max by (instance) (up{${HOST}}) * 0`;
  const worst = `topk(${MAX_LANES}, max by (instance) (max_over_time(${score}[$__range] @ end())) or max by (instance) (max_over_time(up{${HOST}}[$__range] @ end())) * 0)`;
  return (
    dress(new StatusHistoryBuilder(), {
      title: 'Fleet: who was in trouble when',
      description: `A lane per host, coloured by its worst bottleneck: green is fine, orange a finding, red a severe one; no colour means that nothing was heard of it. The ${MAX_LANES} hosts that were worst in the shown range. Click a cell to see that host.`,
      unit: 'short',
      queries: [
        {
          name: 'Worst',
          legend: '{{instance}}',
          expr: `(max by (instance) (${score}) or ${reachable}) and on (instance) ${worst}`,
        },
      ],
      warnAt: FINDING_SCORE,
      alarmAt: SEVERE_SCORE,
      width: 10,
      height: 9,
    })
      .colorScheme(colorByLimits())
      .showValue(VisibilityMode.Never)
      .rowHeight(0.85)
      .decimals(2)
      // One sample per scrape would draw cells too thin to see.
      .maxDataPoints(60)
      .overrideByQuery('Worst', [
        clicks({ title: 'Look at this host', to: 'host', set: LINE_HOST }),
      ])
  );
}

const COLUMNS = {
  Score: 'Worst bottleneck',
  Cpu: 'CPU',
  Memory: 'Memory',
  CpuWait: 'Waiting for CPU',
  IoWait: 'Waiting for disks',
  Filesystem: 'Fullest file system',
  Loss: 'Ping loss',
};

function hosts() {
  return table({
    title: 'Fleet: how the hosts are now',
    description:
      'One row per host, the most troubled first: its worst bottleneck (0 to 1), the shares of CPU and memory in use, the time lost waiting for CPU and disks, its fullest file system and the worst loss of its pings.',
    unit: 'percentunit',
    queries: hostQueries(),
    columns: {
      instance: 'Host',
      ...Object.fromEntries(
        Object.entries(COLUMNS).map(([name, heading]) => [`Value #${name}`, heading]),
      ),
    },
    sortBy: { heading: COLUMNS.Score, descending: true },
    width: 14,
    height: 9,
  })
    .decimals(0)
    .overrideByName('Host', [property('custom.width', 170), hostClick()])
    .overrideByName(COLUMNS.Score, [...scoreGauge(), property('unit', 'short')])
    .overrideByRegexp(`${COLUMNS.Cpu}|${COLUMNS.Memory}`, coloured(0.8, 0.95))
    .overrideByRegexp(`${COLUMNS.CpuWait}|${COLUMNS.IoWait}`, coloured(0.1, 0.4))
    .overrideByName(COLUMNS.Filesystem, coloured(0.8, 0.9))
    .overrideByName(COLUMNS.Loss, coloured(0.01, 0.05));
}

function hostQueries(): Query[] {
  const highest = (name: keyof typeof COLUMNS, series: string): Query => ({
    name,
    expr: `max by (instance) (${series}{${HOST}})`,
  });
  return [
    {
      name: 'Score',
      expr: `max by (instance) (guard_bottleneck_score{${GROUP}}) or max by (instance) (up{${HOST}}) * 0`,
    },
    highest('Cpu', 'instance:guard_cpu_used:ratio_rate1m'),
    highest('Memory', 'instance:guard_memory_used:ratio'),
    {
      ...highest('CpuWait', 'instance:guard_pressure_cpu_waiting:ratio_rate30s'),
      emptyWhen: 'no kernel has pressure stall information',
    },
    {
      ...highest('IoWait', 'instance:guard_pressure_io_waiting:ratio_rate30s'),
      emptyWhen: 'no kernel has pressure stall information',
    },
    highest('Filesystem', 'instance_mountpoint:guard_filesystem_used:ratio'),
    {
      ...highest('Loss', 'instance_target:guard_ping_loss:ratio_rate1m'),
      emptyWhen: 'no host pings',
    },
  ];
}

function coloured(warnAt: number, alarmAt: number): DynamicConfigValue[] {
  return [
    property('custom.cellOptions', { type: TableCellDisplayMode.ColorBackground }),
    ownLimits({ warnAt, alarmAt }),
  ];
}
