// One thing that is pinged: its counters, its child, and when the child has to make room for a new one.
import { isIP } from 'node:net';
import type { PingListener, PingOptions, PingSource } from '../../sources/ping.ts';
import { parsePingLine } from './output.ts';
import { createPingTally, type PingTally, SILENT_AFTER_PACKETS } from './tally.ts';

export type CreatePingSource = (options: PingOptions, listener: PingListener) => PingSource;

/** Without an answer for so long the child is replaced: whatever it holds on to may be what is wrong. */
const REPLACE_AFTER_SILENCE_SECONDS = 60;
/** A child tells of every interval that passes, answered or not; resolving a name may take it so long before. */
const HANGS_AFTER_SECONDS = 30;

export interface PingTarget {
  readonly name: string;
  readonly tally: PingTally;
  start(): void;
  stop(): Promise<void>;
  /** Replaces the child if it is time to; called every few seconds. */
  check(): void;
}

export interface PingTargetOptions extends PingOptions {
  readonly name: string;
  /** How long a name is trusted to mean the same address. */
  readonly resolveSeconds: number;
}

export interface PingTargetDeps {
  readonly createSource: CreatePingSource;
  /** Monotonic seconds. */
  readonly clock: () => number;
}

export function createPingTarget(options: PingTargetOptions, deps: PingTargetDeps): PingTarget {
  const { name, resolveSeconds, ...pingOptions } = options;
  const { createSource, clock } = deps;
  const tally = createPingTally();
  const isName = isIP(options.address.replace(/%.*/, '')) === 0;
  let startedAt = clock();
  let spokeAt = startedAt;
  let answeredAt = startedAt;
  const source = createSource(pingOptions, {
    started() {
      tally.childStarted();
      startedAt = clock();
      spokeAt = startedAt;
      answeredAt = startedAt;
    },
    line(text) {
      spokeAt = clock();
      const event = parsePingLine(text);
      if (event === undefined) return;
      tally.add(event);
      if (event.kind === 'reply') answeredAt = spokeAt;
    },
    failure(text) {
      spokeAt = clock();
      tally.failed(text);
    },
    exited() {
      tally.childExited();
    },
  });
  const hangsAfter = HANGS_AFTER_SECONDS + 2 * options.intervalSeconds;
  const isSilent = (now: number): boolean =>
    tally.unanswered() >= SILENT_AFTER_PACKETS && now - answeredAt >= REPLACE_AFTER_SILENCE_SECONDS;
  return {
    name,
    tally,
    start: () => source.start(),
    stop: () => source.stop(),
    check() {
      const now = clock();
      const hangs = now - spokeAt >= hangsAfter;
      if (hangs && tally.reason() === undefined) tally.childHangs();
      const isOld = isName && now - startedAt >= resolveSeconds;
      if (hangs || isOld || isSilent(now)) source.restart();
    },
  };
}
