// Who is logged in with a browser: kept here, so that a cookie holds nothing but a number that nobody can guess.
import { createHash, randomBytes } from 'node:crypto';
import type { Role } from '../remediation/config.ts';

/** Beyond, who was away longest has to log in again. */
export const MAX_SESSIONS = 1_000;
const ID_BYTES = 32;
const MAX_ID_CHARS = 64;

export interface User {
  readonly name: string;
  readonly role: Role;
  /** What made it valid: the session ends when the configuration has that no more. */
  readonly source: string;
}

export interface Session extends User {
  readonly csrfToken: string;
  /** Unix seconds. */
  readonly expires: number;
}

export interface Sessions {
  /** The number for the cookie. */
  open(user: User, ttl: number): string;
  /** Undefined when there is none, when it has expired, or nobody used it for `idle` seconds. */
  find(id: string | undefined, idle: number): Session | undefined;
  close(id: string | undefined): void;
}

interface Kept extends Session {
  lastUsed: number;
}

/** @param clock Unix seconds. A restart ends all sessions. */
export function createSessions(clock: () => number): Sessions {
  const kept = new Map<string, Kept>();
  return {
    open(user, ttl) {
      const id = randomBytes(ID_BYTES).toString('base64url');
      const [oldest] = kept.keys();
      if (kept.size >= MAX_SESSIONS && oldest !== undefined) kept.delete(oldest);
      const csrfToken = randomBytes(ID_BYTES).toString('base64url');
      kept.set(keyOf(id), { ...user, csrfToken, expires: clock() + ttl, lastUsed: clock() });
      return id;
    },
    find(id, idle) {
      if (id === undefined || id.length > MAX_ID_CHARS) return undefined;
      const key = keyOf(id);
      const session = kept.get(key);
      if (session === undefined) return undefined;
      kept.delete(key);
      const now = clock();
      if (now >= session.expires || now - session.lastUsed > idle) return undefined;
      // At the end of the map: the first in it is the one that was away longest.
      kept.set(key, Object.assign(session, { lastUsed: now }));
      return session;
    },
    close: (id) => void (id !== undefined && kept.delete(keyOf(id))),
  };
}

/** A map is not searched in constant time: what it is searched by is therefore no secret. */
function keyOf(id: string): string {
  return createHash('sha256').update(id).digest('base64url');
}
