// How busy the machine was between two moments: a quiet time that was not quiet makes the next figures doubtful.
import { cpus } from 'node:os';

/** Starts measuring. @returns a function that gives the share of all CPUs in use since then, 0–1. */
export function cpuMeter(): () => number {
  const before = times();
  return () => {
    const after = times();
    const total = after.total - before.total;
    return total <= 0 ? 0 : 1 - (after.idle - before.idle) / total;
  };
}

function times(): { total: number; idle: number } {
  let total = 0;
  let idle = 0;
  for (const { times: cpu } of cpus()) {
    total += cpu.user + cpu.nice + cpu.sys + cpu.idle + cpu.irq;
    idle += cpu.idle;
  }
  return { total, idle };
}
