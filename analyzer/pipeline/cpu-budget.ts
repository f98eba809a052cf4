// How much CPU time the models may use: so many cores on average, with a reserve for the beginning and for rushes.

export interface CpuBudget {
  /** Earns what the time since the last call is worth. */
  refill(now: number): void;
  spend(seconds: number): void;
  /** CPU seconds that may be spent now; negative after an overdraft. */
  left(): number;
}

export interface CpuBudgetOptions {
  /** Mean number of cores. */
  readonly cores: number;
  /** CPU seconds that can be saved up, and are there at the beginning. */
  readonly reserveSeconds: number;
}

export function createCpuBudget({ cores, reserveSeconds }: CpuBudgetOptions): CpuBudget {
  let left = reserveSeconds;
  let last: number | undefined;
  return {
    refill(now) {
      const passed = Math.max(0, now - (last ?? now));
      left = Math.min(reserveSeconds, left + passed * cores);
      last = now;
    },
    spend(seconds) {
      left -= seconds;
    },
    left: () => left,
  };
}
