// Who has asked lately: an exact set of addresses or cookies in memory, bounded, which tells when it is full.
import { createHash } from 'node:crypto';

/** Longer ones are kept as their hash, so that the bound on entries is one on memory. */
const MAX_KEY_CHARS = 64;

export interface SessionWindow {
  see(key: string, nowSeconds: number): void;
  /** Distinct keys seen within the window; a lower bound while some could not be taken in. */
  active(nowSeconds: number): number;
  /** Requests whose session was not taken in because the set was full. */
  untracked(): number;
}

/** Cost: O(1) per request, plus O(1) for each session that ends. */
export function createSessionWindow(windowSeconds: number, maxSessions: number): SessionWindow {
  // In the order in which they were seen last: what has ended is always in front.
  const lastSeen = new Map<string, number>();
  let untracked = 0;
  const expire = (nowSeconds: number): void => {
    for (const [key, seen] of lastSeen) {
      if (nowSeconds - seen < windowSeconds) break;
      lastSeen.delete(key);
    }
  };
  return {
    see(key, nowSeconds) {
      const short = key.length <= MAX_KEY_CHARS ? key : hashOf(key);
      const isKnown = lastSeen.delete(short);
      if (!isKnown) expire(nowSeconds);
      if (isKnown || lastSeen.size < maxSessions) lastSeen.set(short, nowSeconds);
      else untracked += 1;
    },
    active(nowSeconds) {
      expire(nowSeconds);
      return lastSeen.size;
    },
    untracked: () => untracked,
  };
}

function hashOf(key: string): string {
  return createHash('sha256').update(key).digest('base64');
}
