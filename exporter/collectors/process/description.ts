// What one full reading of a process tells: its counters, memory, files and age.
import type { ProcessFiles } from '../../sources/process-files.ts';
import { type ProcessReading, unreadableBits } from './counters.ts';
import type { Identity } from './identity.ts';
import { labelName } from './interpreters.ts';
import { parseOpenFilesLimit, TICKS_PER_SECOND } from './parse.ts';
import type { RawProcess } from './raw.ts';
import type { ProcessRecord, ReadingContext } from './record.ts';
import { isDead } from './tasks.ts';

/** Limits change by prlimit only: they are read again after this long. */
const LIMIT_MAX_AGE_SECONDS = 60;

/** Everything but the counters is of this moment. What could not be read is NaN and noted in the record. */
export function describe(
  context: ReadingContext,
  of: { record: ProcessRecord; identity: Identity; raw: RawProcess },
): ProcessReading {
  const { record, identity } = of;
  const { stat, status, now } = of.raw;
  const openFds = typeof of.raw.openFds === 'number' ? of.raw.openFds : Number.NaN;
  if (Number.isNaN(openFds)) record.unreadable.push('fd');
  const limit = stat.kernel ? Number.POSITIVE_INFINITY : readLimit(context.files, record, now);
  const cpuSeconds = stat.userSeconds + stat.systemSeconds - record.cpuSeconds;
  return {
    pid: record.pid,
    startTicks: stat.startTicks,
    startSeconds: context.bootTime + stat.startTicks / TICKS_PER_SECOND,
    comm: labelName(stat.comm),
    exe: identity.exe,
    group: identity.group,
    counters: record.counters,
    unreadableCounters: unreadableBits(record.counters),
    residentBytes: status.residentBytes,
    anonymousBytes: status.anonymousBytes,
    virtualBytes: status.virtualBytes,
    swapBytes: status.swapBytes,
    openFds,
    fdLimitUsedRatio: shareOf(openFds, limit),
    threads: isDead(stat) ? 0 : stat.threads,
    cpuRatio: Math.max(0, cpuSeconds / (now - record.seenAt)),
    busiestThreadRatio: record.threads.busiestRatio,
  };
}

/** A sandbox may allow none: whoever has one open then is over the limit. */
function shareOf(openFds: number, limit: number): number {
  if (limit === 0) return openFds > 0 ? 1 : 0;
  return openFds / limit;
}

/** The soft limit of open files, NaN when unreadable. */
function readLimit(files: ProcessFiles, record: ProcessRecord, now: number) {
  if (now - record.limitReadAt >= LIMIT_MAX_AGE_SECONDS) {
    const text = files.read(`${record.pid}/limits`);
    record.openFilesLimit = typeof text === 'string' ? parseOpenFilesLimit(text) : Number.NaN;
    record.limitReadAt = now;
  }
  if (Number.isNaN(record.openFilesLimit)) record.unreadable.push('limits');
  return record.openFilesLimit;
}
