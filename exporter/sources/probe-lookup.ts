// Name resolution of probes as the host itself resolves, /etc/hosts included, without letting it eat the thread pool.
import type { LookupAddress } from 'node:dns';
import { lookup as systemLookup } from 'node:dns/promises';
import { isIP } from 'node:net';

/**
 * getaddrinfo blocks one of the four threads that also read files for the other collectors, for many seconds when no
 * DNS server answers and without a way to cancel it. Half of them is what probes may hold.
 */
const MAX_LOOKUPS = 2;

/** All addresses of a host name in the system's order, at least one. Rejects with what getaddrinfo says. */
export type ProbeLookup = (host: string) => Promise<readonly LookupAddress[]>;

/**
 * Callers that ask for the same name at the same time share one look-up, also one that an earlier run gave up on.
 * @param resolve stands for the system's in tests.
 */
export function createProbeLookup(
  resolve: ProbeLookup = (host) => systemLookup(host, { all: true }),
): ProbeLookup {
  const pending = new Map<string, Promise<readonly LookupAddress[]>>();
  const waiting: (() => void)[] = [];
  let running = 0;

  const limited = async (host: string): Promise<readonly LookupAddress[]> => {
    if (running >= MAX_LOOKUPS) await new Promise<void>((next) => waiting.push(next));
    else running += 1;
    try {
      return await resolve(host);
    } finally {
      pending.delete(host);
      const next = waiting.shift();
      if (next === undefined) running -= 1;
      else next();
    }
  };
  return (host) => {
    const family = isIP(host);
    if (family !== 0) return Promise.resolve([{ address: host, family }]);
    const shared = pending.get(host) ?? limited(host);
    pending.set(host, shared);
    return shared;
  };
}
