// How full the host is, and where it is heading.
import type { PanelBuilder as GraphBuilder } from '@grafana/grafana-foundation-sdk/timeseries';
import { graph } from '../panel.ts';
import { HOST, type Query } from '../query.ts';
import { bandStyle } from '../shared/band.ts';
import { filesystems, pressure } from '../shared/capacity.ts';

const TOO_YOUNG = 'the analyzer has too little history yet to forecast';

/** The limit that the built-in signals are forecast against. */
const HOST_LIMIT = 0.8;

export const outlookRow = () => [cpu(), memory(), pressure(12), filesystems(12)];

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
  const builder = graph({
    title,
    description: `${measure}, of the highest of the chosen hosts. The dashed line is the value expected ten minutes after the time that it stands at; the band around it should hold in eight of ten cases. From the dashed limit on, latency usually grows.`,
    unit: 'percentunit',
    queries: [
      { name: 'Measured', legend: 'now', expr: `max(${series}{${HOST}})` },
      expected({ name: 'Median', legend: 'expected', signal, quantile: '0.5' }),
      expected({ name: 'High80', legend: 'at most (80 %)', signal, quantile: '0.9' }),
      expected({ name: 'Low80', legend: 'at least (80 %)', signal, quantile: '0.1' }),
    ],
    alarmAt: HOST_LIMIT,
    width: 12,
  }).max(1);
  return bandStyle(builder);
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
