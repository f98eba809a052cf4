// Two weeks of a small fleet as OpenMetrics text, whose truth is known: for tests and measurements of the report.
import { END } from './past-prometheus.contract.ts';

const STEP_SECONDS = 300;
const DAY_SECONDS = 86_400;
const WEEK_SECONDS = 7 * DAY_SECONDS;
const START = END - 2 * WEEK_SECONDS;

/** When the database host had its bottleneck: an hour long, on the last day but one. */
export const TROUBLE = { from: END - 2 * DAY_SECONDS, to: END - 2 * DAY_SECONDS + 3_600 };
/** A label value that would be markup where it is not escaped. */
export const EVIL = `<img src=x onerror="alert(1)">&'`;

type ValueAt = (time: number) => number | undefined;

/** Hosts `web1`, `web2` … and `db`; every series of the report but probes and sessions. */
export function pastWeeks(webs = 2): string {
  const hosts = [
    ...Array.from({ length: webs }, (_, index) => `web${index + 1}:10910`),
    'db:10910',
  ];
  const families = new Map<string, (readonly [labels: string, ValueAt])[]>();
  const add = (name: string, labels: string, valueAt: ValueAt) =>
    families.set(name, [...(families.get(name) ?? []), [labels, valueAt]]);
  for (const [index, host] of hosts.entries()) addHost(add, host, index);
  addFindings(add);
  addForecasts(add);
  return `${[...families].map(([name, series]) => family(name, series)).join('')}# EOF\n`;
}

type Add = (name: string, labels: string, valueAt: ValueAt) => void;

/** The second week is a tenth busier; work is from 8 to 18 o'clock. */
function addHost(add: Add, host: string, index: number): void {
  const own = `job="guard",instance="${host}"`;
  const busy = (time: number) => {
    const hour = (time % DAY_SECONDS) / 3_600;
    const week = time > END - WEEK_SECONDS ? 1.1 : 1;
    return (hour >= 8 && hour < 18 ? 0.5 : 0.1) * week + 0.02 * index + 0.01 * Math.sin(time / 700);
  };
  add('instance:guard_cpu_used:ratio_rate30s', own, busy);
  add('instance:guard_pressure_cpu_waiting:ratio_rate30s', own, (time) => 0.2 * busy(time));
  add('instance:guard_memory_used:ratio_avg1m', own, () => 0.4 + 0.1 * index);
  add('instance_device:guard_disk_busy:ratio_rate30s', `${own},device="sda"`, busy);
  add(
    'instance_device:guard_disk_bytes:rate30s',
    `${own},device="sda"`,
    (time) => 1e7 * busy(time),
  );
  add(
    'instance_mountpoint:guard_filesystem_used:ratio',
    `${own},mountpoint="/var"`,
    (time) => 0.5 + (0.38 * (time - START)) / (END - START),
  );
  add('guard_tcp_established_connections', own, (time) => Math.round(200 * busy(time)));
  const target = `${own},target="${EVIL.replaceAll('"', '\\"')}"`;
  add('instance_target:guard_ping_rtt_seconds:mean1m', target, (time) => 0.01 * (1 + busy(time)));
}

function addFindings(add: Add): void {
  const subject = 'job="guard",instance="db:10910",group="postgres"';
  const during: (value: number) => ValueAt = (value) => (time) =>
    time > TROUBLE.from && time <= TROUBLE.to ? value : undefined;
  const kind = 'kind="io_bound"';
  add('guard_finding', `${subject},${kind},severity="critical",state="firing"`, during(1));
  add('guard_bottleneck_score', `${subject},${kind}`, during(0.9));
  add('guard_anomaly', `${subject},signal="group_cpu",condition="above"`, during(1));
  add('guard_actions_paused', 'job="guard-analyzer",instance="a"', () => 0);
  const outcome = 'job="guard-analyzer",instance="a",action="add_disk",kind="io_bound"';
  add('guard_action_outcomes_total', `${outcome},verdict="improved"`, (time) =>
    time > TROUBLE.to ? 1 : undefined,
  );
}

/** Said of 24 hours later: right but for a little. */
function addForecasts(add: Add): void {
  const own = 'job="guard",instance="web1:10910",signal="host_cpu"';
  for (const [quantile, off] of [
    ['0.1', -0.08],
    ['0.5', 0.01],
    ['0.9', 0.1],
  ] as const)
    add('guard_forecast', `${own},horizon="24h",quantile="${quantile}"`, (time) => {
      const hour = (time % DAY_SECONDS) / 3_600;
      return (hour >= 8 && hour < 18 ? 0.55 : 0.11) + off;
    });
  const disk = 'job="guard",instance="db:10910",mountpoint="/var",signal="filesystem"';
  add(
    'guard_time_to_threshold_seconds',
    `${disk},quantile="0.1"`,
    (time) => END + 2 * DAY_SECONDS - time,
  );
  add(
    'guard_time_to_threshold_seconds',
    `${disk},quantile="0.5"`,
    (time) => END + 3 * DAY_SECONDS - time,
  );
  add('guard_time_to_threshold_seconds', `${own},quantile="0.5"`, () => Number.POSITIVE_INFINITY);
  add('guard_forecast_error', 'job="a",signal="host_cpu",horizon="24h",measure="mase"', () => 0.62);
  add(
    'guard_forecast_coverage_ratio',
    'job="a",signal="host_cpu",horizon="24h",level="0.8"',
    () => 0.81,
  );
}

function family(name: string, series: readonly (readonly [string, ValueAt])[]): string {
  const isCounter = name.endsWith('_total');
  const base = isCounter ? name.slice(0, -'_total'.length) : name;
  const lines = [`# TYPE ${base} ${isCounter ? 'counter' : 'gauge'}`];
  for (const [labels, valueAt] of series)
    for (let time = START; time <= END; time += STEP_SECONDS) {
      const value = valueAt(time);
      if (value !== undefined)
        lines.push(
          `${name}{${labels}} ${value === Number.POSITIVE_INFINITY ? '+Inf' : value} ${time}`,
        );
    }
  return `${lines.join('\n')}\n`;
}
