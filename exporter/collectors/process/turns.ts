// Whether threads of a process queue for a lock. Most threads that sleep on a futex do not: they wait for work. Those that queue
// wait on one and the same futex, and either it is a mutex by what they wait with, or one thread at a time gets through, in turns.
import { COUNTER } from './counters.ts';
import type { Task } from './thread-time.ts';

/** A single waiting thread is no queue. */
const LEAST_QUEUE = 2;
/** Whoever sleeps here waits for work: the one that watches the sockets for its pool. */
const WAITS_FOR_WORK = /epoll|ep_poll|accept/;
/**
 * Number, address, operation and expected value, as `/proc/PID/task/TID/syscall` tells them (proc_pid_syscall(5)). A runtime that
 * parks each thread on a futex of its own (Go, the JVM) never makes a queue of them.
 */
const FUTEX_CALL = /^\d+ (0x[0-9a-f]+) (0x[0-9a-f]+) (0x[0-9a-f]+) /;
/** FUTEX_WAIT, private or shared, for a value of 2, "locked, with waiters" (Drepper, Futexes Are Tricky): glibc's mutex. */
const MUTEX_OPERATIONS: ReadonlySet<string> = new Set(['0x80', '0x0']);
const MUTEX_VALUE = '0x2';

export interface TurnCount {
  /** The first thread of a process comes next. */
  begin(): void;
  /**
   * @param channel see `look` of the sampler; undefined for a thread that is gone
   * @param syscall of a thread that sleeps on a futex; empty when unknown, it is then in no queue
   */
  see(task: Task, channel: string | undefined, syscall: string): void;
  /** The last thread of the process was seen: books the look, unless the same one as last time works alone. */
  end(counters: Float64Array | undefined): void;
  /** Time passes: what was seen so far and what comes are not of one moment. */
  interrupt(): void;
}

export function createTurnCount(): TurnCount {
  let isWhole = false;
  let working = 0;
  let worker: Task | undefined;
  /** Threads by futex: all of them, and those that wait for a mutex. */
  const queues = new Map<string, number>();
  const mutexQueues = new Map<string, number>();
  /** By the counters of its process. A runtime's main thread is the one again and again: its helpers wait for work, not for a turn. */
  const lastWorkers = new WeakMap<Float64Array, Task>();
  const takesTurn = (counters: Float64Array) => {
    if (worker === undefined || lastWorkers.get(counters) === worker) return false;
    lastWorkers.set(counters, worker);
    return true;
  };
  return {
    begin() {
      isWhole = true;
      working = 0;
      queues.clear();
      mutexQueues.clear();
    },
    see(task, channel, syscall) {
      if (channel === undefined) return;
      if (channel.includes('futex')) {
        const [, address, operation, value] = FUTEX_CALL.exec(syscall) ?? [];
        if (address === undefined) return;
        add(queues, address);
        if (value === MUTEX_VALUE && MUTEX_OPERATIONS.has(operation!)) add(mutexQueues, address);
      } else if (queuesSometimes(task) && !WAITS_FOR_WORK.test(channel)) {
        working += 1;
        worker = task;
      }
    },
    end(counters) {
      if (!isWhole || counters === undefined || longest(queues) < LEAST_QUEUE) return;
      if (longest(mutexQueues) >= LEAST_QUEUE) {
        counters[COUNTER.oneThroughLooks]! += 1;
      } else if (working !== 1) {
        counters[COUNTER.otherLooks]! += 1;
      } else if (takesTurn(counters)) {
        counters[COUNTER.oneThroughLooks]! += 1;
      }
    },
    interrupt() {
      isWhole = false;
    },
  };
}

function add(queues: Map<string, number>, address: string): void {
  queues.set(address, (queues.get(address) ?? 0) + 1);
}

function longest(queues: ReadonlyMap<string, number>): number {
  let most = 0;
  for (const length of queues.values()) most = Math.max(most, length);
  return most;
}

/** One that never waits there does not take part: it may keep the lock busy from outside, or feed a pool. */
function queuesSometimes({ votes, look }: Task): boolean {
  return votes.lock > 0 || look === 'lock';
}
