// One long-lived `ping` child per target, restarted with back-off when it dies. A running child costs a tenth of a spawned one.
import { spawn } from 'node:child_process';
import { type ChildLife, createRestartingChild, endChild } from '../../service/restarting-child.ts';
import { createLineSplitter } from './line-splitter.ts';

const PAUSES = { firstMs: 1_000, maxMs: 60_000 };

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
  const child = createRestartingChild({
    launch() {
      listener.started();
      return spawnPing(options, listener);
    },
    pauses: PAUSES,
    onDeath: listener.exited,
  });
  return { start: child.start, restart: child.replace, stop: () => child.stop() };
}

/** Argument vector and environment only, never a shell. */
function spawnPing(options: PingOptions, listener: PingListener): ChildLife<void> {
  const { address, intervalSeconds, ipVersion, command = 'ping' } = options;
  const family = ipVersion === undefined ? [] : [`-${ipVersion}`];
  const child = spawn(command, ['-n', '-O', ...family, '-i', String(intervalSeconds), address], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { PATH: process.env.PATH ?? '/usr/bin:/bin:/usr/sbin:/sbin', LC_ALL: 'C' },
  });
  child.stdout.on('data', createLineSplitter(listener.line));
  child.stderr.on('data', createLineSplitter(listener.failure));
  const gone = new Promise<void>((resolve) => {
    child.once('error', (error: NodeJS.ErrnoException) => {
      listener.failure(`${error.code ?? 'error'}: ${error.message}`);
      if (child.pid === undefined) resolve();
    });
    child.once('close', () => {
      if (child.pid !== undefined) resolve();
    });
  });
  return { gone, end: (graceMs) => endChild(child, gone, graceMs) };
}
