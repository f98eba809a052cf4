// One `guard logs rotate` at a time in a folder, and who has its files open for writing.
import { closeSync, openSync, readFileSync, rmSync, writeSync } from 'node:fs';
import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { CliError } from './terminal.ts';

const NAME = '.guard-logs.lock';
/** O_WRONLY and O_RDWR of open(2). */
const WRITE_FLAGS = 0o3;
const START_TIME_FIELD = 19;

/** The function gives the folder back. A lock of a process that is gone is taken over. @throws {CliError} when another works on it. */
export function lockFolder(folder: string): () => void {
  const file = join(folder, NAME);
  for (const isLast of [false, true]) {
    try {
      const fd = openSync(file, 'wx', 0o600);
      writeSync(fd, `${process.pid} ${startTimeOf(process.pid) ?? ''}\n`);
      closeSync(fd);
      return () => rmSync(file, { force: true });
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST')
        throw new CliError(`Cannot lock ${folder}: ${(error as Error).message}`);
      const holder = holderOf(file);
      if (holder !== undefined || isLast)
        throw new CliError(`${folder} is being worked on by process ${holder}; see ${file}`);
      rmSync(file, { force: true });
    }
  }
  throw new CliError(`Cannot lock ${folder}`);
}

/** Undefined when it is gone, or its number is another process' now. */
function holderOf(file: string): number | undefined {
  const [pid = '', started = ''] = readFileSync(file, 'utf8').trim().split(' ');
  try {
    process.kill(Number(pid), 0);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ESRCH') return undefined;
  }
  return (startTimeOf(Number(pid)) ?? '') === started ? Number(pid) : undefined;
}

function startTimeOf(pid: number): string | undefined {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'latin1');
    return text.slice(text.lastIndexOf(')') + 2).split(' ')[START_TIME_FIELD];
  } catch {
    return undefined;
  }
}

/**
 * `device:inode` of every file that a process has open for writing, with that process. Processes of other users can be asked by
 * root only; without procfs nobody is known, and min_age alone protects what is written to.
 */
export async function findWriters(procfs = '/proc'): Promise<Map<string, string>> {
  const writers = new Map<string, string>();
  const pids = (await readdir(procfs).catch(() => [])).filter((name) => /^\d+$/.test(name));
  for (const pid of pids) {
    const fds = await readdir(join(procfs, pid, 'fd')).catch(() => []);
    for (const fd of fds) {
      const key = await writtenFile(join(procfs, pid), fd);
      if (key !== undefined) writers.set(key, `process ${pid}`);
    }
  }
  return writers;
}

async function writtenFile(folder: string, fd: string): Promise<string | undefined> {
  try {
    const flags = /^flags:\s*([0-7]+)/m.exec(await readFile(join(folder, 'fdinfo', fd), 'latin1'));
    if ((Number.parseInt(flags?.[1] ?? '0', 8) & WRITE_FLAGS) === 0) return undefined;
    const stats = await stat(join(folder, 'fd', fd));
    return stats.isFile() ? `${stats.dev}:${stats.ino}` : undefined;
  } catch {
    return undefined;
  }
}
