// One open log file that somebody appends to: reads what is new, notices when it was cut and written again from its beginning.
import { constants } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import type { LineCutter } from './log-tail-lines.ts';

const CHUNK_BYTES = 256 * 1024;
/** The last bytes before the position are compared at each read: other bytes mean another content of the same file. */
const FINGERPRINT_BYTES = 64;
const LINE_FEED = 10;

export interface Position {
  readonly offset: number;
  readonly fingerprint: Buffer;
}

export interface LogFile {
  /** Device and inode: what a rename does not change. */
  readonly id: string;
  /** Reads at most so many bytes. @returns how many there were, and how many are left. */
  read(maxBytes: number): Promise<{ readonly count: number; readonly unread: number }>;
  unread(): Promise<number>;
  position(): Position;
  close(): Promise<void>;
}

export interface LogFileOptions {
  readonly path: string;
  readonly cutter: LineCutter;
  /** Called with the line whose end will never come, because the file was cut. */
  readonly onIncomplete: () => void;
}

/**
 * Opens without waiting for a writer (a named pipe would have one).
 * @param from where an earlier reading of a file ended, by its id; other files begin at their start, or at their `end`.
 * @throws {NodeJS.ErrnoException} also for what is no regular file, with code `EFTYPE`
 */
export async function openLogFile(
  options: LogFileOptions,
  from: ReadonlyMap<string, Position> | 'end',
): Promise<LogFile> {
  const { path, cutter, onIncomplete } = options;
  const handle = await open(path, constants.O_RDONLY | constants.O_NONBLOCK);
  try {
    const stat = await handle.stat({ bigint: true });
    if (!stat.isFile()) throw Object.assign(new Error(`${path} is no file`), { code: 'EFTYPE' });
    const id = `${stat.dev}:${stat.ino}`;
    const size = Number(stat.size);
    const start = from === 'end' ? await lastLineStart(handle, size) : from.get(id);
    return createReader({ id, handle, cutter, onIncomplete }, start ?? BEGINNING);
  } catch (error) {
    await handle.close();
    throw error;
  }
}

const BEGINNING: Position = { offset: 0, fingerprint: Buffer.alloc(0) };

interface ReaderOptions {
  readonly id: string;
  readonly handle: FileHandle;
  readonly cutter: LineCutter;
  readonly onIncomplete: () => void;
}

function createReader(
  { id, handle, cutter, onIncomplete }: ReaderOptions,
  start: Position,
): LogFile {
  let { offset, fingerprint } = start;
  let checkedMtimeMs = 0;
  const sizeNow = async (): Promise<number> => {
    const { size, mtimeMs } = await handle.stat();
    const touched = mtimeMs !== checkedMtimeMs || size > offset;
    checkedMtimeMs = mtimeMs;
    if (size >= offset && (!touched || (await isSameContent(handle, { offset, fingerprint })))) {
      return size;
    }
    offset = 0;
    fingerprint = BEGINNING.fingerprint;
    if (cutter.reset()) onIncomplete();
    return size;
  };
  return {
    id,
    async read(maxBytes) {
      const size = await sizeNow();
      const end = Math.min(size, offset + maxBytes);
      const buffer = Buffer.allocUnsafe(Math.max(0, Math.min(CHUNK_BYTES, end - offset)));
      const from = offset;
      while (offset < end) {
        const length = Math.min(buffer.length, end - offset);
        const { bytesRead } = await handle.read(buffer, 0, length, offset);
        if (bytesRead === 0) break;
        const chunk = buffer.subarray(0, bytesRead);
        cutter.push(chunk);
        offset += bytesRead;
        fingerprint = Buffer.concat([fingerprint, chunk.subarray(-FINGERPRINT_BYTES)]).subarray(
          -FINGERPRINT_BYTES,
        );
      }
      return { count: offset - from, unread: size - offset };
    },
    unread: async () => Math.max(0, (await handle.stat()).size - offset),
    position: () => ({ offset, fingerprint }),
    close: () => handle.close(),
  };
}

async function isSameContent(handle: FileHandle, position: Position): Promise<boolean> {
  const { offset, fingerprint } = position;
  return (await readBefore(handle, offset, fingerprint.length)).equals(fingerprint);
}

/** After the last line feed, so that a line that is being written now is not read from its middle. */
async function lastLineStart(handle: FileHandle, size: number): Promise<Position> {
  const end = await readBefore(handle, size, Math.min(size, CHUNK_BYTES));
  const last = end.lastIndexOf(LINE_FEED);
  const offset =
    last === -1 ? size - (size <= CHUNK_BYTES ? size : 0) : size - (end.length - last - 1);
  const length = Math.min(offset, FINGERPRINT_BYTES);
  return { offset, fingerprint: await readBefore(handle, offset, length) };
}

async function readBefore(handle: FileHandle, offset: number, length: number): Promise<Buffer> {
  const buffer = Buffer.alloc(length);
  const { bytesRead } = await handle.read(buffer, 0, length, offset - length);
  return buffer.subarray(0, bytesRead);
}
