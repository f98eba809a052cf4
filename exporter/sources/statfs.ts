// Space of mounted filesystems. statfs on a dead network mount never returns: each call is waited for a bounded time, a call
// that hangs is not repeated, and only a few may hang, so that some of libuv's four threads always stay free.
import { statfs as nodeStatfs } from 'node:fs/promises';

export interface FilesystemSpace {
  /** Bytes of one block; `bsize` is the preferred transfer size and differs on some FUSE filesystems. */
  readonly frsize: number;
  readonly blocks: number;
  readonly bavail: number;
  readonly files: number;
  readonly ffree: number;
}

export type Statfs = (path: string) => Promise<FilesystemSpace>;

export interface SpaceReaderOptions {
  readonly timeoutMs: number;
  /** While this many calls hang, no new path is asked. */
  readonly maxHungCalls: number;
  readonly statfs?: Statfs | undefined;
}

export interface SpaceReader {
  /** The space at a path, or `timeout` when the call hangs or too many others do. Rejects with the errors of statfs. */
  read(path: string): Promise<FilesystemSpace | 'timeout'>;
}

interface Call {
  readonly answer: Promise<FilesystemSpace>;
  hung: boolean;
}

export function createSpaceReader(options: SpaceReaderOptions): SpaceReader {
  const { timeoutMs, maxHungCalls, statfs = nodeStatfs } = options;
  const calls = new Map<string, Call>();
  const hungCalls = () => [...calls.values()].filter((call) => call.hung).length;
  const open = (path: string): Call => {
    const call: Call = { answer: statfs(path).finally(() => calls.delete(path)), hung: false };
    calls.set(path, call);
    return call;
  };
  return {
    async read(path) {
      const running = calls.get(path);
      if (running?.hung) return 'timeout';
      if (running === undefined && hungCalls() >= maxHungCalls) return 'timeout';
      const call = running ?? open(path);
      const answer = await within(timeoutMs, call.answer);
      if (answer === 'timeout') {
        call.hung = true;
        call.answer.catch(() => {});
      }
      return answer;
    },
  };
}

async function within<T>(timeoutMs: number, answer: Promise<T>): Promise<T | 'timeout'> {
  let timer: NodeJS.Timeout | undefined;
  const timeout = new Promise<'timeout'>((resolve) => {
    timer = setTimeout(() => resolve('timeout'), timeoutMs);
  });
  try {
    return await Promise.race([answer, timeout]);
  } finally {
    clearTimeout(timer);
  }
}
