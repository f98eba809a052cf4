// What happens to the analyzer itself, its host, and those whom it tells.
import { execFileSync } from 'node:child_process';
import { appendFileSync, cpSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { ChaosCase } from './case.ts';
import { type Answer, redirects, resets, status } from './front.ts';

const HOUR = 3600;

export const OWN_CASES: readonly ChaosCase[] = [
  alertmanager('alertmanager-down', 'resets every connection', [resets, 20]),
  alertmanager('alertmanager-500', 'answers 500', [status(500), 5]),
  alertmanager('alertmanager-redirects', 'leads a POST elsewhere', [redirects, 5]),
  clock('clock-forward', 'the clock goes one hour forward, and back', HOUR),
  clock('clock-back', 'the clock goes one hour back, and forward again', -HOUR),
  {
    name: 'stopped',
    about: 'SIGSTOP of the analyzer',
    seconds: 10,
    isAway: true,
    async inflict({ analyzer }) {
      analyzer.signal('SIGSTOP');
      return () => analyzer.signal('SIGCONT');
    },
  },
  {
    name: 'killed',
    about: 'SIGKILL of the analyzer, and a new start',
    seconds: 0,
    isAway: true,
    async inflict({ analyzer }) {
      await analyzer.restart('SIGKILL');
      return () => {};
    },
  },
  {
    name: 'restarted',
    about: 'SIGTERM of the analyzer, and a new start',
    seconds: 0,
    isAway: true,
    async inflict({ analyzer }) {
      await analyzer.restart('SIGTERM');
      return () => {};
    },
  },
  {
    name: 'files-exhausted',
    about: 'no file and no further socket can be opened (RLIMIT_NOFILE)',
    seconds: 5,
    maxCycles: 4,
    async inflict({ analyzer }) {
      limitFiles(analyzer.pid(), 1);
      return () => limitFiles(analyzer.pid(), 4096);
    },
  },
  {
    name: 'crowd',
    about: 'a host whose process groups have run away: 20,000 of them',
    seconds: 20,
    maxCycles: 20,
    maxGrowthBytes: 768 * 1024 * 1024,
    reason: /^guard_analyzer_groups \d{5}/,
    async inflict({ host }) {
      host.crowd(20_000);
      return () => host.crowd(0);
    },
  },
];

function alertmanager(
  name: string,
  about: string,
  [answer, seconds]: readonly [Answer, number],
): ChaosCase {
  return {
    ...{ name, about: `Alertmanager ${about}`, seconds },
    reason: /alertmanager.*not_delivered|alerts not delivered/,
    async inflict({ book }) {
      book.break(answer);
      return () => book.break(undefined);
    },
  };
}

function clock(name: string, about: string, offsetSeconds: number): ChaosCase {
  return {
    ...{ name, about, seconds: 10 },
    reason: /clock/,
    async inflict({ analyzer }) {
      analyzer.setClock(offsetSeconds);
      return () => analyzer.setClock(0);
    },
  };
}

function limitFiles(pid: number, files: number): void {
  execFileSync('prlimit', [`--pid=${pid}`, `--nofile=${files}:4096`], { timeout: 5_000 });
}

/** A disk without a byte left, as a folder of its own: needs root. */
export const DISK_CASE: ChaosCase = {
  name: 'disk-full',
  about: 'the file system of --storage.path is full',
  seconds: 5,
  reason: /ENOSPC/,
  missing: () => (process.getuid?.() === 0 ? undefined : 'needs root for a small tmpfs'),
  async inflict({ analyzer, storage }) {
    const kept = `${storage}-kept`;
    cpSync(storage, kept, { recursive: true });
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=32m', 'guard-chaos', storage]);
    cpSync(kept, storage, { recursive: true });
    fill(join(storage, 'ballast'));
    await analyzer.restart('SIGTERM');
    return () => {
      rmSync(kept, { recursive: true, force: true });
      execFileSync('umount', ['--lazy', storage]);
    };
  },
};

/** Until not a byte is left. */
function fill(file: string): void {
  for (const bytes of [1024 * 1024, 4096]) {
    try {
      for (;;) appendFileSync(file, Buffer.alloc(bytes));
    } catch {
      // ENOSPC, as it should be.
    }
  }
}
