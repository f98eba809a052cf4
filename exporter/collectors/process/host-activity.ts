// What the kernel says of all processes together: whether somebody came, ended or ran, for the price of two small files.
// Source: proc_stat(5), proc_loadavg(5). Both speak of the whole host, whatever the pid namespace.
import type { ProcessFiles } from '../../sources/process-files.ts';
import { TICKS_PER_SECOND } from './parse.ts';

/** NaN where it is unknown. */
export interface HostActivity {
  /** Processes and threads created since boot. */
  readonly forks: number;
  /** Those that exist. */
  readonly threads: number;
  /** CPU time of all of them since boot, in user and system mode: as ticks found them, so it is right only on average. */
  readonly cpuSeconds: number;
}

export function readHostActivity(files: Pick<ProcessFiles, 'read'>): HostActivity {
  const loadavg = files.read('loadavg');
  const stat = files.read('stat');
  return {
    threads: typeof loadavg === 'string' ? numberIn(loadavg, /\/(\d+) /) : Number.NaN,
    forks: typeof stat === 'string' ? numberIn(stat, /^processes (\d+)$/m) : Number.NaN,
    cpuSeconds: typeof stat === 'string' ? parseCpuSeconds(stat) : Number.NaN,
  };
}

function numberIn(text: string, pattern: RegExp): number {
  return Number(pattern.exec(text)?.[1] ?? Number.NaN);
}

/** Interrupts are no process' time. */
function parseCpuSeconds(stat: string): number {
  const [, user, nice, system] = /^cpu +(\d+) (\d+) (\d+) /.exec(stat) ?? [];
  return (Number(user) + Number(nice) + Number(system)) / TICKS_PER_SECOND;
}
