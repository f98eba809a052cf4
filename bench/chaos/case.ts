// One way to hurt the analyzer, and what has to be seen of it.
import type { World } from './world.ts';

export interface ChaosCase {
  readonly name: string;
  readonly about: string;
  /** Seconds for which it lasts; `heal` follows. */
  readonly seconds: number;
  /** @returns what ends it. */
  readonly inflict: (world: World) => Promise<() => Promise<void> | void>;
  /** Has to be found in what the analyzer logs or says on /metrics while it lasts, or just after where it cannot answer. */
  readonly reason?: RegExp;
  /** Cycles after the end within which one has to succeed; 3 unless said. */
  readonly maxCycles?: number;
  /** The analyzer cannot answer while it lasts: it is stopped, or ended. */
  readonly isAway?: boolean;
  /** More resident memory than it had at the beginning; 256 MiB unless said. */
  readonly maxGrowthBytes?: number;
  /** Why it cannot be run here. */
  readonly missing?: () => string | undefined;
}

export interface ChaosOutcome {
  readonly name: string;
  /** Empty when everything held. */
  readonly problems: readonly string[];
  readonly recoveryCycles: number | undefined;
  readonly recoverySeconds: number | undefined;
  readonly growthBytes: number;
  /** What the analyzer said the reason was. */
  readonly said: string | undefined;
}
