// Programs that make load: compiled on first use, bounded in time, dead with their parent, and with everything below them.
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { copyFileSync, existsSync, mkdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { findProgram } from '../../deploy/local/executables.ts';

const SOURCES = join(import.meta.dirname, 'programs');
const COMPILE_TIMEOUT_MS = 60_000;
const MAX_ERROR_CHARS = 2_000;
const KILL_WAIT_MS = 3_000;

export interface ProgramOptions {
  readonly command: string;
  readonly args?: readonly string[];
  /** cgroup.procs files that the process writes itself into before it becomes the program. */
  readonly cgroups?: readonly string[];
  /** In a network namespace of its own. */
  readonly ownNetwork?: boolean;
  readonly cwd?: string;
}

export interface Program {
  /** Of the outermost process, which lives in the program's namespaces' parent; its network namespace is the program's. */
  readonly pid: number;
  isRunning(): boolean;
  /** How it failed; undefined while it runs, after exit code 0 and after `stop`. */
  problem(): string | undefined;
  /** The first line on stdout. @throws when the program ends before it, with its last words. */
  firstLine(): Promise<string>;
  /** Writes a line to stdin. */
  tell(line: string): void;
  /** Resolves at its end. @throws when that was not exit code 0. */
  done(): Promise<void>;
  /** KILL, for all that it started; resolves when it is gone. */
  stop(): Promise<void>;
}

/** Why programs cannot be run bounded here; undefined when they can. */
export function launchMissing(): string | undefined {
  const lacking = ['setpriv', 'unshare', 'cc'].filter((name) => findProgram([name]) === undefined);
  return lacking.length === 0
    ? undefined
    : `${lacking.join(', ')} not found: apt-get install util-linux gcc libc6-dev`;
}

/**
 * The executable of programs/<source>.c under a process name, compiled into `folder` unless it is there.
 * @throws with the compiler's words.
 */
export function compile(folder: string, source: string, name: string = source): string {
  const file = join(folder, 'bin', source, source);
  if (!existsSync(file)) {
    mkdirSync(dirname(file), { recursive: true });
    const flags = ['-O2', '-Wall', '-Wextra', '-Wno-return-type', '-Werror', '-pthread'];
    const args = [...flags, '-o', file, join(SOURCES, `${source}.c`)];
    execFileSync('cc', args, { stdio: ['ignore', 'ignore', 'pipe'], timeout: COMPILE_TIMEOUT_MS });
  }
  if (name === source) return file;
  const named = join(dirname(file), name);
  if (!existsSync(named)) copyFileSync(file, named);
  return named;
}

/** Starts a program that the kernel ends when this process does, however that ends. */
export function launch(options: ProgramOptions): Program {
  const [file, ...args] = wrap(options);
  const child = spawn(file!, args, {
    cwd: options.cwd,
    detached: true,
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  let words = '';
  child.stderr.on('data', (chunk: Buffer) => {
    words = (words + chunk.toString()).slice(-MAX_ERROR_CHARS);
  });
  // A program that has ended does not read what it is told.
  child.stdin.on('error', () => {});
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  let problem: string | undefined;
  let isStopped = false;
  const failure = (how: string): Error =>
    new Error(`${[options.command, ...(options.args ?? [])].join(' ')}: ${how} ${words}`.trim());
  const ended = endOf(child).then((how) => {
    if (how !== 'exit code 0' && !isStopped) problem = failure(how).message;
    return how;
  });
  return {
    pid: child.pid ?? 0,
    isRunning: () => child.exitCode === null && child.signalCode === null,
    problem: () => problem,
    async firstLine() {
      const { done, value } = await lines.next();
      if (done) throw failure(`${await ended} before its first line;`);
      return String(value);
    },
    tell: (line) => void child.stdin.write(`${line}\n`),
    async done() {
      const how = await ended;
      if (how !== 'exit code 0') throw failure(how);
    },
    stop: () => {
      isStopped = true;
      return stop(child, ended);
    },
  };
}

/**
 * As root the program is the first process of a PID namespace: with it the kernel ends all that it started. Without
 * root it dies with its parent all the same, and our own programs start nothing.
 */
function wrap({ command, args = [], cgroups = [], ownNetwork = false }: ProgramOptions): string[] {
  const join = 'while [ "$1" != -- ]; do echo $$ > "$1" || exit 1; shift; done; shift; exec "$@"';
  const isRoot = process.getuid?.() === 0;
  const network = ownNetwork ? ['--net'] : [];
  const isolated = ['unshare', ...network, '--pid', '--kill-child=KILL', '--', command, ...args];
  return [
    ...['setpriv', '--pdeathsig', 'KILL', '--', 'sh', '-c', join, 'sh', ...cgroups, '--'],
    ...(isRoot ? isolated : [command, ...args]),
  ];
}

async function endOf(child: ChildProcess): Promise<string> {
  try {
    const [code, signal] = (await once(child, 'close')) as [number | null, string | null];
    return signal === null ? `exit code ${code}` : `signal ${signal}`;
  } catch (error) {
    return (error as Error).message;
  }
}

async function stop(child: ChildProcess, ended: Promise<string>): Promise<void> {
  if (child.pid === undefined) return;
  try {
    process.kill(-child.pid, 'SIGKILL');
  } catch {
    // ESRCH: it has ended already.
  }
  let timer: NodeJS.Timeout | undefined;
  const gaveUp = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, KILL_WAIT_MS);
  });
  await Promise.race([ended, gaveUp]);
  clearTimeout(timer);
}
