// Who a process is: name, program, arguments, user, control groups, and from these its group; read again when it may have changed.
import { DENIED, type ProcessFiles } from '../../sources/process-files.ts';
import { type CgroupMembership, parseCgroup } from './cgroup.ts';
import { createAncestry, parseParentPid } from './children.ts';
import {
  createDefaultGrouping,
  createMatching,
  type GroupMatch,
  type GroupRule,
  needsContainers,
  needsMembership,
  needsUsername,
} from './grouping.ts';
import type { ProcessIdentity } from './interpreters.ts';
import { type ProcessStat, parseCmdline, parseStat, parseStatus, parseUsers } from './parse.ts';

/** A program may rewrite its arguments without a sign of it, so they are read again about this often. */
const MAX_AGE_SECONDS = 60;
/** A container is known to its runtime, and the runtime asked, within this time of its start. */
const UNNAMED_CONTAINER_MAX_AGE_SECONDS = 5;
const USERS_MAX_AGE_SECONDS = 60;
const MAX_EXE_LENGTH = 256;
/** Processes of one container or unit have the same text; distinct ones beyond this are parsed again. */
const MAX_PARSED_CGROUPS = 4096;

export interface Identity {
  /** IGNORED_GROUP when the process is not to be reported. */
  readonly group: string;
  readonly exe: string | undefined;
  readonly exeDenied: boolean;
  readonly comm: string;
  readonly stackAddress: number;
  readonly validUntil: number;
  /** Whether the group is that of a process above. */
  readonly inherited?: boolean;
}

export interface IdentityRequest {
  readonly pid: number;
  readonly stat: ProcessStat;
  readonly uid: number;
  readonly now: number;
}

/** The identity of a process: the known one while it holds, else a new one. */
export type Identifier = (request: IdentityRequest, known: Identity | undefined) => Identity;

/** Names of the container with that id, without waiting; undefined while they are not known. */
export type ContainerNames = (id: string) => readonly string[] | undefined;

export function createIdentifier(
  files: ProcessFiles,
  rules: readonly GroupRule[],
  containerNames: ContainerNames = () => undefined,
): Identifier {
  const matching = createMatching(rules);
  const otherwise = createDefaultGrouping(rules);
  const describe = createDescription(files, rules, containerNames);
  const inherit = createInheritance(files, rules, { describe, matching });
  const named = needsContainers(rules);
  return (request, known) => {
    const { pid, stat, now } = request;
    if (known !== undefined && stillHolds(known, request)) return known;
    const { identity, exeDenied } = describe(request);
    const match = matching(identity);
    const inherited = match === undefined ? inherit(request, known) : undefined;
    const unnamed = named && isUnnamed(identity);
    return {
      group: match?.name ?? inherited ?? otherwise(identity),
      inherited: inherited !== undefined,
      exe: identity.exe?.slice(0, MAX_EXE_LENGTH).toWellFormed(),
      exeDenied,
      comm: stat.comm,
      stackAddress: stat.stackAddress,
      validUntil:
        now + (unnamed ? UNNAMED_CONTAINER_MAX_AGE_SECONDS : MAX_AGE_SECONDS) * spread(pid),
    };
  };
}

/** exec changes the name or moves the stack. What is ending has no arguments left: it stays what it was. */
function stillHolds(known: Identity, { stat, now }: IdentityRequest): boolean {
  if (stat.state === 'Z' || stat.state === 'X') return true;
  return isSameProgram(known, stat) && now < known.validUntil;
}

function isSameProgram(known: Identity, { comm, stackAddress }: ProcessStat): boolean {
  return known.comm === comm && known.stackAddress === stackAddress;
}

function isUnnamed({ membership, containerNames }: ProcessIdentity): boolean {
  return membership?.containerId !== undefined && containerNames === undefined;
}

/** 0.5 to 1 by pid, so that processes seen together do not fall due together. */
function spread(pid: number): number {
  return 0.5 + (pid % 64) / 128;
}

interface Description {
  readonly identity: ProcessIdentity;
  readonly exeDenied: boolean;
}
type Describe = (request: IdentityRequest) => Description;

/** Only what the rules ask for is read. */
function createDescription(
  files: ProcessFiles,
  rules: readonly GroupRule[],
  containerNames: ContainerNames,
): Describe {
  const usernameOf = needsUsername(rules) ? createUsernames(files) : () => '';
  const membershipOf = needsMembership(rules) ? createMemberships(files) : () => undefined;
  return ({ pid, stat, uid, now }) => {
    const exe = files.readLink(`${pid}/exe`);
    const cmdline = files.read(`${pid}/cmdline`);
    const membership = membershipOf(pid);
    const id = membership?.containerId;
    const identity = {
      pid,
      comm: stat.comm,
      exe: typeof exe === 'string' ? exe : undefined,
      argv: typeof cmdline === 'string' ? parseCmdline(cmdline) : [],
      kernel: stat.kernel,
      username: usernameOf(uid, now),
      membership,
      containerNames: id === undefined ? undefined : containerNames(id),
    };
    return { identity, exeDenied: exe === DENIED };
  };
}

/** One parse per distinct text. */
export function createMemberships(
  files: ProcessFiles,
): (pid: number) => CgroupMembership | undefined {
  const parsed = new Map<string, CgroupMembership>();
  return (pid) => {
    const text = files.read(`${pid}/cgroup`);
    if (typeof text !== 'string') return undefined;
    const known = parsed.get(text);
    if (known !== undefined) return known;
    if (parsed.size >= MAX_PARSED_CGROUPS) parsed.clear();
    const membership = parseCgroup(text);
    parsed.set(text, membership);
    return membership;
  };
}

type Inherit = (request: IdentityRequest, known: Identity | undefined) => string | undefined;

/** The parent is asked for only where a rule has `children`; a process whose parent has ended stays with its group. */
function createInheritance(
  files: ProcessFiles,
  rules: readonly GroupRule[],
  {
    describe,
    matching,
  }: { describe: Describe; matching: (of: ProcessIdentity) => GroupMatch | undefined },
): Inherit {
  if (!rules.some(({ children }) => children)) return () => undefined;
  const ancestry = createAncestry((pid, now) => {
    const text = files.read(`${pid}/stat`);
    const stat = typeof text === 'string' ? parseStat(text) : undefined;
    if (typeof text !== 'string' || stat === undefined) return undefined;
    const match = matching(describe({ pid, stat, uid: readUid(files, rules, pid), now }).identity);
    return { parentPid: parseParentPid(text), gives: match?.children ? match.name : undefined };
  });
  return ({ pid, stat, now }, known) => {
    const text = files.read(`${pid}/stat`);
    const found = typeof text === 'string' ? ancestry(parseParentPid(text), now) : undefined;
    const keeps = known?.inherited === true && isSameProgram(known, stat);
    return found ?? (keeps ? known.group : undefined);
  };
}

function readUid(files: ProcessFiles, rules: readonly GroupRule[], pid: number): number {
  const text = needsUsername(rules) ? files.read(`${pid}/status`) : '';
  return typeof text === 'string' ? parseStatus(text).uid : Number.NaN;
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
