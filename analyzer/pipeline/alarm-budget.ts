// New events of a host beyond the welcome number per day raise its threshold, and time lowers it again.
const DAY_SECONDS = 86_400;
/** How much each event raises what the host's scores are divided by. */
const STEP = 0.1;
const MAX_RAISE = 3;

/** Plain data. */
export interface BudgetState {
  readonly key: string;
  readonly raised: number;
  readonly time: number;
  readonly isOpen: boolean;
}

export interface AlarmBudget {
  /** What the scores of a host are divided by: 1 and more. */
  factor(host: string): number;
  /** Takes the hosts with an open event at a time. */
  count(open: ReadonlyMap<string, unknown>, at: number): void;
  all(): BudgetState[];
  restore(states: readonly BudgetState[]): void;
}

export function createAlarmBudget(alarmsPerDay: number): AlarmBudget {
  const states = new Map<string, BudgetState>();
  return {
    factor: (host) => 1 + (states.get(host)?.raised ?? 0),
    count(open, at) {
      for (const [key, { raised, time, isOpen }] of states) {
        const faded = Math.max(0, raised - (STEP * alarmsPerDay * (at - time)) / DAY_SECONDS);
        if (faded === 0 && !open.has(key)) states.delete(key);
        else states.set(key, { key, raised: faded, time: at, isOpen: isOpen && open.has(key) });
      }
      for (const key of open.keys()) {
        const before = states.get(key);
        if (before?.isOpen) continue;
        const raised = Math.min(MAX_RAISE, (before?.raised ?? 0) + STEP);
        states.set(key, { key, raised, time: at, isOpen: true });
      }
    },
    all: () => [...states.values()],
    restore(list) {
      for (const one of list) states.set(one.key, one);
    },
  };
}
