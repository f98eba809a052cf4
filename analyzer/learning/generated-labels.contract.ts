// Labelled windows whose truth is known, drawn at random by seed: what the tests of learning have in common.
import { createUniform } from '../math/uniform.ts';
import { type LabelledRow, NONE } from './labelled-row.ts';

/** What is typical of a kind; everything else is noise. */
const TYPICAL: Readonly<Record<string, Readonly<Record<string, number>>>> = {
  cpu_saturation: { group_cpu_cores: 1.8, group_runnable_threads: 3, host_cpu_used_ratio: 0.98 },
  io_bound: { group_disk_wait_threads: 2, host_io_waiting_ratio: 0.7 },
  lock_contention: { group_lock_wait_threads: 8, group_voluntary_switches_per_second: 4_000 },
  memory_leak: { memory_growth_ratio: 0.8, memory_rise_ratio: 0.95 },
  [NONE]: {},
};
const QUIET = {
  group_cpu_cores: 0.1,
  group_cpu_cores_baseline: 0.1,
  group_running_threads: 0.1,
  group_runnable_threads: 0.05,
  group_disk_wait_threads: 0.02,
  group_lock_wait_threads: 0.5,
  group_voluntary_switches_per_second: 50,
  host_cpu_count: 2,
  host_cpu_used_ratio: 0.3,
  host_io_waiting_ratio: 0.02,
  memory_growth_ratio: 0.01,
  memory_rise_ratio: 0.5,
};

export interface GeneratedOptions {
  readonly seed: number;
  readonly cases: number;
  readonly windows: number;
  /** Share of the cases of which the rules say nothing. */
  readonly missed: number;
}

export function generateLabels({ seed, cases, windows, missed }: GeneratedOptions): LabelledRow[] {
  const random = createUniform(seed);
  return Object.keys(TYPICAL).flatMap((kind) =>
    Array.from({ length: cases }, (_, index) => {
      const silent = random() < missed;
      return Array.from({ length: windows }, (): LabelledRow => {
        const levels = Object.entries({ ...QUIET, ...TYPICAL[kind] });
        const features = levels
          .filter(([name]) => random() > 0.05 || name === 'host_cpu_count')
          .map(([name, level]) => [name, level * (0.6 + 0.8 * random())]);
        return {
          case: `${kind}-${index}`,
          kind,
          rule: silent ? NONE : kind,
          features: Object.fromEntries(features) as Record<string, number>,
        };
      });
    }).flat(),
  );
}
