// The TCP counters of process groups, summed from what single connections grew by: they never go down when a connection ends.
import type { Socket, SocketTraffic } from './parse.ts';

/** A connection can be missing in one dump, when the kernel's table changes under it; only then is it over. */
const FORGET_AFTER_LOOKS = 4;
/** Counters of groups without processes are kept up to this many groups. */
export const MAX_GROUPS = 500;

/** Why a connection belongs to no group; `not_searched` is for now, and its bytes wait for the owner. */
export type UnattributedReason =
  | 'not_searched'
  | 'permission_denied'
  | 'no_owner'
  | 'no_process_groups'
  | 'too_many_groups';

export type Attribution = { readonly group: string } | { readonly reason: UnattributedReason };

export interface TrafficTotals {
  sentBytes: number;
  receivedBytes: number;
  retransmittedSegments: number;
}

export interface GroupTraffic extends TrafficTotals {
  sendQueueBytes: number;
  receiveQueueBytes: number;
  /** Undefined when nothing was sent since the look before. */
  rttSeconds: number | undefined;
  /** Of the connections that sent and of which it is known. */
  queueingSeconds: number | undefined;
}

export interface TrafficReport {
  /** Of the groups that have connections or processes. */
  readonly groups: ReadonlyMap<string, Readonly<GroupTraffic>>;
  readonly unattributed: Readonly<TrafficTotals>;
  readonly unattributedSockets: ReadonlyMap<UnattributedReason, number>;
}

export interface SocketLedger {
  /** Books one look at all sockets. */
  book(look: Look): TrafficReport;
}

export interface Look {
  readonly sockets: readonly Socket[];
  /** False when sockets may be missing. */
  readonly complete: boolean;
  /** The group of a socket; `last` is the one that it had at the look before. */
  readonly attribute: (socket: Socket, last: string | undefined) => Attribution;
  /** The groups that have processes. */
  readonly living: ReadonlySet<string>;
}

interface Connection {
  readonly booked: TrafficTotals;
  latest: SocketTraffic;
  group: string | undefined;
  look: number;
}

interface Account extends Omit<GroupTraffic, 'rttSeconds' | 'queueingSeconds'> {
  look: number;
  /** Smoothed RTT times bytes sent since the last look, and those bytes. */
  rttWeighted: number;
  rttWeight: number;
  queueingWeighted: number;
  queueingWeight: number;
}

interface State {
  readonly connections: Map<string, Connection>;
  readonly accounts: Map<string, Account>;
  readonly unattributed: TrafficTotals;
  readonly maxGroups: number;
  look: number;
  /** Whether every connection that is not known has been opened since an earlier look. */
  knowsAll: boolean;
}

/**
 * What connections had done before the first complete look is not counted, so that a restart of the exporter adds nothing.
 * A connection opened later counts from its first byte. O(sockets) per look.
 */
export function createSocketLedger(maxGroups = MAX_GROUPS): SocketLedger {
  const state: State = {
    connections: new Map(),
    accounts: new Map(),
    unattributed: { sentBytes: 0, receivedBytes: 0, retransmittedSegments: 0 },
    maxGroups,
    look: 0,
    knowsAll: false,
  };
  return {
    book(look) {
      state.look += 1;
      for (const account of state.accounts.values()) reset(account);
      touchLiving(state, look.living);
      const unattributedSockets = bookAll(state, look);
      if (look.complete) settleClosed(state);
      state.knowsAll ||= look.complete;
      const unattributed = { ...state.unattributed };
      return { groups: presentAccounts(state), unattributed, unattributedSockets };
    },
  };
}

function reset(account: Account): void {
  account.sendQueueBytes = 0;
  account.receiveQueueBytes = 0;
  account.rttWeighted = 0;
  account.rttWeight = 0;
  account.queueingWeighted = 0;
  account.queueingWeight = 0;
}

/** Groups with processes stay, also while they have no connection. */
function touchLiving({ accounts, look }: State, living: ReadonlySet<string>): void {
  for (const [group, account] of accounts) if (living.has(group)) account.look = look;
}

function bookAll(state: State, look: Look): ReadonlyMap<UnattributedReason, number> {
  const reasons = new Map<UnattributedReason, number>();
  for (const socket of look.sockets) {
    if (socket.traffic === undefined || socket.state === 'listen') continue;
    const reason = bookSocket(state, { look, socket, traffic: socket.traffic });
    if (reason !== undefined) reasons.set(reason, (reasons.get(reason) ?? 0) + 1);
  }
  return reasons;
}

interface Booking {
  readonly look: Look;
  readonly socket: Socket;
  readonly traffic: SocketTraffic;
}

function bookSocket(state: State, booking: Booking): UnattributedReason | undefined {
  const { look, socket, traffic } = booking;
  const connection = recall(state, socket.cookie, traffic);
  const attribution = look.attribute(socket, connection.group);
  if ('reason' in attribution) {
    if (attribution.reason === 'not_searched') return attribution.reason;
    connection.group = undefined;
    settle(connection, state.unattributed);
    return attribution.reason;
  }
  const account = accountOf(state, attribution.group);
  if (account === undefined) {
    settle(connection, state.unattributed);
    return 'too_many_groups';
  }
  connection.group = attribution.group;
  const sentBytes = settle(connection, account);
  account.sendQueueBytes += socket.sendQueue;
  account.receiveQueueBytes += socket.receiveQueue;
  account.rttWeighted += traffic.rttSeconds * sentBytes;
  account.rttWeight += sentBytes;
  if (traffic.queueingSeconds !== undefined) {
    account.queueingWeighted += traffic.queueingSeconds * sentBytes;
    account.queueingWeight += sentBytes;
  }
  return undefined;
}

function recall(state: State, cookie: string, traffic: SocketTraffic): Connection {
  let connection = state.connections.get(cookie);
  if (connection === undefined) {
    const booked = { sentBytes: 0, receivedBytes: 0, retransmittedSegments: 0 };
    if (!state.knowsAll) Object.assign(booked, pick(traffic));
    connection = { booked, latest: traffic, group: undefined, look: state.look };
    state.connections.set(cookie, connection);
  }
  connection.latest = traffic;
  connection.look = state.look;
  return connection;
}

function pick({ sentBytes, receivedBytes, retransmittedSegments }: SocketTraffic): TrafficTotals {
  return { sentBytes, receivedBytes, retransmittedSegments };
}

const COUNTERS = ['sentBytes', 'receivedBytes', 'retransmittedSegments'] as const;

/** Moves what is not booked yet to the totals. @returns the bytes sent among it. */
function settle({ booked, latest }: Connection, totals: TrafficTotals): number {
  const sentBefore = totals.sentBytes;
  for (const counter of COUNTERS) {
    totals[counter] += Math.max(0, latest[counter] - booked[counter]);
    booked[counter] = latest[counter];
  }
  return totals.sentBytes - sentBefore;
}

/** A new group takes the place of one that is gone when there are too many. */
function accountOf(state: State, group: string): Account | undefined {
  const { accounts, maxGroups, look } = state;
  const known = accounts.get(group);
  if (known !== undefined) {
    known.look = look;
    return known;
  }
  if (accounts.size >= maxGroups) {
    const gone = [...accounts].find(([, account]) => account.look < look - 1);
    if (gone === undefined) return undefined;
    accounts.delete(gone[0]);
  }
  const account: Account = {
    ...{ sentBytes: 0, receivedBytes: 0, retransmittedSegments: 0 },
    ...{ sendQueueBytes: 0, receiveQueueBytes: 0 },
    ...{ rttWeighted: 0, rttWeight: 0, queueingWeighted: 0, queueingWeight: 0, look },
  };
  accounts.set(group, account);
  return account;
}

function presentAccounts({ accounts, look }: State): ReadonlyMap<string, GroupTraffic> {
  const present = new Map<string, GroupTraffic>();
  for (const [group, account] of accounts) {
    const { look: lastLook, rttWeighted, rttWeight, queueingWeighted, queueingWeight } = account;
    if (lastLook !== look) continue;
    const { sentBytes, receivedBytes, retransmittedSegments } = account;
    const { sendQueueBytes, receiveQueueBytes } = account;
    present.set(group, {
      ...{ sentBytes, receivedBytes, retransmittedSegments, sendQueueBytes, receiveQueueBytes },
      rttSeconds: meanOf(rttWeighted, rttWeight),
      queueingSeconds: meanOf(queueingWeighted, queueingWeight),
    });
  }
  return present;
}

function meanOf(weighted: number, weight: number): number | undefined {
  return weight > 0 ? weighted / weight : undefined;
}

/** What closed connections had left waiting for an owner belongs to nobody any more. */
function settleClosed({ connections, unattributed, look }: State): void {
  for (const [cookie, connection] of connections) {
    if (look - connection.look < FORGET_AFTER_LOOKS) continue;
    settle(connection, unattributed);
    connections.delete(cookie);
  }
}
