// One perf process: argument vector and environment only, never a shell; its words in English, its standard error bounded.
import { type ChildProcess, spawn } from 'node:child_process';
import type { Readable } from 'node:stream';
import { MAX_FAILURE_CHARS } from './perf-failure.ts';

export interface PerfChildOptions {
  readonly command: string;
  readonly args: readonly string[];
  /** The output of another child, handed over without passing through us. */
  readonly stdin: 'ignore' | Readable;
}

export interface PerfChild {
  readonly child: ChildProcess;
  readonly stdout: Readable;
  /** Settles once, when it is gone with all its output read, or could not be started. Never rejects. */
  readonly gone: Promise<PerfExit>;
}

export interface PerfExit {
  /** 0 when it ended well; undefined when a signal ended it or it was never started. */
  readonly code: number | undefined;
  /** What it wrote to standard error, or `CODE: …` when it could not be started. */
  readonly failure: string;
}

/** A configuration file of the user and servers of debug information would change the output and the cost: neither is used. */
export function spawnPerf({ command, args, stdin }: PerfChildOptions): PerfChild {
  const child = spawn(command, [...args], {
    stdio: [stdin, 'pipe', 'pipe'],
    env: {
      PATH: process.env.PATH ?? '/usr/bin:/bin:/usr/sbin:/sbin',
      LC_ALL: 'C',
      PERF_CONFIG: '/dev/null',
    },
  });
  if (child.stdout === null || child.stderr === null) throw new Error(`${command} has no pipes`);
  let failure = '';
  child.stderr.on('data', (chunk: Buffer) => {
    if (failure.length < MAX_FAILURE_CHARS) failure += chunk.toString('utf8');
  });
  const gone = new Promise<PerfExit>((resolve) => {
    child.once('error', (error: NodeJS.ErrnoException) => {
      failure = `${error.code ?? 'error'}: ${error.message}`;
      if (child.pid === undefined) resolve({ code: undefined, failure });
    });
    child.once('close', (code) => {
      if (child.pid !== undefined) resolve({ code: code ?? undefined, failure });
    });
  });
  return { child, stdout: child.stdout, gone };
}
