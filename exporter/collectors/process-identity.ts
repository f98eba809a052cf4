// Who a process is: name, program, arguments and user, and from these its group; read again when it may have changed.
import { DENIED, type ProcessFiles } from '../sources/process-files.ts';
import { createGrouping, type GroupRule, needsUsername } from './process-grouping.ts';
import { type ProcessStat, parseCmdline, parseUsers } from './process-parse.ts';

/** A program may rewrite its arguments without a sign of it, so they are read again about this often. */
const MAX_AGE_SECONDS = 60;
const USERS_MAX_AGE_SECONDS = 60;
const MAX_EXE_LENGTH = 256;

export interface Identity {
  readonly group: string;
  readonly exe: string | undefined;
  readonly exeDenied: boolean;
  readonly comm: string;
  readonly stackAddress: number;
  readonly validUntil: number;
}

export interface IdentityRequest {
  readonly pid: number;
  readonly stat: ProcessStat;
  readonly uid: number;
  readonly now: number;
}

/** The identity of a process: the known one while it holds, else a new one. */
export type Identifier = (request: IdentityRequest, known: Identity | undefined) => Identity;

export function createIdentifier(files: ProcessFiles, rules: readonly GroupRule[]): Identifier {
  const groupOf = createGrouping(rules);
  const usernameOf = needsUsername(rules) ? createUsernames(files) : () => '';
  return (request, known) => {
    const { pid, stat, uid, now } = request;
    if (known !== undefined && stillHolds(known, request)) return known;
    const exe = files.readLink(`${pid}/exe`);
    const cmdline = files.read(`${pid}/cmdline`);
    const identity = {
      comm: stat.comm,
      exe: typeof exe === 'string' ? exe : undefined,
      argv: typeof cmdline === 'string' ? parseCmdline(cmdline) : [],
      kernel: stat.kernel,
      username: usernameOf(uid, now),
    };
    return {
      group: groupOf(identity),
      exe: identity.exe?.slice(0, MAX_EXE_LENGTH).toWellFormed(),
      exeDenied: exe === DENIED,
      comm: stat.comm,
      stackAddress: stat.stackAddress,
      validUntil: now + MAX_AGE_SECONDS * spread(pid),
    };
  };
}

/** exec changes the name or moves the stack. What is ending has no arguments left: it stays what it was. */
function stillHolds(known: Identity, { stat, now }: IdentityRequest): boolean {
  if (stat.state === 'Z' || stat.state === 'X') return true;
  const same = known.comm === stat.comm && known.stackAddress === stat.stackAddress;
  return same && now < known.validUntil;
}

/** 0.5 to 1 by pid, so that processes seen together do not fall due together. */
function spread(pid: number): number {
  return 0.5 + (pid % 64) / 128;
}

/** A uid without a name is shown as its number. */
function createUsernames(files: ProcessFiles): (uid: number, now: number) => string {
  let users: ReadonlyMap<number, string> = new Map();
  let validUntil = Number.NEGATIVE_INFINITY;
  return (uid, now) => {
    if (now >= validUntil) {
      const text = files.readUsers();
      users = parseUsers(typeof text === 'string' ? text : '');
      validUntil = now + USERS_MAX_AGE_SECONDS;
    }
    return users.get(uid) ?? String(uid);
  };
}
