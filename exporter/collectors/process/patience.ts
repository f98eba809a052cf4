// How long a process that stands still is left alone before anybody looks again. One small read for each thread at every reading
// is most of what a host full of idle processes costs.
//
// What that makes late, and by how much at most: what such a process does is told when it is next looked at, which is no later than
// it had stood still before, and never later than MAX_UNCHECKED_SECONDS. Nothing is lost: the kernel keeps the counters, and the
// budget of the threads stays whole (see overdrawnSeconds). The end of a process is never late, see list.ts, unless another has
// its pid by the next reading. And as soon as the CPU time of the host is more than that of the processes that were looked at, all
// others are looked at in the same reading.
import type { HostActivity } from './host-activity.ts';

export const MAX_UNCHECKED_SECONDS = 30;
/** CPU time that nobody accounts for, as a share of one CPU: below it those who are left alone may have used it. */
export const UNEXPLAINED_RATIO = 0.05;
/** Ticks are counted by where they fall, and the processes are not read at one moment. */
export const UNEXPLAINED_SECONDS = 0.1;

/**
 * When a process is to be looked at again that was seen standing still at `at`, and since `since` whenever somebody looked.
 * Spread over the pids, lest those that fell asleep together be looked at together.
 */
export function nextCheckAt(pid: number, since: number, at: number): number {
  const patience = Math.min(MAX_UNCHECKED_SECONDS, at - since);
  return at + patience * (0.5 + (pid % 64) / 128);
}

export interface Patience {
  /** Begins a reading. @returns whether processes may be left alone in it, in monotonic seconds. */
  begin(at: number, activity: HostActivity): boolean;
  /** @param usedSeconds by all that were looked at, since the reading before. @returns whether the others stay left alone. */
  isExplained(usedSeconds: number): boolean;
}

export function createPatience(): Patience {
  let last = { at: Number.NaN, cpuSeconds: Number.NaN };
  let elapsed = Number.NaN;
  let cpuSeconds = Number.NaN;
  return {
    begin(at, activity) {
      elapsed = at - last.at;
      cpuSeconds = activity.cpuSeconds - last.cpuSeconds;
      last = { at, cpuSeconds: activity.cpuSeconds };
      // Without it the end of a process would go unnoticed.
      return !Number.isNaN(activity.threads) && !Number.isNaN(activity.forks + cpuSeconds);
    },
    isExplained(usedSeconds) {
      const allowed = Math.max(UNEXPLAINED_SECONDS, UNEXPLAINED_RATIO * elapsed);
      return cpuSeconds - usedSeconds <= allowed;
    },
  };
}
