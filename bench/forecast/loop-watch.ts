// How long the event loop was held up: by the clock, and by the CPU time of the loop's own thread.
import { monitorEventLoopDelay } from 'node:perf_hooks';

const PROBE_MS = 2;

export interface LoopWatch {
  stop(): { readonly wallMs: number; readonly cpuMs: number };
}

/** On a machine that others use too only `cpuMs` is our own doing: a thread that may not run is late as well. */
export function watchLoop(): LoopWatch {
  const delays = monitorEventLoopDelay({ resolution: PROBE_MS });
  delays.enable();
  let before = process.threadCpuUsage();
  let longest = 0;
  const probe = setInterval(() => {
    const now = process.threadCpuUsage();
    longest = Math.max(longest, now.user - before.user + now.system - before.system);
    before = now;
  }, PROBE_MS);
  return {
    stop() {
      clearInterval(probe);
      delays.disable();
      return { wallMs: delays.max / 1e6, cpuMs: longest / 1000 };
    },
  };
}
