// One supervised process: its log, its restarts with growing pauses, its end.
import { type ChildProcess, spawn } from 'node:child_process';
import { findProgram } from './executables.ts';
import { type LogFile, lastLines, openLogFile } from './log-file.ts';

const FIRST_PAUSE_MS = 500;
const MAX_PAUSE_MS = 30_000;
/** Who lived this long is healthy: the next death starts with the shortest pause again. */
const HEALTHY_LIFE_MS = 60_000;
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
  lastWords(count: number): string[];
}

/** The pause before the next start, given the one before and how long the process lived. */
export function nextPauseMs(previousMs: number | undefined, livedMs: number): number {
  if (previousMs === undefined || livedMs >= HEALTHY_LIFE_MS) return FIRST_PAUSE_MS;
  return Math.min(previousMs * 2, MAX_PAUSE_MS);
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
  let restart: NodeJS.Timeout | undefined;
  let pauseMs: number | undefined;
  let deaths = 0;
  let stopping = false;

  const start = (): void => {
    life = launch(spec, log);
    const { startedMs } = life;
    void life.ended.then((how) => {
      if (stopping) return;
      deaths += 1;
      const livedMs = performance.now() - startedMs;
      pauseMs = nextPauseMs(pauseMs, livedMs);
      const words = life?.lastWords(SHOWN_LOG_LINES) ?? [];
      say(describeDeath(spec, { how, livedMs, pauseMs, words }));
      restart = setTimeout(start, pauseMs);
    });
  };

  return {
    spec,
    start,
    stop: async (termMs) => {
      stopping = true;
      clearTimeout(restart);
      if (life !== undefined) await end(life, termMs);
      log.close();
    },
    signal: (signal) => life && signalGroup(life, signal),
    pid: () => (life?.how === undefined ? life?.process.pid : undefined),
    deaths: () => deaths,
    lastEnd: () => life?.how ?? 'no end yet',
    lastWords: (count) => life?.lastWords(count) ?? [],
  };
}

/** One start of the program, to its end. */
interface Life {
  readonly process: ChildProcess;
  readonly startedMs: number;
  /** How it ended; undefined while it runs. */
  how: string | undefined;
  readonly ended: Promise<string>;
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
  const { promise: ended, resolve } = Promise.withResolvers<string>();
  const life: Life = {
    process: child,
    startedMs: performance.now(),
    how: undefined,
    ended,
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

interface Death {
  readonly how: string;
  readonly livedMs: number;
  readonly pauseMs: number;
  readonly words: readonly string[];
}

function describeDeath({ name, logFile }: ChildSpec, death: Death): string {
  const lived = `${(death.livedMs / 1000).toFixed(1)} s`;
  const first = `${name} ended by itself (${death.how}) after ${lived}; next start in ${death.pauseMs / 1000} s`;
  if (death.livedMs >= SHORT_LIFE_MS || death.words.length === 0) return `${first}; log ${logFile}`;
  return [`${first}; its last words:`, ...death.words.map((line) => `  ${line}`)].join('\n');
}

async function end(life: Life, termMs: number): Promise<void> {
  const timers: NodeJS.Timeout[] = [];
  if (life.how === undefined) {
    signalGroup(life, 'SIGTERM');
    timers.push(setTimeout(() => signalGroup(life, 'SIGKILL'), termMs));
    const gaveUp = new Promise<void>((resolve) => {
      timers.push(setTimeout(resolve, termMs + KILL_WAIT_MS));
    });
    await Promise.race([life.ended, gaveUp]);
  }
  for (const timer of timers) clearTimeout(timer);
  // What the process started itself may outlive it.
  signalGroup(life, 'SIGKILL');
}

function signalGroup({ process: child }: Life, signal: NodeJS.Signals): void {
  if (child.pid === undefined) return;
  try {
    process.kill(-child.pid, signal);
  } catch {
    // ESRCH: the group is gone, which is what a signal was to bring about.
  }
}
