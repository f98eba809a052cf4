// A log file that is rotated by size and age, its old ones compressed and bounded in number and total size.
// Lines are written synchronously and whole, as to standard error: none waits in memory where a crash would lose it, and none
// can be between two files. pino-roll, which would do this in a thread, costs that thread's memory in every exporter.
import {
  closeSync,
  existsSync,
  fstatSync,
  openSync,
  renameSync,
  type Stats,
  statSync,
  writeSync,
} from 'node:fs';
import { createLogKeeper } from './log-keeper.ts';

/** How often somebody else's rotation is looked for. */
const CHECK_MS = 1_000;
/** After a rotation that failed the file grows on meanwhile. */
const RETRY_MS = 60_000;
const FILE_MODE = 0o640;
const MAX_NAMES_PER_MS = 1_000;

export interface LogFileOptions {
  readonly path: string;
  /** 0 = never for its size. */
  readonly maxBytes: number;
  /** Seconds; 0 = never for its age. */
  readonly maxAge: number;
  /** Old files that are kept, compressed or not; 0 = all. */
  readonly maxFiles: number;
  /** Of all old files together; 0 = any. */
  readonly maxTotalBytes: number;
  /** Unix milliseconds. */
  readonly now?: () => number;
  /** Told once per problem. */
  readonly onProblem?: (text: string) => void;
}

export interface LogFile {
  /** A line that the file does not take goes to standard error. */
  write(line: string): void;
  /** Goes on in what has the name of the file now. */
  reopen(): void;
  /** Resolves when no old file waits to be compressed. */
  settled(): Promise<void>;
}

/** @throws {Error} when the file cannot be opened. */
export function openLogFile(options: LogFileOptions): LogFile {
  const { path, maxBytes, maxAge, now = Date.now, onProblem = toStderr } = options;
  const keeper = createLogKeeper({ ...options, onProblem });
  let current = openFirst(path);
  let checkAt = now() + CHECK_MS;
  let rotateFrom = 0;

  function use(next: Current): void {
    closeSync(current.fd);
    current = next;
  }

  function attempt(what: string, work: () => void): boolean {
    try {
      work();
      return true;
    } catch (error) {
      onProblem(`Cannot ${what} ${path}: ${(error as Error).message}`);
      return false;
    }
  }

  const reopen = () => void attempt('open', () => use(openCurrent(path)));

  function rotate(at: number): void {
    // Somebody else was quicker: what has the name now is not ours to move.
    if (!isCurrent(path, current)) {
      reopen();
      return;
    }
    const done = attempt('rotate', () => {
      const old = freeName(path, at);
      renameSync(path, old);
      try {
        use(openCurrent(path));
      } catch (error) {
        // We still write to the old one: it keeps its name.
        renameSync(old, path);
        throw error;
      }
    });
    if (done) keeper.tidy();
    else rotateFrom = at + RETRY_MS;
  }

  /** Somebody else has moved or removed the file, or it is too old. */
  function check(at: number): void {
    checkAt = at + CHECK_MS;
    if (!isCurrent(path, current)) reopen();
    if (maxAge > 0 && current.bytes > 0 && at - current.since >= maxAge * 1000 && at >= rotateFrom)
      rotate(at);
  }

  keeper.tidy();
  return {
    write(line) {
      const at = now();
      if (at >= checkAt) check(at);
      const chunk = Buffer.from(line);
      const isFull = maxBytes > 0 && current.bytes > 0 && current.bytes + chunk.length > maxBytes;
      if (isFull && at >= rotateFrom) rotate(at);
      if (!attempt('write to', () => writeWhole(current, chunk))) process.stderr.write(line);
    },
    reopen,
    settled: keeper.settled,
  };
}

interface Current {
  readonly fd: number;
  readonly ino: number;
  readonly dev: number;
  /** Unix milliseconds of its beginning. */
  readonly since: number;
  bytes: number;
  /** The last line has no end: the disk was full. */
  isTorn: boolean;
}

function openFirst(path: string): Current {
  try {
    return openCurrent(path);
  } catch (cause) {
    throw new Error(`the log file cannot be opened: ${(cause as Error).message}`, { cause });
  }
}

function openCurrent(path: string): Current {
  const fd = openSync(path, 'a', FILE_MODE);
  const stats = fstatSync(fd);
  return {
    fd,
    ino: stats.ino,
    dev: stats.dev,
    since: beginningOf(stats),
    bytes: stats.size,
    isTorn: false,
  };
}

/** Not every file system knows when a file was made. */
function beginningOf({ birthtimeMs, mtimeMs }: Stats): number {
  return birthtimeMs > 0 ? Math.min(birthtimeMs, mtimeMs) : mtimeMs;
}

function isCurrent(path: string, { ino, dev }: Current): boolean {
  const stats = statSync(path, { throwIfNoEntry: false });
  return stats !== undefined && stats.ino === ino && stats.dev === dev;
}

function writeWhole(current: Current, line: Buffer): void {
  const chunk = current.isTorn ? Buffer.concat([Buffer.from('\n'), line]) : line;
  let at = 0;
  try {
    while (at < chunk.length) at += writeSync(current.fd, chunk, at);
    current.isTorn = false;
  } catch (error) {
    if (at > 0) current.isTorn = true;
    throw error;
  } finally {
    current.bytes += at;
  }
}

/** Sorted by name they are sorted by time. */
function freeName(path: string, at: number): string {
  const stamp = new Date(at).toISOString().replaceAll(/[-:]/g, '');
  for (let count = 0; count < MAX_NAMES_PER_MS; count += 1) {
    const name = `${path}.${stamp}-${String(count).padStart(3, '0')}`;
    if (!existsSync(name) && !existsSync(`${name}.gz`)) return name;
  }
  throw new Error(`${MAX_NAMES_PER_MS} files of ${stamp} are there already`);
}

function toStderr(text: string): void {
  process.stderr.write(`${text}\n`);
}
