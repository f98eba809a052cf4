// Access logs for tests that need no file: one with lines, one that is not there.
import type { CreateLogTail } from './access-log.ts';

/** A log that has the lines when it is read first. */
export function logWith(lines: readonly string[]): CreateLogTail {
  return (_options, listener) => {
    let isRead = false;
    return {
      async tick() {
        if (!isRead) for (const text of lines) listener.line(text);
        isRead = true;
        return { kind: 'reading', unreadBytes: 0 };
      },
      async close() {},
    };
  };
}

export const missingLog: CreateLogTail = () => ({
  tick: async () => ({ kind: 'unavailable', reason: 'not_found' }),
  async close() {},
});
