// Synchronous reads of small files under /proc and /sys, whose roots are options so that a whole host can be faked.
// Synchronous because the kernel answers from memory: a read takes microseconds, asynchronous reads cost 3 to 14 times the CPU.
import { closeSync, openSync, readlinkSync, readSync } from 'node:fs';
import { join } from 'node:path';
import { NoDataError } from './no-data.ts';

const FIRST_BUFFER_BYTES = 64 * 1024;
/** /proc/stat of a machine with thousands of CPUs and interrupts is the largest file that is read. */
export const MAX_FILE_BYTES = 4 * 1024 * 1024;

export interface HostPaths {
  readonly procfs: string;
  readonly sysfs: string;
  readonly rootfs: string;
}

export interface HostFiles {
  readonly paths: HostPaths;
  /**
   * Whose mounts and network are the host's: ours, or those of pid 1 when the host's root is mounted elsewhere
   * (`--path.rootfs`), as in a container.
   */
  readonly hostProcess: 'self' | '1';
  /** The text of a file below procfs. @throws {NoDataError} when it is not there or not readable. */
  proc(file: string): string;
  /** The text of a file below sysfs. @throws {NoDataError} when it is not there or not readable. */
  sys(file: string): string;
  /** Where a link below sysfs points to. @throws {NoDataError} when there is no such link. */
  sysLink(file: string): string;
}

/** Reads below the given roots, through one buffer that is kept. */
export function createHostFiles(paths: HostPaths, maxBytes = MAX_FILE_BYTES): HostFiles {
  let buffer = Buffer.allocUnsafe(Math.min(FIRST_BUFFER_BYTES, maxBytes + 1));
  const read = (path: string): string => {
    const file = attempt(path, () => openSync(path, 'r'));
    try {
      let length = 0;
      for (;;) {
        const count = attempt(path, () =>
          readSync(file, buffer, length, buffer.length - length, null),
        );
        length += count;
        if (count === 0) return buffer.toString('utf8', 0, length);
        if (length > maxBytes) throw new Error(`${path} is larger than ${maxBytes} bytes`);
        if (length === buffer.length) buffer = grow(buffer, maxBytes + 1);
      }
    } finally {
      closeSync(file);
    }
  };
  return {
    paths,
    hostProcess: paths.rootfs === '/' ? 'self' : '1',
    proc: (file) => read(join(paths.procfs, file)),
    sys: (file) => read(join(paths.sysfs, file)),
    sysLink: (file) => {
      const path = join(paths.sysfs, file);
      return attempt(path, () => readlinkSync(path));
    },
  };
}

/** What a read answers, or undefined where the kernel has no such file; for parts that a collector can do without. */
export function optional<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch (error) {
    if (error instanceof NoDataError) return undefined;
    throw error;
  }
}

/** EINVAL and EOPNOTSUPP are how the kernel says "not this device" and "switched off", such as pressure with psi=0. */
const REASONS: Readonly<Record<string, string>> = {
  ENOENT: 'not_supported',
  ENOTDIR: 'not_supported',
  ENODEV: 'not_supported',
  EINVAL: 'not_supported',
  EOPNOTSUPP: 'not_supported',
  ENOTSUP: 'not_supported',
  EACCES: 'permission_denied',
  EPERM: 'permission_denied',
};

function attempt<T>(path: string, read: () => T): T {
  try {
    return read();
  } catch (cause) {
    const { code = '', message } = cause as NodeJS.ErrnoException;
    const reason = REASONS[code];
    if (reason !== undefined) throw new NoDataError(reason, `Cannot read ${path}: ${code}`);
    throw new Error(`Cannot read ${path}: ${message}`, { cause });
  }
}

function grow(buffer: Buffer, maxLength: number): Buffer<ArrayBuffer> {
  const larger = Buffer.allocUnsafe(Math.min(buffer.length * 2, maxLength));
  buffer.copy(larger);
  return larger;
}
