// Brings messages to their channels: each channel by itself, one after the other, the same once, and never too many.
import type { Message, Notifier } from './message.ts';
import { NotifyError } from './notify-error.ts';
import { MESSAGE_RETRY, type RetryPolicy, withRetry } from './retry.ts';

const MAX_QUEUED = 100;
const MAX_KEYS = 10_000;
const HOUR_SECONDS = 3_600;

export interface DispatcherOptions {
  readonly notifiers: ReadonlyMap<string, Notifier>;
  /** Seconds in which the same key is told once. */
  readonly window: number;
  readonly maxPerHour: number;
  /** Unix seconds. */
  readonly clock: () => number;
  readonly retry?: RetryPolicy;
}

/** `duplicate`: told before. `limited`, `full`: not told, may be offered again. `failed`: tried, and not arrived. */
export type Outcome = 'sent' | 'duplicate' | 'limited' | 'full' | 'unknown_channel' | 'failed';

export interface Delivery {
  readonly channel: string;
  readonly outcome: Outcome;
  /** Why it failed. */
  readonly detail: string | undefined;
}

export interface Dispatcher {
  /** Never throws; resolves when each channel has it, or has given up. */
  deliver(message: Message, channels: readonly string[]): Promise<Delivery[]>;
  /** Ends waiting and running attempts. */
  stop(): Promise<void>;
}

export function createDispatcher(options: DispatcherOptions): Dispatcher {
  const stopping = new AbortController();
  const lanes = new Map(
    [...options.notifiers].map(([name, notifier]) => [
      name,
      createLane(notifier, options, stopping.signal),
    ]),
  );
  return {
    deliver: (message, channels) =>
      Promise.all(
        [...new Set(channels)].map(async (channel): Promise<Delivery> => {
          const lane = lanes.get(channel);
          if (lane === undefined) return { channel, outcome: 'unknown_channel', detail: undefined };
          return { channel, ...(await lane.deliver(message)) };
        }),
      ),
    async stop() {
      stopping.abort();
      await Promise.all([...lanes.values()].map((lane) => lane.idle()));
    },
  };
}

type Result = Omit<Delivery, 'channel'>;

function createLane(notifier: Notifier, options: DispatcherOptions, signal: AbortSignal) {
  const { window, maxPerHour, clock, retry = MESSAGE_RETRY } = options;
  const told = new Map<string, number>();
  let accepted: number[] = [];
  let queued = 0;
  let last: Promise<unknown> = Promise.resolve();

  /** Why it is not taken; undefined where it is. */
  function refuse(key: string, now: number): Outcome | undefined {
    for (const [known, time] of told) if (now - time >= window) told.delete(known);
    accepted = accepted.filter((time) => now - time < HOUR_SECONDS);
    if (told.has(key)) return 'duplicate';
    if (accepted.length >= maxPerHour) return 'limited';
    return queued >= MAX_QUEUED || told.size >= MAX_KEYS || signal.aborted ? 'full' : undefined;
  }

  async function send(message: Message): Promise<Result> {
    try {
      if (signal.aborted) throw new NotifyError('stopped', 'Stopped before it was its turn');
      await withRetry(() => notifier.send(message, signal), retry, signal);
      return { outcome: 'sent', detail: undefined };
    } catch (error) {
      // Not told: the next time it is offered it is news again.
      told.delete(message.key);
      const { message: detail } = error as Error;
      return {
        outcome: 'failed',
        detail: error instanceof NotifyError ? detail : `bug: ${detail}`,
      };
    }
  }

  return {
    async deliver(message: Message): Promise<Result> {
      const now = clock();
      const refused = refuse(message.key, now);
      if (refused !== undefined) return { outcome: refused, detail: undefined };
      told.set(message.key, now);
      accepted.push(now);
      queued += 1;
      const turn = last
        .then(() => send(message))
        .finally(() => {
          queued -= 1;
        });
      last = turn;
      return turn;
    },
    idle: () => last,
  };
}
