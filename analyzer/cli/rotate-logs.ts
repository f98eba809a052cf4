// Archives the log files of one folder that nobody writes to any more, and removes archives that are too old. Symbolic links are
// never followed, files that a process has open for writing are left, and originals go only after their archive was read back.
import { mkdir, opendir, realpath, rm, stat } from 'node:fs/promises';
import { basename, dirname, join, matchesGlob, relative } from 'node:path';
import { archiveFile } from '../../service/log-archive.ts';
import type { LogDirectory } from './logs-config.ts';

const MAX_FILES = 100_000;
const MAX_DEPTH = 16;
const COMPRESSED = /\.(gz|bz2|xz|zst|zip|part)$/;
/** What this program has archived, and nobody else. */
const OWN_ARCHIVE = /\.(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z\.gz$/;

export interface FileOutcome {
  readonly file: string;
  readonly outcome:
    | 'archived'
    | 'would_archive'
    | 'removed'
    | 'would_remove'
    | 'skipped'
    | 'failed';
  readonly bytes: number;
  readonly archivedBytes?: number;
  readonly archive?: string;
  readonly sha256?: string;
  readonly reason?: string;
}

export interface RotateOptions {
  readonly dryRun: boolean;
  /** Unix seconds. */
  readonly now: number;
  /** Who has a file open for writing, by `device:inode`. */
  readonly writers: ReadonlyMap<string, string>;
}

/** What was done with each file that was old enough. @throws {Error} when the folder cannot be read. */
export async function rotateLogs(
  directory: LogDirectory,
  options: RotateOptions,
): Promise<FileOutcome[]> {
  const root = await realpath(directory.path);
  const outcomes: FileOutcome[] = [];
  for (const file of await filesBelow(root)) {
    if (!isWanted(relative(root, file), directory)) continue;
    const outcome = await contained(file, () => archiveOne(file, directory, options));
    if (outcome !== undefined) outcomes.push(outcome);
  }
  if (directory.retention !== undefined)
    outcomes.push(...(await removeOld(root, directory, options)));
  return outcomes;
}

async function contained(
  file: string,
  work: () => Promise<FileOutcome | undefined>,
): Promise<FileOutcome | undefined> {
  try {
    return await work();
  } catch (error) {
    return { file, outcome: 'failed', bytes: 0, reason: (error as Error).message };
  }
}

function isWanted(path: string, { patterns, exclude }: LogDirectory): boolean {
  const matches = (globs: readonly string[]) => globs.some((glob) => matchesGlob(path, glob));
  return !COMPRESSED.test(path) && matches(patterns) && !matches(exclude);
}

async function archiveOne(
  file: string,
  directory: LogDirectory,
  { dryRun, now, writers }: RotateOptions,
): Promise<FileOutcome | undefined> {
  const { size: bytes, mtimeMs, dev, ino } = await stat(file);
  if (now - mtimeMs / 1000 < directory.min_age || bytes < directory.min_size) return undefined;
  const writer = writers.get(`${dev}:${ino}`);
  if (writer !== undefined)
    return { file, outcome: 'skipped', bytes, reason: `open for writing by ${writer}` };
  const folder = await folderOf(file, directory);
  const archive = join(folder, `${basename(file)}.${stampOf(mtimeMs)}.gz`);
  if (dryRun) return { file, outcome: 'would_archive', bytes, archive };
  await mkdir(folder, { recursive: true });
  // A folder on the way may have become a link since it was listed.
  if ((await realpath(file)) !== file) throw new Error(`${file} is behind a symbolic link now`);
  return { outcome: 'archived', ...(await archiveFile(file, archive)) };
}

/** With a folder for archives, the same tree below it. */
async function folderOf(file: string, { path, archive }: LogDirectory): Promise<string> {
  if (archive === undefined) return dirname(file);
  return join(archive, relative(await realpath(path), dirname(file)));
}

async function removeOld(
  root: string,
  { archive, retention = Number.POSITIVE_INFINITY }: LogDirectory,
  { dryRun, now }: RotateOptions,
): Promise<FileOutcome[]> {
  const folder = await realpath(archive ?? root).catch(() => undefined);
  if (folder === undefined) return [];
  const outcomes: FileOutcome[] = [];
  for (const file of await filesBelow(folder)) {
    const written = timeOf(file);
    if (written === undefined || now - written < retention) continue;
    const outcome = await contained(file, async () => {
      const { size: bytes } = await stat(file);
      if (dryRun) return { file, outcome: 'would_remove', bytes };
      await rm(file);
      return { file, outcome: 'removed', bytes };
    });
    if (outcome !== undefined) outcomes.push(outcome);
  }
  return outcomes;
}

/** Regular files only, in the order of their names. @throws {Error} when there are too many. */
async function filesBelow(root: string, depth = 0, found: string[] = []): Promise<string[]> {
  const folders: string[] = [];
  for await (const entry of await opendir(root)) {
    if (entry.isDirectory()) folders.push(join(root, entry.name));
    if (entry.isFile()) found.push(join(root, entry.name));
    if (found.length > MAX_FILES) throw new Error(`more than ${MAX_FILES} files below ${root}`);
  }
  if (depth < MAX_DEPTH)
    for (const folder of folders.sort()) await filesBelow(folder, depth + 1, found);
  return depth === 0 ? found.sort() : found;
}

function stampOf(ms: number): string {
  return new Date(ms).toISOString().replaceAll(/[-:]|\.\d+/g, '');
}

function timeOf(file: string): number | undefined {
  const [, ...parts] = OWN_ARCHIVE.exec(file) ?? [];
  if (parts.length === 0) return undefined;
  const [year = 0, month = 0, day = 0, hour, minute, second] = parts.map(Number);
  return Date.UTC(year, month - 1, day, hour, minute, second) / 1000;
}
