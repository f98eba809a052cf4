// What time it is: that of the server that is asked, whatever is done to the clock of this host.
import { formatDuration } from '../../service/duration.ts';
import type { Unavailable } from '../series/finding.ts';

/** What two clocks that are kept by NTP, a `Date` in whole seconds and an answer under way can differ by. */
const TOLERANCE_SECONDS = 10;
/** A clock that drifts is followed; more than this between two looks is a step. */
const STEP_SECONDS = 2;
/** Answers in a row that have to agree before the server is believed: a cache on the way may tell of an earlier time. */
const WITNESSES = 3;
/** How far these may be apart. */
const AGREEMENT_SECONDS = 3;

export interface EngineClock {
  /** Unix seconds. Never steps by what is done to the clock of this host. */
  now(): number;
  /** The server said in its answer what time it is (Unix seconds). */
  hear(serverTime: number): void;
  /** How far the clock of this host is off, when it is. */
  unavailable(): Unavailable[];
}

export interface EngineClockOptions {
  /** Unix seconds by the clock of this host, which somebody may set. */
  readonly wall: () => number;
  /** Seconds since any moment, which nobody can set. */
  readonly monotonic: () => number;
  /** Told when the time that is used makes a step, in seconds, because the server's did or was another from the beginning. */
  readonly onStep: (seconds: number) => void;
}

export function createEngineClock({ wall, monotonic, onStep }: EngineClockOptions): EngineClock {
  let base = wall() - monotonic();
  /** By how much each of the last answers differed. */
  let witnesses: number[] = [];
  const now = () => {
    const drift = wall() - (monotonic() + base);
    if (Math.abs(drift) <= STEP_SECONDS) base += drift;
    return monotonic() + base;
  };
  return {
    now,
    hear(serverTime) {
      const difference = serverTime - now();
      if (Math.abs(difference) <= TOLERANCE_SECONDS) {
        witnesses = [];
        return;
      }
      const [first = difference] = witnesses;
      const agrees = Math.abs(first - difference) <= AGREEMENT_SECONDS;
      witnesses = agrees ? [...witnesses, difference] : [difference];
      if (witnesses.length < WITNESSES) return;
      witnesses = [];
      base += difference;
      onStep(difference);
    },
    unavailable() {
      const off = wall() - now();
      if (Math.abs(off) <= TOLERANCE_SECONDS) return [];
      const direction = off > 0 ? 'ahead of' : 'behind';
      const detail = `the clock of this host is ${formatDuration(Math.round(Math.abs(off)))} ${direction} the time that is used, which goes on as before and is held against the server's: set it by NTP`;
      return [{ what: 'clock', signal: '', reason: 'stepped', detail }];
    },
  };
}
