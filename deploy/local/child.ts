// One supervised process: its log, its restarts with growing pauses, its end.
import { type ChildProcess, spawn } from 'node:child_process';
import {
  type ChildLife,
  createRestartingChild,
  type Death,
} from '../../service/restarting-child.ts';
import { findProgram } from './executables.ts';
import { type LogFile, lastLines, openLogFile } from './log-file.ts';

const PAUSES = { firstMs: 500, maxMs: 30_000 };
const SHORT_LIFE_MS = 5_000;
const SHOWN_LOG_LINES = 5;
const MAX_TAIL_CHARS = 8_192;
/** The last output can arrive after the exit; a descendant that keeps the pipe open must not hold up the restart. */
const OUTPUT_WAIT_MS = 200;
/** After KILL the kernel needs a moment; a process in uninterruptible sleep must not hold up the end. */
const KILL_WAIT_MS = 1_500;

export interface ChildSpec {
  readonly name: string;
  readonly command: string;
  readonly args: readonly string[];
  readonly readyUrl: string;
  readonly logFile: string;
  readonly cwd?: string;
  /** Added to our own environment. */
  readonly env?: Readonly<Record<string, string>>;
}

export interface Child {
  readonly spec: ChildSpec;
  start(): void;
  /** TERM, then KILL after `termMs`; no restart after this. */
  stop(termMs: number): Promise<void>;
  signal(signal: NodeJS.Signals): void;
  pid(): number | undefined;
  /** Ends that nobody wanted. */
  deaths(): number;
  /** "exit code 1" or "signal SIGKILL". */
  lastEnd(): string;
  /** Of the life before while the new one has said nothing. */
  lastWords(count: number): string[];
}

/**
 * The command line that makes the kernel end the process when we are gone, even by KILL; without `setpriv`
 * (util-linux) the plain command.
 */
export function dieWithParent(
  command: string,
  args: readonly string[],
): [file: string, args: readonly string[]] {
  const setpriv = findProgram(['setpriv']);
  return setpriv === undefined
    ? [command, args]
    : [setpriv, ['--pdeathsig', 'TERM', '--', command, ...args]];
}

/** Builds a child; `say` gets a text per unexpected end. */
export function createChild(spec: ChildSpec, say: (text: string) => void): Child {
  const log = openLogFile(spec.logFile);
  let life: Life | undefined;
  let before: Life | undefined;
  let deaths = 0;
  const restarting = createRestartingChild({
    launch() {
      before = life;
      life = launch(spec, log);
      return life;
    },
    pauses: PAUSES,
    onDeath(death) {
      deaths += 1;
      say(describeDeath(spec, death, life?.lastWords(SHOWN_LOG_LINES) ?? []));
    },
  });
  return {
    spec,
    start: restarting.start,
    stop: async (termMs) => {
      await restarting.stop(termMs);
      log.close();
    },
    signal: (signal) => life && signalGroup(life.process, signal),
    pid: () => (life?.how === undefined ? life?.process.pid : undefined),
    deaths: () => deaths,
    lastEnd: () => life?.how ?? before?.how ?? 'no end yet',
    lastWords(count) {
      const words = life?.lastWords(count) ?? [];
      return words.length > 0 ? words : (before?.lastWords(count) ?? []);
    },
  };
}

/** One start of the program, to its end. */
interface Life extends ChildLife<string> {
  readonly process: ChildProcess;
  /** How it ended; undefined while it runs. */
  how: string | undefined;
  lastWords(count: number): string[];
}

/** In a process group of its own, so that Ctrl-C reaches the supervisor alone and the order of the end is ours. */
function launch(spec: ChildSpec, log: LogFile): Life {
  const [file, args] = dieWithParent(spec.command, spec.args);
  const child = spawn(file, args, {
    cwd: spec.cwd,
    env: { ...process.env, ...spec.env },
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let tail = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (chunk: Buffer) => {
      log.write(chunk);
      tail = (tail + chunk.toString('utf8')).slice(-MAX_TAIL_CHARS);
    });
  }
  const { promise: gone, resolve } = Promise.withResolvers<string>();
  const life: Life = {
    process: child,
    how: undefined,
    gone,
    end: (graceMs) => end(life, graceMs),
    lastWords: (count) => lastLines(tail, count),
  };
  const onEnd = (how: string): void => {
    life.how ??= how;
    const done = (): void => resolve(life.how ?? how);
    child.once('close', done);
    setTimeout(done, OUTPUT_WAIT_MS);
  };
  child.once('error', (error) => onEnd(error.message));
  child.once('exit', (code, signal) => onEnd(signal ? `signal ${signal}` : `exit code ${code}`));
  return life;
}

function describeDeath(
  { name, logFile }: ChildSpec,
  death: Death<string>,
  words: readonly string[],
): string {
  const lived = `${(death.livedMs / 1000).toFixed(1)} s`;
  const first = `${name} ended by itself (${death.how}) after ${lived}; next start in ${death.pauseMs / 1000} s`;
  if (death.livedMs >= SHORT_LIFE_MS || words.length === 0) return `${first}; log ${logFile}`;
  return [`${first}; its last words:`, ...words.map((line) => `  ${line}`)].join('\n');
}

async function end(life: Life, termMs: number): Promise<void> {
  const timers: NodeJS.Timeout[] = [];
  if (life.how === undefined) {
    signalGroup(life.process, 'SIGTERM');
    timers.push(setTimeout(() => signalGroup(life.process, 'SIGKILL'), termMs));
    const gaveUp = new Promise<void>((resolve) => {
      timers.push(setTimeout(resolve, termMs + KILL_WAIT_MS));
    });
    await Promise.race([life.gone, gaveUp]);
  }
  for (const timer of timers) clearTimeout(timer);
  // What the process started itself may outlive it.
  signalGroup(life.process, 'SIGKILL');
}

function signalGroup(child: ChildProcess, signal: NodeJS.Signals): void {
  if (child.pid === undefined) return;
  try {
    process.kill(-child.pid, signal);
  } catch {
    // ESRCH: the group is gone, which is what a signal was to bring about.
  }
}
