// PostgreSQL servers, each asked in the background at its own interval, so that a slow one never delays a scrape.
import {
  ConnectionError,
  createPostgresqlSource,
  type PostgresqlOptions,
  type PostgresqlSource,
} from '../../sources/postgresql.ts';
import { type Collector, NoDataError } from '../collector.ts';
import type { PostgresqlConfig } from './config.ts';
import { type Polled, toFamilies } from './families.ts';
import { toSnapshot } from './snapshot.ts';
import { STATEMENTS } from './statements.ts';

export type CreatePostgresqlSource = (options: PostgresqlOptions) => PostgresqlSource;

interface Poller {
  /** Undefined until the first round has ended. */
  last(): Polled | undefined;
  start(): void;
  stop(): Promise<void>;
}

/** @param createSource stands for real servers in tests. */
export function createPostgresqlCollector(
  config: PostgresqlConfig,
  createSource: CreatePostgresqlSource = createPostgresqlSource,
): Collector {
  const pollers = config.map(({ name, interval, timeout, target }) => {
    const source = createSource({ target, timeoutMs: timeout * 1000 });
    return createPoller({ name, source, intervalMs: interval * 1000 });
  });
  return {
    name: 'postgresql',
    start() {
      for (const poller of pollers) poller.start();
    },
    async collect(signal) {
      signal.throwIfAborted();
      const polls = pollers.map((poller) => poller.last()).filter((poll) => poll !== undefined);
      if (polls.length === 0) {
        throw new NoDataError('starting', 'No PostgreSQL server has answered or refused yet');
      }
      return toFamilies(polls);
    },
    async stop() {
      await Promise.all(pollers.map((poller) => poller.stop()));
    },
  };
}

interface PollerOptions {
  readonly name: string;
  readonly source: PostgresqlSource;
  readonly intervalMs: number;
}

/** The next round begins an interval after the last one has begun, and never before it has ended. */
function createPoller({ name, source, intervalMs }: PollerOptions): Poller {
  let last: Polled | undefined;
  let timer: NodeJS.Timeout | undefined;
  let running = false;
  const round = async (): Promise<void> => {
    const start = performance.now();
    const outcome = await poll(source);
    const elapsedMs = performance.now() - start;
    last = { name, outcome, seconds: elapsedMs / 1000, endedAt: Date.now() / 1000 };
    const waitMs = Math.max(0, intervalMs - elapsedMs);
    if (running) timer = setTimeout(() => void round(), waitMs).unref();
  };
  return {
    last: () => last,
    start() {
      if (running) return;
      running = true;
      void round();
    },
    async stop() {
      running = false;
      clearTimeout(timer);
      await source.stop();
    },
  };
}

/** Never rejects. */
async function poll(source: PostgresqlSource): Promise<Polled['outcome']> {
  try {
    return await toSnapshot(await source.ask(STATEMENTS));
  } catch (error) {
    return { unreachable: error instanceof ConnectionError ? error.reason : 'failed' };
  }
}
