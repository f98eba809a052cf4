// The processes of a host without /proc, from two libraries: systeminformation lists them, pidusage measures them.
// Both are loaded when they are first used: on a host with /proc they would only cost memory.
import type pidusage from 'pidusage';
import type { processes } from 'systeminformation';

export interface PortableProcess {
  readonly pid: number;
  readonly parentPid: number;
  /** Words of the command line; words that contain blanks cannot be told from several. */
  readonly argv: readonly string[];
  readonly user: string;
}

export interface PortableUsage {
  readonly cpuSeconds: number;
  readonly residentBytes: number;
  /** Unix time, correct to about a second. */
  readonly startSeconds: number;
}

export interface PortableSource {
  list(): Promise<readonly PortableProcess[]>;
  /** Without the processes that have ended. */
  measure(pids: readonly number[]): Promise<ReadonlyMap<number, PortableUsage>>;
  /** Closes the files that are kept open. */
  close(): void;
}

export function createPortableSource(): PortableSource {
  let clear: (() => void) | undefined;
  return {
    async list() {
      const { processes } = await import('systeminformation');
      return (await processes()).list.map(toProcess);
    },
    async measure(pids) {
      const { default: pidusage } = await import('pidusage');
      clear = pidusage.clear;
      // Null or undefined for a process that has ended, depending on when.
      const usages = (await pidusage([...pids])) as Record<
        string,
        pidusage.Status | null | undefined
      >;
      return new Map(
        Object.entries(usages).flatMap(([pid, usage]) =>
          usage ? [[Number(pid), toUsage(usage)] as const] : [],
        ),
      );
    },
    close: () => clear?.(),
  };
}

type Listed = Awaited<ReturnType<typeof processes>>['list'][number];

/** The library splits a command line by guess into folder, command and parameters: put it together again. */
function toProcess({ pid, parentPid, path, command, params, user }: Listed): PortableProcess {
  const line = `${path === '' || path === undefined ? '' : `${path}/`}${command} ${params ?? ''}`;
  return { pid, parentPid, user, argv: line.split(' ').filter((word) => word !== '') };
}

function toUsage({ ctime, memory, timestamp, elapsed }: pidusage.Status): PortableUsage {
  return {
    cpuSeconds: ctime / 1000,
    residentBytes: memory,
    startSeconds: (timestamp - elapsed) / 1000,
  };
}
