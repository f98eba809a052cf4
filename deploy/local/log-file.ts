// A log file with a bound: rotated by size, a few old ones kept, and the last lines at hand for error messages.
import {
  closeSync,
  existsSync,
  fstatSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  writeSync,
} from 'node:fs';
import { dirname } from 'node:path';

export const MAX_LOG_BYTES = 10 * 1024 * 1024;
const KEPT_FILES = 3;
const MAX_LINE_CHARS = 300;
const ESCAPE_SEQUENCE = new RegExp(`${String.fromCharCode(27)}\\[[0-9;]*[A-Za-z]`, 'g');

export interface LogFile {
  write(chunk: Uint8Array): void;
  close(): void;
}

/** Appends to `path`; a file that would grow beyond `maxBytes` becomes `path.1`, and so on up to `path.3`. */
export function openLogFile(path: string, maxBytes: number = MAX_LOG_BYTES): LogFile {
  mkdirSync(dirname(path), { recursive: true });
  let file: number | undefined = openSync(path, 'a');
  let size = fstatSync(file).size;
  return {
    write(chunk) {
      if (file === undefined) return;
      if (size > 0 && size + chunk.byteLength > maxBytes) {
        closeSync(file);
        rotate(path);
        file = openSync(path, 'a');
        size = 0;
      }
      try {
        writeSync(file, chunk);
        size += chunk.byteLength;
      } catch {
        // A full disk costs the log line, not the servers.
      }
    },
    close() {
      if (file !== undefined) closeSync(file);
      file = undefined;
    },
  };
}

function rotate(path: string): void {
  for (let number = KEPT_FILES; number > 0; number -= 1) {
    const older = number === 1 ? path : `${path}.${number - 1}`;
    if (existsSync(older)) renameSync(older, `${path}.${number}`);
  }
}

/** The last lines of a file that say something; empty when there is no file. */
export function lastLinesOf(path: string, count: number): string[] {
  return existsSync(path) ? lastLines(readFileSync(path, 'utf8'), count) : [];
}

/** The last lines that say something, shortened and without escape sequences. */
export function lastLines(text: string, count: number): string[] {
  return text
    .replace(ESCAPE_SEQUENCE, '')
    .split('\n')
    .filter((line) => line.trim() !== '')
    .slice(-count)
    .map((line) => (line.length > MAX_LINE_CHARS ? `${line.slice(0, MAX_LINE_CHARS - 1)}…` : line));
}
