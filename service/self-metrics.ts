// What every process of the product says of itself: build, configuration, CPU, memory, through a prom-client registry of its own.
import { readFileSync } from 'node:fs';
import { productVersion } from './flags.ts';
import { Counter, Gauge, Registry } from './metric-types.ts';

/** USER_HZ of Linux. */
const TICKS_PER_SECOND = 100;

export interface SelfMetrics {
  readonly registry: Registry;
  /** Records the outcome of loading the configuration. */
  configLoaded(successful: boolean): void;
}

/** @param prefix the metric prefix, such as `guard_exporter` */
export function createSelfMetrics(prefix: string): SelfMetrics {
  const registry = new Registry();
  const registers = [registry];
  new Gauge({
    name: `${prefix}_build_info`,
    help: 'Version of Latency Guard and of the Node.js that runs it; the value is always 1.',
    labelNames: ['version', 'node_version'],
    registers,
  }).set({ version: productVersion(), node_version: process.version }, 1);
  new Gauge({
    name: `${prefix}_start_time_seconds`,
    help: 'Unix time at which the process started.',
    registers,
  }).set(Math.round(Date.now() / 1000 - process.uptime()));
  registerCost(prefix, registry);
  const successful = new Gauge({
    name: `${prefix}_config_last_reload_successful`,
    help: 'Whether the last attempt to load the configuration succeeded.',
    registers,
  });
  const successTime = new Gauge({
    name: `${prefix}_config_last_reload_success_timestamp_seconds`,
    help: 'Unix time of the last successful load of the configuration.',
    registers,
  });
  return {
    registry,
    configLoaded(ok) {
      successful.set(ok ? 1 : 0);
      if (ok) successTime.set(Date.now() / 1000);
    },
  };
}

function registerCost(prefix: string, registry: Registry): void {
  new Counter({
    name: `${prefix}_cpu_seconds_total`,
    help: 'User and system CPU time of this process, all its threads and the children that have ended, in seconds.',
    registers: [registry],
    collect() {
      const { user, system } = process.cpuUsage();
      this.reset();
      this.inc((user + system) / 1e6 + endedChildrenSeconds());
    },
  });
  new Gauge({
    name: `${prefix}_resident_memory_bytes`,
    help: 'Resident memory of this process in bytes.',
    registers: [registry],
    collect() {
      this.set(process.memoryUsage.rss());
    },
  });
}

/** 0 where there is no procfs: then the counter lacks them at every scrape alike. */
function endedChildrenSeconds(): number {
  let text: string;
  try {
    text = readFileSync('/proc/self/stat', 'latin1');
  } catch {
    return 0;
  }
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
  return (Number(fields[13]) + Number(fields[14])) / TICKS_PER_SECOND;
}
