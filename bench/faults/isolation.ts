// A network and mount namespace of our own for the whole run, and a supervisor outside of it that tidies up after any end.
import { spawn } from 'node:child_process';
import { chmodSync, existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { findProgram } from '../../deploy/local/executables.ts';
import { CGROUP_ROOT, removeCgroup } from './cgroup.ts';

const PREFIX = 'guard-faults-';
const RUN_FOLDER = 'GUARD_FAULTS_FOLDER';
const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
/** A sysfs of the new network namespace, or the exporter would not see its devices; the cgroups are kept. */
const SET_UP = `set -e
mkdir "$1/cgroup"
mount --rbind ${CGROUP_ROOT} "$1/cgroup"
mount -t sysfs sysfs /sys
mount --rbind "$1/cgroup" ${CGROUP_ROOT}
umount --lazy --recursive "$1/cgroup" 2>/dev/null || umount --lazy "$1/cgroup"
ip link set lo up
shift
exec "$@"`;

export interface Isolation {
  readonly runFolder: string;
  /** Begins the name of every cgroup. */
  readonly runId: string;
  /** Without it nothing may be mounted and no network device made. */
  readonly isolated: boolean;
}

/** What the supervisor has set up for this process; undefined in the supervisor itself. */
export function currentIsolation(): Isolation | undefined {
  const runFolder = process.env[RUN_FOLDER];
  if (runFolder === undefined) return undefined;
  const runId = runFolder.slice(runFolder.lastIndexOf('/') + 1);
  return { runFolder, runId, isolated: isolationMissing() === undefined };
}

/** Why namespaces cannot be made; undefined when they can. */
export function isolationMissing(): string | undefined {
  if (process.platform !== 'linux') return 'only Linux has namespaces';
  if (process.getuid?.() !== 0) return 'needs root';
  const lacking = ['unshare', 'setpriv', 'ip'].filter((name) => findProgram([name]) === undefined);
  return lacking.length === 0
    ? undefined
    : `${lacking.join(', ')} not found: apt-get install util-linux iproute2`;
}

/** Runs this very command line again, isolated when possible. @returns its exit code. */
export async function superviseRun(): Promise<number> {
  await sweep();
  const runFolder = mkdtempSync(join(tmpdir(), `${PREFIX}${process.pid}-`));
  // PostgreSQL, which refuses to be root, has to reach its folder.
  chmodSync(runFolder, 0o755);
  const isolate =
    isolationMissing() === undefined
      ? ['unshare', '--net', '--mount', '--', 'sh', '-c', SET_UP, 'sh', runFolder]
      : [];
  const again = [...isolate, process.execPath, ...process.argv.slice(1)];
  const mortal =
    findProgram(['setpriv']) === undefined ? [] : ['setpriv', '--pdeathsig', 'TERM', '--'];
  const [file, ...args] = [...mortal, ...again];
  const child = spawn(file!, args, {
    stdio: 'inherit',
    env: { ...process.env, [RUN_FOLDER]: runFolder, TMPDIR: runFolder },
  });
  // The keys of a terminal reach both; a signal to this process alone is passed on. The child answers the first one.
  for (const signal of SIGNALS) process.on(signal, () => child.kill('SIGTERM'));
  const code = await new Promise<number>((resolve) => {
    child.once('error', () => resolve(2));
    child.once('exit', (status, signal) => resolve(signal === null ? (status ?? 2) : 130));
  });
  rmSync(runFolder, { recursive: true, force: true, maxRetries: 5 });
  await sweep();
  return code;
}

/** Removes folders and cgroups of runs whose supervisor is gone, and of this one. */
export async function sweep(): Promise<void> {
  for (const name of listOrEmpty(tmpdir()).filter(isAbandoned)) {
    rmSync(join(tmpdir(), name), { recursive: true, force: true });
  }
  const roots = [CGROUP_ROOT, ...listOrEmpty(CGROUP_ROOT).map((name) => join(CGROUP_ROOT, name))];
  for (const root of roots) {
    for (const name of listOrEmpty(root).filter(isAbandoned)) await removeCgroup(join(root, name));
  }
}

function isAbandoned(name: string): boolean {
  const pid = new RegExp(`^${PREFIX}(\\d+)-`).exec(name)?.[1];
  if (pid === undefined) return false;
  return Number(pid) === process.pid || !existsSync(`/proc/${pid}`);
}

function listOrEmpty(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}
