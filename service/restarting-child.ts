// A child process that is to run for as long as we do: started again with growing pauses when it dies, ended for good on stop.
import type { ChildProcess } from 'node:child_process';

/** Who lived this long was healthy: the next death is followed by the shortest pause again. */
const HEALTHY_LIFE_MS = 60_000;
const KILL_AFTER_MS = 1_000;

/** One start of the program, to its end. */
export interface ChildLife<End> {
  /** Settles once, when it is gone or could not be started, with how it ended. Never rejects. */
  readonly gone: Promise<End>;
  /** Ends it, by force after `graceMs`. Also called when it is gone already: it may have left something behind. */
  end(graceMs: number): Promise<void>;
}

export interface Pauses {
  readonly firstMs: number;
  readonly maxMs: number;
}

/** An end that nobody asked for. */
export interface Death<End> {
  readonly how: End;
  readonly livedMs: number;
  /** Until the next start. */
  readonly pauseMs: number;
}

export interface RestartOptions<End> {
  /** Starts the program; a failure to start is an end like any other. */
  readonly launch: () => ChildLife<End>;
  readonly pauses: Pauses;
  readonly onDeath: (death: Death<End>) => void;
}

export interface RestartingChild {
  /** Nothing while it is started already. */
  start(): void;
  /** Ends the child and starts another one at once; that is no death. Nothing while there is no child. */
  replace(): void;
  /** No start any more, and the last child's end; by force after `graceMs`, a second unless said. */
  stop(graceMs?: number): Promise<void>;
}

/** Builds it without starting anything. There is never more than one child. */
export function createRestartingChild<End>(options: RestartOptions<End>): RestartingChild {
  const { launch, pauses, onDeath } = options;
  let life: ChildLife<End> | undefined;
  let alive = false;
  let timer: NodeJS.Timeout | undefined;
  let pauseMs: number | undefined;
  let stopped = true;
  let replacing = false;
  let ending: Promise<void> | undefined;

  const begin = (): void => {
    const startedMs = performance.now();
    const own = launch();
    life = own;
    alive = true;
    void own.gone.then((how) => {
      if (life !== own) return;
      alive = false;
      if (stopped || ending !== undefined) return;
      if (replacing) {
        replacing = false;
        begin();
        return;
      }
      const livedMs = performance.now() - startedMs;
      pauseMs = nextPauseMs(pauseMs, livedMs, pauses);
      timer = setTimeout(begin, pauseMs);
      onDeath({ how, livedMs, pauseMs });
    });
  };
  return {
    start() {
      if (!stopped) return;
      stopped = false;
      replacing = false;
      if (ending === undefined) begin();
      else void ending.then(() => !stopped && !alive && begin());
    },
    replace() {
      if (stopped || replacing || !alive) return;
      replacing = true;
      void life?.end(KILL_AFTER_MS);
    },
    async stop(graceMs = KILL_AFTER_MS) {
      stopped = true;
      clearTimeout(timer);
      ending = life?.end(graceMs).finally(() => {
        ending = undefined;
      });
      await ending;
    },
  };
}

/** The pause before the next start, given the one before and how long the process lived. */
export function nextPauseMs(
  previousMs: number | undefined,
  livedMs: number,
  { firstMs, maxMs }: Pauses,
): number {
  if (previousMs === undefined || livedMs >= HEALTHY_LIFE_MS) return firstMs;
  return Math.min(previousMs * 2, maxMs);
}

/** TERM, and KILL after `graceMs`. @returns when it is gone */
export async function endChild(
  child: ChildProcess,
  gone: Promise<unknown>,
  graceMs = KILL_AFTER_MS,
): Promise<void> {
  child.kill();
  const force = setTimeout(() => child.kill('SIGKILL'), graceMs);
  await gone;
  clearTimeout(force);
}
