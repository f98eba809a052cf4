// Files of procfs that stay open: a repeated read costs less than half, and answers "gone" once the process has ended,
// even when its pid belongs to another by then.
import { closeSync, openSync, readFileSync, readSync } from 'node:fs';
import { type FileText, MAX_FILE_BYTES, toUnreadable } from './process-file-text.ts';

/**
 * Kept descriptors never take more than this share of RLIMIT_NOFILE; beyond it files are opened for every read.
 * Each costs the kernel 4 to 5 KB, which no process is charged for.
 */
export const MAX_DESCRIPTOR_SHARE = 0.5;
/** What is assumed when the limit cannot be read: the lowest usual one. */
const FALLBACK_DESCRIPTOR_LIMIT = 1024;

/** One open file under procfs. */
export interface KeptFile {
  /** The very same string as last time when the file says the same: nothing is made that had to be collected again. */
  read(): FileText;
  close(): void;
}

/** Undefined when the file cannot be opened now, or when the share of descriptors is used up. */
export type KeepFile = (path: string) => KeptFile | undefined;

export interface KeeperOptions {
  /** All reads share it. */
  readonly buffer: Buffer;
  readonly maxFiles?: number;
}

export function createKeeper({ buffer, maxFiles = descriptorShare() }: KeeperOptions): KeepFile {
  let open = 0;
  return (path) => {
    if (open >= maxFiles) return undefined;
    let descriptor: number;
    try {
      descriptor = openSync(path, 'r');
    } catch {
      return undefined;
    }
    open += 1;
    let closed = false;
    let last = '';
    return {
      read() {
        try {
          const length = readSync(descriptor, buffer, 0, MAX_FILE_BYTES, 0);
          if (!says(buffer, length, last)) last = buffer.toString('latin1', 0, length);
          return last;
        } catch (error) {
          last = '';
          return toUnreadable(path, error);
        }
      },
      close() {
        if (closed) return;
        closed = true;
        open -= 1;
        closeSync(descriptor);
      },
    };
  };
}

function says(buffer: Buffer, length: number, text: string): boolean {
  if (text.length !== length) return false;
  // From the end: in status, the longest of them, the counters that move most are the last lines.
  for (let index = length - 1; index >= 0; index -= 1) {
    if (buffer[index] !== text.charCodeAt(index)) return false;
  }
  return true;
}

/** Node.js raises its soft limit to the hard one when it starts. */
function descriptorShare(): number {
  let limit = Number.NaN;
  try {
    const text = readFileSync('/proc/self/limits', 'latin1');
    limit = Number(/^Max open files\s+(\d+)/m.exec(text)?.[1] ?? Number.NaN);
  } catch {
    // Without it the fallback holds.
  }
  return Math.floor(MAX_DESCRIPTOR_SHARE * (limit > 0 ? limit : FALLBACK_DESCRIPTOR_LIMIT));
}
