// Every TCP socket of our network namespace as the kernel describes it: inet_diag messages, through one short run of `ss`.
// `--diag` makes ss copy the raw messages instead of printing them, which costs it less than half of the CPU.
import { spawn } from 'node:child_process';
import { NoDataError } from './no-data.ts';

const TIMEOUT_MS = 5_000;
/** Some 75,000 connections, or 340,000 in TIME_WAIT. */
export const MAX_DUMP_BYTES = 32 * 1024 * 1024;
const MAX_ERROR_CHARS = 300;
const ARGUMENTS = ['--tcp', '--all', '--info', '--numeric', '--diag=-'];
const PATH = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';

export interface SocketDump {
  /** Netlink messages one after the other, in the byte order of the machine. */
  readonly bytes: Buffer;
  /** More came than may be read: sockets are missing, and the last message may be cut. */
  readonly truncated: boolean;
}

export interface SocketDumpOptions {
  /** The executable, `ss` of iproute2. */
  readonly command?: string;
  readonly timeoutMs?: number;
  readonly maxBytes?: number;
}

export type ReadSocketDump = (signal: AbortSignal) => Promise<SocketDump>;

/**
 * A reader that runs ss once per call, with arguments only, never a shell.
 * @throws {NoDataError} when ss is not installed or may not be run; {Error} when it fails or does not end in time.
 */
export function createSocketDumpReader(options: SocketDumpOptions = {}): ReadSocketDump {
  const { command = 'ss', timeoutMs = TIMEOUT_MS, maxBytes = MAX_DUMP_BYTES } = options;
  return (signal) =>
    new Promise((resolve, reject) => {
      const limit = AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)]);
      const child = spawn(command, ARGUMENTS, {
        stdio: ['ignore', 'pipe', 'pipe'],
        env: { PATH, LC_ALL: 'C' },
        signal: limit,
        killSignal: 'SIGKILL',
      });
      const chunks: Buffer[] = [];
      let length = 0;
      let complaint = '';
      child.stdout.on('data', (chunk: Buffer) => {
        const room = maxBytes - length;
        if (room > 0) chunks.push(chunk.subarray(0, room));
        length += chunk.length;
        if (length > maxBytes) child.kill('SIGKILL');
      });
      child.stderr.on('data', (chunk: Buffer) => {
        complaint = (complaint + chunk.toString('latin1')).slice(0, MAX_ERROR_CHARS);
      });
      child.once('error', (cause) =>
        reject(signal.aborted ? cause : describe(cause, { command, timeoutMs })),
      );
      child.once('close', (code) => {
        const truncated = length > maxBytes;
        if (code === 0 || truncated) resolve({ bytes: Buffer.concat(chunks), truncated });
        else reject(new Error(`${command} failed with status ${code}: ${complaint.trim()}`));
      });
    });
}

function describe(
  cause: NodeJS.ErrnoException,
  { command, timeoutMs }: { readonly command: string; readonly timeoutMs: number },
): Error {
  const { code = '', message } = cause;
  if (code === 'ENOENT') {
    return new NoDataError('not_installed', `Cannot run ${command}: ${code}; install iproute2`);
  }
  if (code === 'EACCES' || code === 'EPERM') {
    return new NoDataError('permission_denied', `Cannot run ${command}: ${code}`);
  }
  if (code === 'ABORT_ERR') {
    return new Error(`${command} did not end within ${timeoutMs} ms`, { cause });
  }
  return new Error(`Cannot run ${command}: ${message}`, { cause });
}
