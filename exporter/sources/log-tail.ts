// Follows a log file through rotation, by rename and by truncation, without losing a line; starts at the end of what is there.
import { stat } from 'node:fs/promises';
import { type LogFile, openLogFile, type Position } from './log-tail-file.ts';
import { createLineCutter, type LineListener } from './log-tail-lines.ts';

export const MAX_LINE_BYTES = 16 * 1024;
/** What one tick may read: a flood is read over several ticks, and what is left is told. */
export const MAX_BYTES_PER_TICK = 4 * 1024 * 1024;
/** Writers go on with the renamed file until they are told to open the new one. */
const LINGER_MS = 30_000;
/** Renamed files that are still being read. With more, the oldest is given up and what it had left is told. */
const MAX_RENAMED_FILES = 4;

const REASONS: Readonly<Record<string, string>> = {
  ENOENT: 'not_found',
  ENOTDIR: 'not_found',
  EACCES: 'permission_denied',
  EPERM: 'permission_denied',
  EFTYPE: 'not_a_file',
  EISDIR: 'not_a_file',
  ENXIO: 'not_a_file',
};

export interface LogTailListener extends LineListener {
  /** A line whose end will never come: the file was truncated, or given up. */
  incomplete(): void;
  /** Bytes of a renamed file that could not be read in time. */
  lost(bytes: number): void;
}

export interface LogTailOptions {
  readonly path: string;
  readonly maxLineBytes?: number;
  readonly maxBytesPerTick?: number;
  readonly lingerMs?: number;
}

export type TailState =
  | { readonly kind: 'reading'; readonly unreadBytes: number }
  | { readonly kind: 'unavailable'; readonly reason: string };

export interface LogTail {
  /** Reads what is new. Never rejects; never called while the last call runs. */
  tick(): Promise<TailState>;
  /** Not while a tick runs. */
  close(): Promise<void>;
}

interface Followed {
  readonly file: LogFile;
  readonly cutter: ReturnType<typeof createLineCutter>;
  /** When something was read last. */
  active: number;
}

/** Builds the tail without opening anything. */
export function createLogTail(options: LogTailOptions, listener: LogTailListener): LogTail {
  const { path, maxLineBytes = MAX_LINE_BYTES, lingerMs = LINGER_MS } = options;
  const maxBytesPerTick = options.maxBytesPerTick ?? MAX_BYTES_PER_TICK;
  let renamed: Followed[] = [];
  let current: Followed | undefined;
  let left: ReadonlyMap<string, Position> | 'end' = 'end';

  const openCurrent = async (): Promise<void> => {
    const cutter = createLineCutter(listener, maxLineBytes);
    const file = await openLogFile({ path, cutter, onIncomplete: listener.incomplete }, left);
    left = new Map();
    current = { file, cutter, active: performance.now() };
  };
  const giveUp = async ({ file, cutter }: Followed): Promise<void> => {
    const unread = await file.unread().catch(() => 0);
    if (unread > 0) listener.lost(unread);
    if (cutter.reset()) listener.incomplete();
    await file.close().catch(() => {});
  };
  /** @throws {NodeJS.ErrnoException} when there is no file now. */
  const follow = async (): Promise<void> => {
    const id = await idOf(path);
    if (current?.file.id === id) return;
    if (current !== undefined) renamed.push(current);
    current = renamed.find(({ file }) => file.id === id);
    renamed = renamed.filter((other) => other !== current);
    if (current !== undefined) return;
    if (renamed.length > MAX_RENAMED_FILES) await giveUp(renamed.shift()!);
    await openCurrent();
  };
  const readAll = async (): Promise<number> => {
    let budget = maxBytesPerTick;
    let unread = 0;
    for (const one of [...renamed, ...(current === undefined ? [] : [current])]) {
      const result = await one.file.read(budget);
      budget -= result.count;
      unread += result.unread;
      if (result.count > 0) one.active = performance.now();
    }
    return unread;
  };
  /** Closes what was renamed or deleted, is read to its end and has been quiet for long. */
  const closeQuiet = async (): Promise<void> => {
    for (const one of renamed) {
      if (performance.now() - one.active < lingerMs || (await one.file.unread()) > 0) continue;
      renamed = renamed.filter((other) => other !== one);
      left = new Map([[one.file.id, one.file.position()]]);
      await giveUp(one);
    }
  };
  const closeAll = async (): Promise<void> => {
    const all = current === undefined ? renamed : [...renamed, current];
    if (all.length > 0) left = new Map(all.map(({ file }) => [file.id, file.position()]));
    renamed = [];
    current = undefined;
    for (const { file } of all) await file.close().catch(() => {});
  };
  return {
    async tick() {
      try {
        const reason = await follow().then(() => undefined, reasonOf);
        if (reason === 'not_found' && left === 'end') left = new Map();
        if (reason !== undefined && current !== undefined) {
          renamed.push(current);
          current = undefined;
        }
        const unreadBytes = await readAll();
        await closeQuiet();
        const isReading = current !== undefined || renamed.length > 0;
        if (reason !== undefined && !isReading) return { kind: 'unavailable', reason };
        return { kind: 'reading', unreadBytes };
      } catch (error) {
        await closeAll();
        return { kind: 'unavailable', reason: reasonOf(error) };
      }
    },
    close: closeAll,
  };
}

async function idOf(path: string): Promise<string> {
  const { dev, ino } = await stat(path, { bigint: true });
  return `${dev}:${ino}`;
}

function reasonOf(error: unknown): string {
  return REASONS[(error as NodeJS.ErrnoException).code ?? ''] ?? 'read_failed';
}
