// Looks after the old files of one log in the background: compresses them, oldest first, and removes what is over the bounds.
// The folder is its queue: what a crash has left is found at the next start.
import { lstat, readdir, rm } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { archiveFile } from './log-archive.ts';

const STAMP = /^\.\d{8}T\d{6}\.\d{3}Z-\d{3}$/;

export interface LogKeeperOptions {
  readonly path: string;
  readonly maxFiles: number;
  readonly maxTotalBytes: number;
  readonly onProblem: (text: string) => void;
}

export interface LogKeeper {
  /** Called again and again, it does one thing after the other. */
  tidy(): void;
  settled(): Promise<void>;
}

export function createLogKeeper(options: LogKeeperOptions): LogKeeper {
  let running: Promise<void> | undefined;
  let isAskedAgain = false;
  /** Not tried again and again, but at the next start. */
  const failed = new Set<string>();

  async function work(): Promise<void> {
    do {
      isAskedAgain = false;
      for (const file of await oldFiles(options.path)) {
        await removeExcess(options);
        if (!file.endsWith('.gz') && !failed.has(file)) await compress(file);
      }
      await removeExcess(options);
    } while (isAskedAgain);
  }

  async function compress(file: string): Promise<void> {
    try {
      await archiveFile(file);
    } catch (error) {
      // Removed meanwhile, because there are too many.
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return;
      failed.add(file);
      options.onProblem(`Cannot compress ${file}: ${(error as Error).message}`);
    }
  }

  return {
    tidy() {
      isAskedAgain = true;
      running ??= work()
        .catch((error: Error) => options.onProblem(`Cannot tidy old log files: ${error.message}`))
        .finally(() => {
          running = undefined;
        });
    },
    settled: async () => {
      while (running !== undefined) await running;
    },
  };
}

/** The rotated files of this log and no others, oldest first. */
async function oldFiles(path: string): Promise<string[]> {
  const folder = dirname(path);
  const name = basename(path);
  const isOld = (entry: string) =>
    entry.startsWith(name) && STAMP.test(entry.slice(name.length).replace(/\.gz$/, ''));
  return (await readdir(folder))
    .filter(isOld)
    .sort()
    .map((entry) => join(folder, entry));
}

async function removeExcess({ path, maxFiles, maxTotalBytes }: LogKeeperOptions): Promise<void> {
  const newestFirst = (await oldFiles(path)).reverse();
  let totalBytes = 0;
  for (const [index, file] of newestFirst.entries()) {
    totalBytes += await sizeOf(file);
    const isTooMany = maxFiles > 0 && index >= maxFiles;
    if (isTooMany || (maxTotalBytes > 0 && totalBytes > maxTotalBytes))
      await rm(file, { force: true });
  }
}

async function sizeOf(file: string): Promise<number> {
  try {
    return (await lstat(file)).size;
  } catch {
    return 0;
  }
}
