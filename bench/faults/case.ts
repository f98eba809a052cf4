// The one interface of every fault and every look-alike, and the kinds of bottleneck that they are named after.
import type { Scene } from './scene.ts';
import type { Stage } from './stage.ts';

export const KINDS = [
  'cpu_saturation',
  'cpu_throttling',
  'cpu_steal',
  'memory_leak',
  'memory_pressure',
  'io_bound',
  'network_saturation',
  'network_path',
  'lock_contention',
  'thread_starvation',
  'fd_exhaustion',
  'database_contention',
  'dependency_slow',
] as const;
export type Kind = (typeof KINDS)[number];

/** What must be found. */
export interface Expected {
  readonly kind: Kind;
  /** Labels of the finding's subject that blame the right one; any of these sets will do. */
  readonly blames: readonly Readonly<Record<string, string>>[];
  /** Kinds that the same program truly suffers from as well, each told in `about`: neither right nor wrong. */
  readonly also?: readonly Kind[];
}

export interface FaultCase {
  /** Unique; what `--only` may name. */
  readonly name: string;
  /** One sentence: what the program does and why that is, or only looks like, a bottleneck. */
  readonly about: string;
  /** Undefined for a look-alike, about which every finding is wrong. */
  readonly expected: Expected | undefined;
  /** Seconds that this case needs at least, whatever `--seconds` says. */
  readonly atLeastSeconds?: number;
  /** What the exporter watches for this case from the beginning, healthy until the fault. */
  readonly scene?: Scene<unknown>;
  /** Set when no real fault can be made: how it is imitated. */
  readonly simulated?: string;
  /** Why the case cannot run on this machine; undefined when it can. */
  missing(): string | undefined;
  /** What is there before the fault, and healthy: a file, a cgroup, an idle server. Runs before the quiet time. */
  prepare?(stage: Stage): Promise<void>;
  /** Begins the fault. Everything started on the stage ends with the stage. */
  start(stage: Stage): Promise<void>;
}
