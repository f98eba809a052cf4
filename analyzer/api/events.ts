// GET /api/v1/events: which parts of the API have changed, as server-sent events. It carries names only: what changed is asked for.
import { type Response, Router } from 'express';
import { sendProblem } from './problem.ts';

/** Browsers that watch; each holds a connection of the server's 256. */
export const MAX_WATCHERS = 64;
/** What a client that does not read may leave in memory; beyond, it is cut off and comes again by itself. */
const MAX_UNREAD_BYTES = 64 * 1024;
const LOOK_MS = 500;
const BEAT_MS = 10_000;
const RETRY_MS = 2_000;
const RETRY_AFTER_SECONDS = 10;

export type Topics = Readonly<Record<string, unknown>>;

export interface EventRouteOptions {
  /** Name of each topic → a value that is another one (`Object.is`) once the topic has changed. */
  readonly topics: () => Topics | Promise<Topics>;
  /** Unix seconds. */
  readonly clock: () => number;
  /** Shorter ones in tests. */
  readonly lookMs?: number;
  readonly beatMs?: number;
}

/** Looks for changes only while somebody watches. */
export function createEventRoutes(options: EventRouteOptions): Router {
  const watchers = createWatchers(options);
  const router = Router();
  router.get('/api/v1/events', (_request, response) => {
    if (watchers.isFull()) {
      response.set('Retry-After', String(RETRY_AFTER_SECONDS));
      const detail = `${MAX_WATCHERS} clients watch already: close a page that is not needed, or ask again later`;
      sendProblem(response, { status: 503, title: 'Too many watchers', detail });
      return;
    }
    response.set({
      'Content-Type': 'text/event-stream; charset=utf-8',
      'Cache-Control': 'no-store',
      // nginx would keep the events until its buffer is full.
      'X-Accel-Buffering': 'no',
    });
    response.flushHeaders();
    watchers.add(response);
  });
  return router;
}

function createWatchers({ topics, clock, lookMs = LOOK_MS, beatMs = BEAT_MS }: EventRouteOptions) {
  const open = new Set<Response>();
  let known: Topics | undefined;
  let isLooking = false;
  let timers: readonly NodeJS.Timeout[] = [];

  const send = (text: string) => {
    for (const response of open) {
      if (response.writableLength > MAX_UNREAD_BYTES) response.destroy();
      else response.write(text);
    }
  };
  const read = async () => topics();
  /** The store may answer late: then the next look waits for it. */
  const look = async () => {
    if (isLooking) return;
    isLooking = true;
    const now = await read().catch(() => undefined);
    isLooking = false;
    // What cannot be told now is told when it can be: the change is still there.
    if (now === undefined) return;
    const before = known ?? now;
    known = now;
    const changed = Object.keys(now).filter((name) => !Object.is(now[name], before[name]));
    if (changed.length > 0) send(toEvent('changed', changed));
  };
  const begin = () => {
    known = undefined;
    const beat = () => send(toEvent('beat', clock()));
    timers = [setInterval(() => void look(), lookMs), setInterval(beat, beatMs)];
    for (const timer of timers) timer.unref();
    void look();
  };

  return {
    isFull: () => open.size >= MAX_WATCHERS,
    add(response: Response): void {
      if (open.size === 0) begin();
      open.add(response);
      response.once('close', () => {
        open.delete(response);
        if (open.size === 0) for (const timer of timers) clearInterval(timer);
      });
      response.write(`retry: ${RETRY_MS}\n${toEvent('hello', clock())}`);
    },
  };
}

/** JSON has no line break of its own, so that one `data:` line is always enough. */
function toEvent(name: string, data: unknown): string {
  return `event: ${name}\ndata: ${JSON.stringify(data)}\n\n`;
}
