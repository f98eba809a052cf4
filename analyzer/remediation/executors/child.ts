// One program, started from a list of words and never through a shell, with an end in time and a bound on what it says.
import { spawn } from 'node:child_process';

export const MAX_OUTPUT_BYTES = 64 * 1024;
/** Between the polite signal and the one that cannot be ignored. */
const KILL_GRACE_MS = 3_000;

export interface ChildResult {
  /** Undefined when it was ended, or could not be started. */
  readonly status: number | undefined;
  readonly ended: 'exit' | 'timeout' | 'aborted' | 'not_started' | 'signal';
  /** Standard output and error as they came, the end when there is more than the bound. */
  readonly output: string;
}

export interface ChildOptions {
  readonly timeoutMs: number;
  readonly signal: AbortSignal;
  readonly env?: Readonly<Record<string, string>>;
}

/** Of our own environment only what a program needs to be found and to speak plainly: no secrets go along. */
function environment(extra: Readonly<Record<string, string>>): Record<string, string> {
  const { PATH = '/usr/sbin:/usr/bin:/sbin:/bin', HOME = '/' } = process.env;
  return { PATH, HOME, LANG: 'C.UTF-8', ...extra };
}

/** Never rejects. Ends the whole process group: what it started ends with it. */
export function runChild(argv: readonly string[], options: ChildOptions): Promise<ChildResult> {
  const { timeoutMs, signal, env = {} } = options;
  const [file = '', ...args] = argv;
  return new Promise((resolve) => {
    const chunks = createTail();
    const child = spawn(file, args, {
      shell: false,
      detached: true,
      stdio: ['ignore', 'pipe', 'pipe'],
      env: environment(env),
      cwd: '/',
    });
    let cause: ChildResult['ended'] | undefined;
    const end = (why: ChildResult['ended']) => {
      if (cause !== undefined) return;
      cause = why;
      killGroup(child.pid, 'SIGTERM');
      grace = setTimeout(() => killGroup(child.pid, 'SIGKILL'), KILL_GRACE_MS);
    };
    let grace: NodeJS.Timeout | undefined;
    const timer = setTimeout(() => end('timeout'), timeoutMs);
    const onAbort = () => end('aborted');
    signal.addEventListener('abort', onAbort, { once: true });
    if (signal.aborted) onAbort();
    const finish = (status: number | undefined, ended: ChildResult['ended']) => {
      clearTimeout(timer);
      clearTimeout(grace);
      signal.removeEventListener('abort', onAbort);
      resolve({ status, ended, output: chunks.text() });
    };
    child.stdout.on('data', chunks.add);
    child.stderr.on('data', chunks.add);
    child.once('error', (error) => {
      chunks.add(Buffer.from(error.message));
      finish(undefined, 'not_started');
    });
    child.once('close', (status) =>
      finish(status ?? undefined, cause ?? (status === null ? 'signal' : 'exit')),
    );
  });
}

/** Keeps the last bytes: a tool says at the end what came of it. */
function createTail() {
  let kept: Buffer = Buffer.alloc(0);
  let cut = 0;
  return {
    add(chunk: Buffer) {
      const all = Buffer.concat([kept, chunk]);
      cut += Math.max(0, all.length - MAX_OUTPUT_BYTES);
      kept = all.subarray(Math.max(0, all.length - MAX_OUTPUT_BYTES));
    },
    text: () => `${cut > 0 ? `[${cut} bytes left out]\n` : ''}${kept.toString('utf8')}`,
  };
}

function killGroup(pid: number | undefined, signal: 'SIGTERM' | 'SIGKILL'): void {
  if (pid === undefined) return;
  try {
    process.kill(-pid, signal);
  } catch {
    // It has ended meanwhile.
  }
}
