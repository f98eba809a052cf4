// Raw text of the files of one procfs: synchronous reads into one preallocated buffer, no parsing.
// Asynchronous file calls cost 3 to 14 times as much on procfs, where nothing ever waits for a disk.
import {
  closeSync,
  openSync,
  readdirSync,
  readlinkSync,
  readSync,
  statfsSync,
  statSync,
} from 'node:fs';
import { readFile } from 'node:fs/promises';
import {
  DENIED,
  type FileText,
  GONE,
  MAX_FILE_BYTES,
  toUnreadable,
  type Unreadable,
} from './process-file-text.ts';
import { createKeeper, type KeepFile } from './process-kept-files.ts';

export { DENIED, type FileText, GONE, MAX_FILE_BYTES, type Unreadable };

/** linux/magic.h: PROC_SUPER_MAGIC. */
const PROCFS_MAGIC = 0x9fa0;

export interface ProcessFiles {
  /** The pids of every process. @throws the error of the system when procfs itself cannot be listed. */
  listProcesses(): number[];
  listTasks(pid: number): number[] | Unreadable;
  /** Text of a file under procfs, such as `1/stat`, one character per byte (latin1). */
  read(path: string): FileText;
  /** The same in a thread of the pool, for what takes the kernel milliseconds. */
  readLater(path: string): Promise<FileText>;
  readLink(path: string): FileText;
  countOpenFiles(pid: number): number | Unreadable;
  /** Keeps a file under procfs open for later reads; undefined when it is to be read by `read` each time. */
  readonly keep: KeepFile;
  /** The user table that belongs to this procfs. */
  readUsers(): FileText;
}

export interface ProcessFilesOptions {
  readonly procfs: string;
  readonly passwdFile?: string | undefined;
  /** How many files may be kept open; by default a share of the limit of this process. */
  readonly maxKeptFiles?: number;
}

/** Not re-entrant and not for several threads: all reads share one buffer. */
export function createProcessFiles(options: ProcessFilesOptions): ProcessFiles {
  const { procfs, passwdFile = '/etc/passwd', maxKeptFiles: maxFiles } = options;
  const buffer = Buffer.allocUnsafeSlow(MAX_FILE_BYTES);
  const real = attempt(procfs, (path) => statfsSync(path).type === PROCFS_MAGIC) === true;
  const keep = createKeeper({ buffer, ...(maxFiles === undefined ? {} : { maxFiles }) });
  const read = (path: string): FileText => attempt(path, () => readText(path, buffer));
  return {
    listProcesses: () => listNumbers(procfs),
    listTasks: (pid) => attempt(`${procfs}/${pid}/task`, listNumbers),
    read: (path) => read(`${procfs}/${path}`),
    async readLater(path) {
      try {
        return await readFile(`${procfs}/${path}`, 'latin1');
      } catch (error) {
        return toUnreadable(path, error);
      }
    },
    readLink: (path) => attempt(`${procfs}/${path}`, (link) => readlinkSync(link)),
    countOpenFiles: createOpenFileCounter(procfs, real),
    // Files of an ordinary file system never say that their process has ended.
    keep: (path) => (real ? keep(`${procfs}/${path}`) : undefined),
    readUsers: () => read(passwdFile),
  };
}

function readText(path: string, buffer: Buffer): string {
  const file = openSync(path, 'r');
  try {
    return buffer.toString('latin1', 0, readSync(file, buffer, 0, MAX_FILE_BYTES, 0));
  } finally {
    closeSync(file);
  }
}

function listNumbers(directory: string): number[] {
  const numbers: number[] = [];
  for (const name of readdirSync(directory)) {
    const number = Number(name);
    if (number > 0) numbers.push(number);
  }
  return numbers;
}

/**
 * Since Linux 6.2 the size of /proc/PID/fd is the number of open files, at a quarter of the cost of listing it.
 * A size of 0 is believed only after some process had another one; outside a real procfs sizes mean nothing.
 */
function createOpenFileCounter(procfs: string, real: boolean): ProcessFiles['countOpenFiles'] {
  let sizeCounts = false;
  return (pid) => {
    const path = `${procfs}/${pid}/fd`;
    const size = real ? attempt(path, (directory) => statSync(directory).size) : 0;
    if (typeof size !== 'number') return size;
    if (size > 0) sizeCounts = true;
    return sizeCounts ? size : attempt(path, (directory) => readdirSync(directory).length);
  };
}

function attempt<T>(path: string, action: (path: string) => T): T | Unreadable {
  try {
    return action(path);
  } catch (error) {
    return toUnreadable(path, error);
  }
}
