// One long-lived `ping` child per target, restarted with back-off when it dies. A running child costs a tenth of a spawned one.
import { type ChildProcess, spawn } from 'node:child_process';
import { createLineSplitter } from './line-splitter.ts';

const FIRST_BACKOFF_MS = 1_000;
const MAX_BACKOFF_MS = 60_000;
/** A child that lived this long was healthy: the next one starts after the first back-off again. */
const HEALTHY_AFTER_MS = 60_000;
const KILL_AFTER_MS = 1_000;

export interface PingOptions {
  /** Host name or address; never begins with `-`. */
  readonly address: string;
  readonly intervalSeconds: number;
  /** Which of a name's addresses; undefined for the system's first choice. */
  readonly ipVersion?: 4 | 6 | undefined;
  /** The executable, `ping` of iputils. */
  readonly command?: string;
}

export interface PingListener {
  /** A new child was started: its sequence numbers begin again. */
  started(): void;
  /** One line of its standard output. */
  line(text: string): void;
  /** One line of its standard error, or the reason why it could not be started, as `ENOENT: …`. */
  failure(text: string): void;
  /** The child died; the next one is started after the back-off. */
  exited(): void;
}

export interface PingSource {
  start(): void;
  /** Ends the child and starts another one at once, without telling that it exited; nothing while there is no child. */
  restart(): void;
  /** Ends the child for good, at the latest after a second by SIGKILL. */
  stop(): Promise<void>;
}

/** Builds the source without starting anything. There is never more than one child. */
export function createPingSource(options: PingOptions, listener: PingListener): PingSource {
  let child: ChildProcess | undefined;
  let timer: NodeJS.Timeout | undefined;
  let backoffMs = FIRST_BACKOFF_MS;
  let stopped = true;
  let replacing = false;

  const launch = (): void => {
    const startedAt = performance.now();
    listener.started();
    child = spawnPing(options, listener, () => {
      child = undefined;
      if (stopped) return;
      if (replacing) {
        replacing = false;
        launch();
        return;
      }
      listener.exited();
      if (performance.now() - startedAt >= HEALTHY_AFTER_MS) backoffMs = FIRST_BACKOFF_MS;
      timer = setTimeout(launch, backoffMs).unref();
      backoffMs = Math.min(backoffMs * 2, MAX_BACKOFF_MS);
    });
  };
  return {
    start() {
      if (!stopped) return;
      stopped = false;
      launch();
    },
    restart() {
      if (stopped || replacing || child === undefined) return;
      replacing = true;
      void end(child);
    },
    async stop() {
      stopped = true;
      clearTimeout(timer);
      if (child !== undefined) await end(child);
    },
  };
}

/** Argument vector and environment only, never a shell. `onGone` is called exactly once. */
function spawnPing(options: PingOptions, listener: PingListener, onGone: () => void): ChildProcess {
  const { address, intervalSeconds, ipVersion, command = 'ping' } = options;
  const family = ipVersion === undefined ? [] : [`-${ipVersion}`];
  const child = spawn(command, ['-n', '-O', ...family, '-i', String(intervalSeconds), address], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { PATH: process.env.PATH ?? '/usr/bin:/bin:/usr/sbin:/sbin', LC_ALL: 'C' },
  });
  child.stdout.on('data', createLineSplitter(listener.line));
  child.stderr.on('data', createLineSplitter(listener.failure));
  child.once('error', (error: NodeJS.ErrnoException) => {
    listener.failure(`${error.code ?? 'error'}: ${error.message}`);
    if (child.pid === undefined) onGone();
  });
  child.once('close', () => {
    if (child.pid !== undefined) onGone();
  });
  return child;
}

function end(child: ChildProcess): Promise<void> {
  return new Promise((resolve) => {
    if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null) {
      resolve();
      return;
    }
    const force = setTimeout(() => child.kill('SIGKILL'), KILL_AFTER_MS);
    child.once('exit', () => {
      clearTimeout(force);
      resolve();
    });
    child.kill();
  });
}
