// Made-up hosts whose /metrics have the shape of our exporter's: process groups that come, go, follow the day, and break on demand.

const DAY_SECONDS = 86_400;
const CPUS = 8;
const CPU_MODES = ['user', 'system', 'nice', 'iowait', 'irq', 'softirq', 'steal', 'idle'] as const;
const THREAD_STATES = ['running', 'runnable', 'disk', 'lock', 'paging', 'sleeping'] as const;
const MEMORY_BYTES = 64e9;
/** Cores that the groups of a host use together on average: no host is short of CPU by itself. */
const CORES_IN_USE = 2;
/** Threads of a hog: it wants all CPUs. */
const HOG_THREADS = 16;

export interface FleetOptions {
  readonly hosts: number;
  /** Process groups of every host. */
  readonly groups: number;
  /** Share of the groups that is replaced by new ones, each once in `churnSeconds`. */
  readonly churnRatio: number;
  readonly churnSeconds: number;
  /** Unix seconds at which every counter was 0. */
  readonly start: number;
}

/** From `from` on (Unix seconds) this group takes every CPU that its host has left. */
export interface Fault {
  readonly host: number;
  readonly group: number;
  readonly from: number;
}

export interface Fleet {
  readonly options: FleetOptions;
  /** The text of /metrics of one host. @param time Unix seconds */
  render(host: number, time: number, fault?: Fault): string;
}

/** The name of a host, without a port. */
export function hostName(host: number): string {
  return `host-${String(host).padStart(5, '0')}`;
}

/** The name of a group at a moment: those that churn get a new one each time. */
export function groupName(
  { groups, churnRatio, churnSeconds, start }: FleetOptions,
  group: number,
  time: number,
): string {
  if (group < groups * (1 - churnRatio)) return `app-${group}`;
  // Not all at once: each has its own moment.
  const shifted = time - start + unit(group, 7) * churnSeconds;
  return `job-${group}-${Math.floor(shifted / churnSeconds)}`;
}

export function createFleet(options: FleetOptions): Fleet {
  return {
    options,
    render(host, time, fault) {
      const elapsed = time - options.start;
      const lines: string[] = [];
      const active = fault !== undefined && time > fault.from ? fault : undefined;
      let cores = 0;
      for (let group = 0; group < options.groups; group++)
        cores += meanCores(host, group, options.groups);
      const day = dailyTime(host, elapsed);
      const hogCores = CPUS - 1.4 * cores - 0.1;
      const hogged = active === undefined ? 0 : hogCores * (time - active.from);
      pushHost(lines, {
        host,
        elapsed,
        busy: cores * day + hogged,
        isHogged: active !== undefined,
      });
      for (let group = 0; group < options.groups; group++) {
        const name = groupName(options, group, time);
        const isHog = active?.group === group;
        const cpu = meanCores(host, group, options.groups) * day + (isHog ? hogged : 0);
        pushGroup(lines, { name, seed: host * 131_071 + group, elapsed, cpu, isHog });
      }
      return `${lines.join('\n')}\n`;
    },
  };
}

/** A few groups do most of the work. */
function meanCores(host: number, group: number, groups: number): number {
  return (CORES_IN_USE / groups) * 3 * unit(host * 131_071 + group, 1) ** 2;
}

/** Seconds of mean load since the start, with more load by day than by night: the integral of 1 + 0.4 sin. */
function dailyTime(host: number, elapsed: number): number {
  const omega = (2 * Math.PI) / DAY_SECONDS;
  const phase = unit(host, 2) * 0.5;
  return elapsed + (0.4 / omega) * (Math.cos(phase) - Math.cos(omega * elapsed + phase));
}

interface HostState {
  readonly host: number;
  readonly elapsed: number;
  /** CPU seconds of all groups. */
  readonly busy: number;
  readonly isHogged: boolean;
}

function pushHost(lines: string[], { host, elapsed, busy, isHogged }: HostState): void {
  const share: Readonly<Record<(typeof CPU_MODES)[number], number>> = {
    user: 0.75 * busy,
    system: 0.25 * busy,
    nice: 0,
    iowait: 0.004 * CPUS * elapsed,
    irq: 0,
    softirq: 0.001 * CPUS * elapsed,
    steal: 0,
    idle: Math.max(0, CPUS * elapsed * 0.995 - busy),
  };
  for (let cpu = 0; cpu < CPUS; cpu++)
    for (const mode of CPU_MODES)
      lines.push(
        `guard_cpu_seconds_total{cpu="${cpu}",mode="${mode}"} ${(share[mode] / CPUS).toFixed(3)}`,
      );
  const waiting = isHogged ? 0.9 : 0.02;
  for (const [name, value] of [
    ['boot_time_seconds', 1e9],
    ['load1', isHogged ? 2 * CPUS : 2],
    ['procs_running', isHogged ? 2 * CPUS : 2],
    ['procs_blocked', 0],
    ['context_switches_total', 5e3 * elapsed],
    ['memory_total_bytes', MEMORY_BYTES],
    ['memory_available_bytes', MEMORY_BYTES * (0.4 + 0.2 * unit(host, 3))],
    ['memory_free_bytes', MEMORY_BYTES * 0.2],
    ['memory_cached_bytes', MEMORY_BYTES * 0.2],
    ['swap_in_bytes_total', 0],
    ['swap_out_bytes_total', 0],
    ['oom_kills_total', 0],
    ['pressure_cpu_waiting_seconds_total', waiting * elapsed],
    ['pressure_io_waiting_seconds_total', 0.01 * elapsed],
    ['pressure_io_stalled_seconds_total', 0.005 * elapsed],
    ['pressure_memory_waiting_seconds_total', 0],
    ['pressure_memory_stalled_seconds_total', 0],
    ['threads', 900],
    ['threads_maximum', 120_000],
    ['file_handles_allocated', 9_000],
    ['file_handles_maximum', 1e6],
    ['tcp_listen_drops_total', 0],
    ['tcp_retransmitted_segments_total', 0.3 * elapsed],
    ['ping_self_check_success', 1],
  ] as const)
    lines.push(`guard_${name} ${value}`);
  pushDevices(lines, host, elapsed);
}

function pushDevices(lines: string[], host: number, elapsed: number): void {
  const rate = 20 * (0.5 + unit(host, 4));
  for (const device of ['nvme0n1', 'sda'])
    for (const [name, perSecond] of [
      ['reads_completed_total', rate],
      ['writes_completed_total', 2 * rate],
      ['read_bytes_total', 8e3 * rate],
      ['written_bytes_total', 16e3 * rate],
      ['read_time_seconds_total', 0.0004 * rate],
      ['write_time_seconds_total', 0.0008 * rate],
      ['io_time_seconds_total', 0.001 * rate],
      ['io_time_weighted_seconds_total', 0.0012 * rate],
    ] as const)
      lines.push(`guard_disk_${name}{device="${device}"} ${(perSecond * elapsed).toFixed(3)}`);
  for (const mountpoint of ['/', '/var'])
    for (const [name, value] of [
      ['size_bytes', 4e11],
      ['available_bytes', 4e11 * (0.3 + 0.5 * unit(host, mountpoint.length))],
    ] as const)
      lines.push(
        `guard_filesystem_${name}{mountpoint="${mountpoint}",fstype="ext4",device="/dev/x"} ${value}`,
      );
  for (const direction of ['received', 'transmitted'])
    for (const [name, perSecond] of [
      ['bytes_total', 4e4 * rate],
      ['packets_total', 40 * rate],
      ['errors_total', 0],
      ['drops_total', 0],
    ] as const)
      lines.push(
        `guard_network_${direction}_${name}{device="eth0"} ${(perSecond * elapsed).toFixed(0)}`,
      );
  lines.push(`guard_network_speed_bytes{device="eth0"} 125000000`);
}

interface GroupState {
  readonly name: string;
  readonly seed: number;
  readonly elapsed: number;
  /** CPU seconds so far. */
  readonly cpu: number;
  readonly isHog: boolean;
}

function pushGroup(lines: string[], { name, seed, elapsed, cpu, isHog }: GroupState): void {
  const own = `group="${name}"`;
  const put = (metric: string, value: number, more = '') =>
    lines.push(`guard_process_${metric}{${own}${more}} ${value}`);
  const size = 2e7 + 4e8 * unit(seed, 3) ** 3;
  const memory = Math.round(size * (1 + 0.01 * Math.sin(elapsed / (300 + 300 * unit(seed, 4)))));
  const io = 5e3 * unit(seed, 5) ** 3;
  const threads = isHog ? HOG_THREADS : 1 + Math.floor(10 * unit(seed, 6));
  put('cpu_seconds_total', round(0.75 * cpu), ',mode="user"');
  put('cpu_seconds_total', round(0.25 * cpu), ',mode="system"');
  for (const state of THREAD_STATES) {
    const seconds =
      state === 'running' ? cpu : state === 'runnable' ? cpu * (isHog ? 0.9 : 0.02) : 0;
    put(
      'thread_seconds_total',
      round(state === 'sleeping' ? threads * elapsed : seconds),
      `,state="${state}"`,
    );
  }
  put('context_switches_total', round(30 * cpu + elapsed), ',kind="voluntary"');
  put('context_switches_total', round(3 * cpu), ',kind="involuntary"');
  put('anonymous_memory_bytes', memory);
  put('resident_memory_bytes', memory + 1e7);
  put('virtual_memory_bytes', 8 * memory);
  put('swap_memory_bytes', 0);
  put('major_page_faults_total', 0);
  put('minor_page_faults_total', round(20 * cpu));
  put('read_bytes_total', round(io * elapsed));
  put('written_bytes_total', round(2 * io * elapsed));
  put('open_fds', 8 + Math.floor(40 * unit(seed, 8)));
  put('fd_limit_used_ratio', 0.02);
  put('threads', threads);
  put('processes', 1);
  put('oldest_start_time_seconds', 1e9);
  put('info', 1, `,exe="/usr/bin/${name}",unit="${name}.service"`);
}

function round(value: number): number {
  return Math.round(value * 1_000) / 1_000;
}

/** In [0, 1), always the same for the same numbers. */
function unit(seed: number, salt: number): number {
  let bits = Math.imul(seed + Math.imul(salt, 0x9e3779b1), 0x85ebca6b);
  bits = Math.imul(bits ^ (bits >>> 13), 0xc2b2ae35);
  return ((bits ^ (bits >>> 16)) >>> 0) / 2 ** 32;
}
