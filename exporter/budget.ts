// What the exporter itself may cost. Above its share of one CPU the costliest collector pauses, and is tried again later.
import type { Logger } from '../service/log.ts';

/** The share is judged over so long, and anew after each decision. */
export const WINDOW_SECONDS = 60;
export const FIRST_PAUSE_SECONDS = 300;
export const MAX_PAUSE_SECONDS = 3600;
/** What the exporter is for: it pauses when nothing else is left. */
const LAST_TO_PAUSE = 'process';

export interface BudgetOptions {
  /** Share of one CPU. */
  readonly cpuRatio: number;
  /** CPU seconds that this process has used. */
  readonly cpuClock: () => number;
  /** Monotonic seconds. */
  readonly clock: () => number;
  readonly log: Logger;
}

export interface Budget {
  /** Why a collector is not to run now; undefined when it may. */
  pauseOf(collector: string): string | undefined;
  /** What the collectors of one scrape cost, in seconds; then decides who pauses. */
  account(costs: ReadonlyMap<string, number>): void;
}

interface Pause {
  readonly until: number;
  readonly seconds: number;
  readonly reason: string;
}

export function createBudget({ cpuRatio, cpuClock, clock, log }: BudgetOptions): Budget {
  const pauses = new Map<string, Pause>();
  const lastCosts = new Map<string, number>();
  let since = { at: clock(), cpu: cpuClock() };
  const isPaused = (name: string) =>
    (pauses.get(name)?.until ?? Number.NEGATIVE_INFINITY) > clock();
  const pause = (name: string, ratio: number): void => {
    const now = clock();
    const seconds = nextPause(pauses.get(name), now);
    const used = `${percent(ratio)} of a CPU instead of ${percent(cpuRatio)}`;
    const cost = `${Math.round(lastCosts.get(name)! * 1000)} ms per scrape`;
    const reason = `paused for ${seconds} s: the exporter used ${used}, and of its collectors ${name} cost most (${cost}); raise budget.cpu_ratio, scrape less often or disable it`;
    pauses.set(name, { until: now + seconds, seconds, reason });
    log.warn(
      { collector: name, ratio, budget: cpuRatio, seconds },
      'over budget, collector pauses',
    );
  };
  return {
    pauseOf: (name) => (isPaused(name) ? pauses.get(name)?.reason : undefined),
    account(costs) {
      for (const [name, seconds] of costs) lastCosts.set(name, seconds);
      const now = { at: clock(), cpu: cpuClock() };
      if (now.at - since.at < WINDOW_SECONDS) return;
      const ratio = (now.cpu - since.cpu) / (now.at - since.at);
      since = now;
      const running = [...costs.keys()].filter((name) => !isPaused(name));
      const costliest = ratio > cpuRatio ? costliestOf(running, lastCosts) : undefined;
      if (costliest !== undefined) pause(costliest, ratio);
    },
  };
}

/** Twice as long as the last one, unless the collector has run for as long as it had paused since. */
function nextPause(last: Pause | undefined, now: number): number {
  if (last === undefined || now - last.until > last.seconds) return FIRST_PAUSE_SECONDS;
  return Math.min(MAX_PAUSE_SECONDS, last.seconds * 2);
}

function costliestOf(names: readonly string[], costs: ReadonlyMap<string, number>) {
  const others = names.filter((name) => name !== LAST_TO_PAUSE);
  const candidates = others.some((name) => costs.get(name)! > 0) ? others : names;
  return [...candidates].sort((a, b) => costs.get(b)! - costs.get(a)!)[0];
}

function percent(ratio: number): string {
  return `${(ratio * 100).toFixed(1)} %`;
}
