// The analyzer under attack as a child process: what it says, what it weighs, and ways to hurt it.
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { freePort } from './made-up-host.ts';

const PROGRAM = join(import.meta.dirname, 'analyzer-program.ts');
const MAX_LOG_CHARS = 400_000;
const ASK_TIMEOUT_MS = 3_000;
const STOP_TIMEOUT_MS = 8_000;

export interface AnalyzerFiles {
  readonly config: string;
  readonly storage: string;
}

export interface AnalyzerChild {
  readonly url: string;
  readonly pid: () => number;
  isRunning(): boolean;
  /** How it ended without being asked to; undefined while all is well. */
  death(): string | undefined;
  /** What it logged so far, the last part of it. */
  log(): string;
  /** The text of an answer; undefined when there is none in time. */
  ask(path: string): Promise<string | undefined>;
  residentBytes(): number;
  setClock(offsetSeconds: number): void;
  signal(signal: NodeJS.Signals): void;
  /** KILL or TERM, and the same again from the start. */
  restart(signal: 'SIGKILL' | 'SIGTERM'): Promise<void>;
  end(): Promise<void>;
}

export async function startAnalyzer({ config, storage }: AnalyzerFiles): Promise<AnalyzerChild> {
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  let log = '';
  let death: string | undefined;
  const launch = (): ChildProcess => {
    const args = ['--config', config, '--storage', storage, '--port', String(port)];
    const started = fork(PROGRAM, args, { stdio: ['ignore', 'ignore', 'pipe', 'ipc'] });
    started.stderr?.on('data', (chunk: Buffer) => {
      log = (log + chunk.toString()).slice(-MAX_LOG_CHARS);
    });
    started.once('exit', (code, signal) => {
      if (started === child && !isEnding) death = signal ?? `exit code ${code}`;
    });
    return started;
  };
  let isEnding = false;
  let child: ChildProcess = launch();
  const stop = async (signal: 'SIGKILL' | 'SIGTERM') => {
    if (child.exitCode !== null || child.signalCode !== null) return;
    isEnding = true;
    const gone = once(child, 'exit');
    child.kill('SIGCONT');
    child.kill(signal);
    const force = setTimeout(() => child.kill('SIGKILL'), STOP_TIMEOUT_MS);
    await gone;
    clearTimeout(force);
  };
  const pid = () => child.pid ?? 0;
  return {
    url,
    pid,
    isRunning: () => child.exitCode === null && child.signalCode === null,
    death: () => death,
    log: () => log,
    ask: (path) => ask(`${url}${path}`),
    residentBytes: () => residentBytes(pid()),
    setClock: (offsetSeconds) => void child.send({ offsetSeconds }),
    signal: (signal) => void child.kill(signal),
    async restart(signal) {
      await stop(signal);
      isEnding = false;
      child = launch();
    },
    end: () => stop('SIGTERM'),
  };
}

async function ask(url: string): Promise<string | undefined> {
  try {
    const response = await fetch(url, { signal: AbortSignal.timeout(ASK_TIMEOUT_MS) });
    return await response.text();
  } catch {
    return undefined;
  }
}

/** 0 when it is gone. */
function residentBytes(pid: number): number {
  try {
    const [, kilobytes] =
      /VmRSS:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, 'latin1')) ?? [];
    return Number(kilobytes ?? 0) * 1024;
  } catch {
    return 0;
  }
}
