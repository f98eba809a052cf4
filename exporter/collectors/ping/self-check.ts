// Is it the network, or is it ping? When no target answers any more, loopback is pinged too: only while that answers is loss believable.
import { SILENT_AFTER_PACKETS } from './tally.ts';
import { createPingTarget, type PingTarget, type PingTargetDeps } from './target.ts';

const LOOPBACK = { name: 'self-check', address: '127.0.0.1', ipVersion: 4 } as const;
const INTERVAL_SECONDS = 1;

export interface PingSelfCheck {
  /** 1 while ping works, 0 when not even loopback answers, undefined while that is not known. */
  success(): 0 | 1 | undefined;
  /** Starts and ends the ping of loopback as needed; called every few seconds. */
  check(): void;
  stop(): Promise<void>;
}

export function createPingSelfCheck(
  targets: readonly PingTarget[],
  deps: PingTargetDeps,
): PingSelfCheck {
  let loopback: PingTarget | undefined;
  const anyAnswers = () => targets.some(({ tally }) => tally.answering());
  const anySilent = () => targets.some(({ tally }) => tally.unanswered() >= SILENT_AFTER_PACKETS);
  return {
    success() {
      if (anyAnswers() || loopback?.tally.answering()) return 1;
      const tally = loopback?.tally;
      return tally !== undefined && tally.unanswered() >= SILENT_AFTER_PACKETS ? 0 : undefined;
    },
    check() {
      if (anyAnswers()) {
        void loopback?.stop();
        loopback = undefined;
      } else if (loopback === undefined && anySilent()) {
        const options = { ...LOOPBACK, intervalSeconds: INTERVAL_SECONDS };
        loopback = createPingTarget({ ...options, resolveSeconds: Number.POSITIVE_INFINITY }, deps);
        loopback.start();
      } else loopback?.check();
    },
    async stop() {
      await loopback?.stop();
      loopback = undefined;
    },
  };
}
