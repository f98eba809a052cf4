// Whether this process is the one that acts. The lease in the store decides; our own clock ends it early, never late.
import { randomUUID } from 'node:crypto';
import type { Claim } from './lease.ts';
import type { Records } from './store.ts';

/** Another takes over this long after the holder was heard of last. */
export const LEASE_SECONDS = 15;
const RENEW_SHARE = 0.2;
/** What lies between a look at our clock and the beginning of an action. */
const MARGIN_SHARE = 0.1;

export interface Leadership {
  /** Names this process in the store. */
  readonly holder: string;
  /** Takes or prolongs the lease when that is due. @throws {StoreUnavailableError} */
  keep(): Promise<boolean>;
  /** As far as we know: false as soon as our own clock says that somebody else may have it. */
  isHeld(): boolean;
  /** Asked in the transaction that records an intent, so that it holds until the commit. */
  holds(tx: Pick<Records, 'leases'>): Promise<boolean>;
  /** Does not wait for the end of the lease. @throws {StoreUnavailableError} */
  giveUp(): Promise<void>;
}

/** @param lease seconds. @param seconds a clock that never goes back. */
export function createLeadership(
  { leases }: Pick<Records, 'leases'>,
  {
    lease = LEASE_SECONDS,
    seconds = () => performance.now() / 1_000,
  }: { readonly lease?: number | undefined; readonly seconds?: () => number } = {},
): Leadership {
  const holder = randomUUID();
  let claim: Claim | undefined;
  let heldSince = 0;
  const isHeld = () => claim !== undefined && seconds() < heldSince + lease * (1 - MARGIN_SHARE);
  return {
    holder,
    async keep() {
      const asked = seconds();
      if (isHeld() && asked < heldSince + lease * RENEW_SHARE) return true;
      claim = await leases.acquire(holder, lease);
      // From when we asked: the database began to count later.
      heldSince = asked;
      return isHeld();
    },
    isHeld,
    async holds(tx) {
      return isHeld() && claim !== undefined && tx.leases.holds(claim);
    },
    async giveUp() {
      const last = claim;
      claim = undefined;
      if (last !== undefined) await leases.release(last);
    },
  };
}
