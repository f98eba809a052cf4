// What the engine's server says beside its answers, put to use: the time that is, and what is missing from the answers.
import type { Logger } from '../service/log.ts';
import { createEngineClock } from './pipeline/engine-clock.ts';
import type { Notice } from './prometheus/client.ts';
import { createNotices } from './prometheus/notices.ts';
import type { Unavailable } from './series/finding.ts';

export interface ServerTime {
  /** Unix seconds, see EngineClock. */
  readonly clock: () => number;
  /** To be told of every answer. */
  readonly take: (promql: string, notice: Notice) => void;
  readonly unavailable: () => readonly Unavailable[];
  /** Seconds by which the time has stepped since this was last asked. */
  readonly takeSteps: () => number;
}

export interface ServerTimeOptions {
  /** Unix seconds of this host. */
  readonly clock: () => number;
  /** Seconds that nobody can set; without it the clock is what it says, as in a replay. */
  readonly monotonic?: (() => number) | undefined;
  readonly log: Logger;
  /** The time that is used has made a step: what remembers moments has to be built anew. */
  readonly onStep: () => Promise<void>;
}

export function createServerTime({ clock, monotonic, log, onStep }: ServerTimeOptions): ServerTime {
  let steps = 0;
  const engine = createEngineClock({
    wall: clock,
    monotonic: monotonic ?? clock,
    onStep(seconds) {
      log.warn({ seconds }, 'the clock of Prometheus is another: its time is used from now on');
      steps += seconds;
      onStep().catch((error: Error) => log.error({ err: error }, 'reload failed'));
    },
  });
  const notices = createNotices();
  let told = '';
  return {
    clock: engine.now,
    take(promql, notice) {
      notices.take(promql, notice, engine.now());
      if (monotonic === undefined || notice.serverTime === undefined) return;
      engine.hear(notice.serverTime);
      const [off] = engine.unavailable();
      if (off !== undefined && told === '') log.warn({ problem: off.detail }, 'clock was set');
      told = off?.detail ?? '';
    },
    takeSteps() {
      const taken = steps;
      steps = 0;
      return taken;
    },
    unavailable: () => [...engine.unavailable(), ...notices.unavailable(engine.now())],
  };
}
