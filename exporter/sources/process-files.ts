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

/** One read never takes more than this; only command lines and the user table can be longer, and are cut. */
export const MAX_FILE_BYTES = 64 * 1024;
/** linux/magic.h: PROC_SUPER_MAGIC. */
const PROCFS_MAGIC = 0x9fa0;

/** The process or the file is not there: it ended, or this kernel has no such file. */
export const GONE = Symbol('gone');
/** The file is there but not for this user. */
export const DENIED = Symbol('denied');
export type Unreadable = typeof GONE | typeof DENIED;
export type FileText = string | Unreadable;

export interface ProcessFiles {
  /** The pids of every process. @throws the error of the system when procfs itself cannot be listed. */
  listProcesses(): number[];
  listTasks(pid: number): number[] | Unreadable;
  /** Text of a file under procfs, such as `1/stat`, one character per byte (latin1). */
  read(path: string): FileText;
  readLink(path: string): FileText;
  countOpenFiles(pid: number): number | Unreadable;
  /** The user table that belongs to this procfs. */
  readUsers(): FileText;
}

export interface ProcessFilesOptions {
  readonly procfs: string;
  readonly passwdFile?: string | undefined;
}

/** Not re-entrant and not for several threads: all reads share one buffer. */
export function createProcessFiles(options: ProcessFilesOptions): ProcessFiles {
  const { procfs, passwdFile = '/etc/passwd' } = options;
  const buffer = Buffer.allocUnsafeSlow(MAX_FILE_BYTES);
  const read = (path: string): FileText => attempt(path, () => readText(path, buffer));
  return {
    listProcesses: () => listNumbers(procfs),
    listTasks: (pid) => attempt(`${procfs}/${pid}/task`, listNumbers),
    read: (path) => read(`${procfs}/${path}`),
    readLink: (path) => attempt(`${procfs}/${path}`, (link) => readlinkSync(link)),
    countOpenFiles: createOpenFileCounter(procfs),
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
function createOpenFileCounter(procfs: string): ProcessFiles['countOpenFiles'] {
  const real = attempt(procfs, (path) => statfsSync(path).type === PROCFS_MAGIC) === true;
  let sizeCounts = false;
  return (pid) => {
    const path = `${procfs}/${pid}/fd`;
    const size = real ? attempt(path, (directory) => statSync(directory).size) : 0;
    if (typeof size !== 'number') return size;
    if (size > 0) sizeCounts = true;
    return sizeCounts ? size : attempt(path, (directory) => readdirSync(directory).length);
  };
}

/** @throws whatever is neither absence nor denial, such as EMFILE: it would spoil every further read as well. */
function attempt<T>(path: string, action: (path: string) => T): T | Unreadable {
  try {
    return action(path);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT' || code === 'ESRCH' || code === 'ENOTDIR') return GONE;
    if (code === 'EACCES' || code === 'EPERM') return DENIED;
    throw new Error(`Cannot read ${path}: ${(error as Error).message}`, { cause: error });
  }
}
