// The ranked findings, with the numbers that they rest on.

import { runbookClick } from '../links.ts';
import { ownLimits, property, stacked, table } from '../panel.ts';
import { GROUP, HOST, type Query } from '../query.ts';
import {
  ALL_CLEAR,
  groupClick,
  hostClick,
  openFindings,
  SUBJECT,
  scoreGauge,
  scoreTimeline,
  whatToDo,
} from '../shared/findings.ts';
import { THREADS } from '../shared/groups.ts';

/** How finely, and how far back, the start of a finding is looked for. */
const SINCE_STEP = '30s';
const SINCE_RANGE = '12h';

const ABOUT = {
  kind: 'Kind',
  group: 'Group',
  target: 'Target',
  probe: 'Probe',
  database_server: 'Database',
  instance: 'Host',
} as const;

export const rankedRow = () => [ranked(), openFindings({ width: 5, height: 10 })];
export const evidenceRow = () => [evidence(), hostEvidence(), outsideEvidence()];
export const overTimeRow = () => [scoreTimeline({ width: 12, height: 10 }), firing(), whatToDo(24)];

function ranked() {
  const byFinding = (series: string) => `max by (kind, ${SUBJECT}) (${series})`;
  const open = byFinding(`guard_finding{${GROUP}}`);
  return table({
    title: 'Findings, worst first',
    description: `Every open finding with its score, how bad it is, since when it is open (within ${SINCE_RANGE}) and the first thing to try. Click the kind for its runbook, the group or the host for what they do. Below stand the numbers that the findings rest on; each alert in Alertmanager carries them as sentences.`,
    unit: 'short',
    emptyWhen: ALL_CLEAR,
    queries: [
      { name: 'Score', expr: `${byFinding(`guard_bottleneck_score{${GROUP}}`)} and ${open}` },
      {
        name: 'Finding',
        expr: `max by (kind, severity, state, ${SUBJECT}) (guard_finding{${GROUP}})`,
      },
      {
        name: 'Since',
        expr: `${startOf(open, byFinding(`guard_finding{${GROUP}} offset ${SINCE_STEP}`))} * 1000 and ${open}`,
      },
      {
        name: 'Try',
        expr: `max by (kind, suggestion, ${SUBJECT}) (guard_suggestion{rank="1",${GROUP}})`,
      },
    ],
    columns: {
      'Value #Score': 'Score',
      severity: 'Severity',
      state: 'State',
      ...ABOUT,
      'Value #Since': 'Since',
      suggestion: 'Try first',
    },
    sortBy: { heading: 'Score', descending: true },
    width: 19,
    height: 10,
  })
    .overrideByName('Score', [...scoreGauge(), property('custom.width', 140)])
    .overrideByName('Since', [property('unit', 'dateTimeAsLocal')])
    .overrideByName('Kind', [runbookClick()])
    .overrideByName('Group', [groupClick()])
    .overrideByName('Host', [hostClick()]);
}

/** Unix seconds of the last moment at which something was there and had not been a step before. */
function startOf(now: string, before: string): string {
  return `last_over_time((timestamp(${now}) unless ${before})[${SINCE_RANGE}:${SINCE_STEP}])`;
}

/** The numbers of every group that a finding blames, whatever its kind. */
function evidence() {
  const columns = {
    Cores: 'CPUs',
    Thread: 'Busiest thread',
    Runnable: 'Wait for CPU',
    Disk: 'Wait for disk',
    Lock: 'Wait for lock',
    Paging: 'Wait for memory',
    Growth: 'Memory per minute',
    Files: 'Files of limit',
  };
  return table({
    title: 'Evidence: what the blamed groups do',
    description:
      'The numbers behind the findings about process groups, one row per group: CPUs in use, how busy its busiest thread is, how many threads wait and for what, how fast its memory grows, how many of its file descriptors are open.',
    unit: 'short',
    emptyWhen: ALL_CLEAR,
    queries: [
      blamed('Cores', 'group:guard_process_cpu:rate30s'),
      blamed('Thread', 'guard_process_busiest_thread_ratio'),
      ...['runnable', 'disk', 'lock', 'paging'].map(waiting),
      blamed('Growth', 'group:guard_process_anonymous_memory_bytes:growth_per_minute'),
      blamed('Files', 'guard_process_fd_limit_used_ratio'),
    ],
    columns: {
      group: 'Group',
      instance: 'Host',
      ...Object.fromEntries(
        Object.entries(columns).map(([name, heading]) => [`Value #${name}`, heading]),
      ),
    },
    sortBy: { heading: 'CPUs', descending: true },
    width: 14,
  })
    .decimals(2)
    .overrideByName('Group', [groupClick()])
    .overrideByName('Host', [hostClick()])
    .overrideByRegexp('Busiest thread|Files of limit', [
      property('unit', 'percentunit'),
      property('decimals', 0),
      ownLimits({ warnAt: 0.8, alarmAt: 0.95 }),
    ])
    .overrideByName('Memory per minute', [property('unit', 'bytes')]);
}

function waiting(state: string): Query {
  const name = `${state.charAt(0).toUpperCase()}${state.slice(1)}`;
  return blamed(name, THREADS, `state="${state}"`);
}

function blamed(name: string, series: string, only?: string): Query {
  const matchers = [GROUP, ...(only === undefined ? [] : [only])].join(',');
  const open = `guard_finding{${GROUP},group!=""}`;
  return {
    name,
    expr: `max by (instance, group) (${series}{${matchers}} and on (job, instance, group) ${open})`,
  };
}

/** The resources of every host that has a finding. */
function hostEvidence() {
  const columns = {
    Cpu: ['CPU', 'instance:guard_cpu_used:ratio_rate30s'],
    Memory: ['Memory', 'instance:guard_memory_used:ratio'],
    Steal: ['Stolen', 'instance:guard_cpu_steal:ratio_rate1m'],
    CpuWait: ['CPU wait', 'instance:guard_pressure_cpu_waiting:ratio_rate30s'],
    IoWait: ['Disk wait', 'instance:guard_pressure_io_waiting:ratio_rate30s'],
  } as const;
  const open = `guard_finding{${GROUP}}`;
  return table({
    title: 'Evidence: what their hosts are short of',
    description:
      'The resources of every host with an open finding: CPU and memory in use, CPU time stolen by the hypervisor, time lost waiting for CPU and disks.',
    unit: 'percentunit',
    emptyWhen: ALL_CLEAR,
    queries: Object.entries(columns).map(([name, [, series]]) => ({
      name,
      expr: `max by (instance) (${series}{${HOST}} and on (job, instance) ${open})`,
    })),
    columns: {
      instance: 'Host',
      ...Object.fromEntries(
        Object.entries(columns).map(([name, [heading]]) => [`Value #${name}`, heading]),
      ),
    },
    sortBy: { heading: 'CPU', descending: true },
    width: 10,
    warnAt: 0.5,
    alarmAt: 0.8,
  })
    .decimals(0)
    .overrideByName('Host', [hostClick()]);
}

/** The numbers of every ping target, probe and database server that a finding blames. */
function outsideEvidence() {
  const columns = {
    Loss: 'Ping loss',
    Rtt: 'Ping p95',
    Failures: 'Probe failures',
    Duration: 'Probe duration',
    Locks: 'Sessions waiting for locks',
  };
  return table({
    title: 'Evidence: what they depend on',
    description:
      'The numbers behind the findings about ping targets, probes and database servers, one row each: loss and slow answers of pings, failures and duration of probes, sessions of a database that wait for a lock.',
    unit: 'short',
    emptyWhen: 'no open finding is about a ping target, a probe or a database server',
    queries: [
      outside('Loss', 'target', 'instance_target:guard_ping_loss:ratio_rate1m'),
      outside('Rtt', 'target', 'instance_target:guard_ping_rtt_seconds:p95_5m'),
      outside('Failures', 'probe', 'instance_probe:guard_probe_failure:ratio_rate5m'),
      // The whole run is the longest of its phases.
      outside('Duration', 'probe', 'guard_probe_duration_seconds'),
      outside('Locks', 'database_server', 'guard_postgresql_lock_waiting_sessions'),
    ],
    columns: {
      subject: 'Subject',
      instance: 'Host',
      ...Object.fromEntries(
        Object.entries(columns).map(([name, heading]) => [`Value #${name}`, heading]),
      ),
      // Only one of the queries answers when all findings are of one sort.
      Value: 'Value',
    },
    sortBy: { heading: 'Subject', descending: false },
    width: 24,
    height: 6,
  })
    .decimals(2)
    .overrideByRegexp('Ping loss|Probe failures', [property('unit', 'percentunit')])
    .overrideByRegexp('Ping p95|Probe duration', [property('unit', 's')])
    .overrideByName('Host', [hostClick()]);
}

/** Under one label for all three sorts, so that rows are joined by it. */
function outside(name: string, label: string, series: string): Query {
  const open = `guard_finding{${HOST},${label}!=""}`;
  const blamed = `${series}{${HOST}} and on (job, instance, ${label}) ${open}`;
  const named = `label_replace(${blamed}, "subject", "$1", "${label}", "(.+)")`;
  return { name, expr: `max by (instance, subject) (${named})` };
}

function firing() {
  return stacked({
    title: 'Open findings by kind',
    description:
      'How many findings were open at each moment, pending ones included. A step that many hosts take at once has a common cause: a deploy, a dependency, a job that runs everywhere.',
    unit: 'short',
    emptyWhen: 'no finding was open in the shown range',
    queries: [
      {
        name: 'Open',
        legend: '{{kind}}',
        expr: `count by (kind) (guard_finding{${GROUP}})`,
      },
    ],
    width: 12,
    height: 10,
  }).decimals(0);
}
