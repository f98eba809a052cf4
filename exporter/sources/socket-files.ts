// Which sockets a process has open: the links in /proc/PID/fd, read synchronously since the kernel answers from memory.
import { readdirSync, readlinkSync, statSync } from 'node:fs';

export interface SocketFiles {
  /** The pids of every process. @throws the error of the system when procfs itself cannot be listed. */
  listProcesses(): number[];
  isAlive(pid: number): boolean;
  /** The open files of a process; `denied` when they are not for this user, empty when it has ended. */
  listFiles(pid: number): readonly string[] | 'denied';
  /**
   * What an open file is, such as `socket:[4711]`; undefined when it was closed meanwhile. CAP_DAC_READ_SEARCH alone lists
   * the files of other users, and is denied here without CAP_SYS_PTRACE.
   */
  readFile(pid: number, file: string): string | 'denied' | undefined;
}

/** @param procfs where procfs is mounted, such as `/proc`. */
export function createSocketFiles(procfs: string): SocketFiles {
  return {
    listProcesses: () =>
      readdirSync(procfs)
        .map(Number)
        .filter((pid) => pid > 0),
    isAlive: (pid) => statSync(`${procfs}/${pid}`, { throwIfNoEntry: false }) !== undefined,
    listFiles: (pid) => attempt(() => readdirSync(`${procfs}/${pid}/fd`)) ?? [],
    readFile: (pid, file) => attempt(() => readlinkSync(`${procfs}/${pid}/fd/${file}`)),
  };
}

/** @throws what would spoil every further read as well. */
function attempt<T>(read: () => T): T | 'denied' | undefined {
  try {
    return read();
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'EACCES' || code === 'EPERM') return 'denied';
    if (code === 'EMFILE' || code === 'ENFILE' || code === 'ENOMEM') throw error;
    // Closed meanwhile, or a path too long for readlink, which is no socket's.
    return undefined;
  }
}
