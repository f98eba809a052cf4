// Which hints belong to which kind of bottleneck: a bounded list of questions, the most telling first.

import type { HintQuestion } from './hint.ts';
import {
  HOT_SYMBOLS,
  LARGEST_CPU_PROCESSES,
  LARGEST_GROUPS_BY_CPU,
  LARGEST_GROUPS_BY_MEMORY,
  LARGEST_MEMORY_PROCESSES,
  LOCK_SHARE,
  OOM_KILLS,
  SWAPPED_GROUPS,
  SYSTEM_SHARE,
} from './hints-compute.ts';
import {
  BLOCKING_SESSIONS,
  CONNECTIONS_BY_PORT,
  DATABASE_CONNECTIONS,
  DEVICE_QUEUE,
  FILE_GROWTH,
  GROUP_RETRANSMITS,
  GROUP_SOCKET_QUEUES,
  HTTP_ERRORS,
  LISTEN_QUEUES,
  OTHER_TARGETS,
  PROBE_FAILURES,
  PROBE_PHASES,
  TOP_READERS,
  TOP_TALKERS,
  TOP_WRITERS,
} from './hints-traffic.ts';

const CPU = [HOT_SYMBOLS, SYSTEM_SHARE, LARGEST_CPU_PROCESSES];
const LOCK = [LOCK_SHARE, SYSTEM_SHARE, HOT_SYMBOLS, LISTEN_QUEUES];
const NETWORK = [GROUP_RETRANSMITS, GROUP_SOCKET_QUEUES, TOP_TALKERS, CONNECTIONS_BY_PORT];

const QUESTIONS: Readonly<Record<string, readonly HintQuestion[]>> = {
  cpu_saturation: CPU,
  cpu_throttling: CPU,
  cpu_steal: [LARGEST_GROUPS_BY_CPU],
  memory_leak: [LARGEST_MEMORY_PROCESSES, LARGEST_GROUPS_BY_MEMORY],
  memory_pressure: [LARGEST_MEMORY_PROCESSES, LARGEST_GROUPS_BY_MEMORY, SWAPPED_GROUPS, OOM_KILLS],
  io_bound: [DEVICE_QUEUE, TOP_READERS, TOP_WRITERS],
  network_saturation: NETWORK,
  network_path: [OTHER_TARGETS, ...NETWORK],
  lock_contention: LOCK,
  thread_starvation: LOCK,
  fd_exhaustion: [FILE_GROWTH, CONNECTIONS_BY_PORT],
  database_contention: [BLOCKING_SESSIONS, DATABASE_CONNECTIONS],
  dependency_slow: [PROBE_PHASES, PROBE_FAILURES, HTTP_ERRORS],
};

/** The questions of a kind; none for a kind that nobody has thought about yet. */
export function hintQuestions(kind: string): readonly HintQuestion[] {
  return QUESTIONS[kind] ?? [];
}

/** Every kind that has questions. */
export const HINTED_KINDS: readonly string[] = Object.keys(QUESTIONS);
