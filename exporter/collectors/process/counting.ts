// What one full reading of a process adds to its counters.
import { COUNTER, THREAD_STATES } from './counters.ts';
import { type ProcessStat, parseIo } from './parse.ts';
import type { RawProcess } from './raw.ts';
import type { ProcessRecord, ReadingContext } from './record.ts';
import { MAX_WATCHED_TASKS } from './rest.ts';
import { isBornSince, type ReadingTime, readThreads } from './tasks.ts';

/** States that only the wait channel tells from sleep and disk. */
const CHANNEL_STATES = ['lock', 'paging'] as const;
const THREAD_COUNTERS = [...THREAD_STATES, 'voluntarySwitches', 'involuntarySwitches'] as const;

export function countProcess(
  context: ReadingContext,
  record: ProcessRecord,
  raw: RawProcess,
): void {
  const { counters, reaped, unreadable } = record;
  const { stat, io } = raw;
  record.parentPid = stat.parentPid;
  context.reaped.note(record, { user: stat.reapedUserSeconds, system: stat.reapedSystemSeconds });
  counters[COUNTER.userSeconds] = stat.userSeconds + reaped.credited.user;
  counters[COUNTER.systemSeconds] = stat.systemSeconds + reaped.credited.system;
  counters[COUNTER.majorFaults] = stat.majorFaults;
  counters[COUNTER.minorFaults] = stat.minorFaults;
  const bytes = typeof io === 'string' ? parseIo(io) : undefined;
  if (bytes === undefined) unreadable.push('io');
  counters[COUNTER.readBytes] = bytes?.readBytes ?? Number.NaN;
  counters[COUNTER.writtenBytes] = bytes?.writtenBytes ?? Number.NaN;
}

/** What cannot be told is NaN: without wait channels a lock looks like sleep, without schedstat there is no budget at all. */
export function countThreads(
  context: ReadingContext,
  record: ProcessRecord,
  raw: RawProcess,
): boolean {
  const { files, strict, tellsChannels, bootAt, previous } = context;
  const { pid, counters, threads, inspectable, unreadable, seenAt } = record;
  for (const name of THREAD_COUNTERS) {
    if (Number.isNaN(counters[COUNTER[name]])) counters[COUNTER[name]] = 0;
  }
  const { stat, status, schedstat } = raw;
  const time: ReadingTime = { now: raw.now, bootAt, previous: lastLook(previous, seenAt), seenAt };
  const keepsTasks = strict || stat.threads <= MAX_WATCHED_TASKS;
  const process = { pid, stat, status, schedstat, keepsTasks, inspectable, tellsChannels, time };
  const complete = readThreads({ files, process, threads, counters });
  if (!complete) unreadable.push('schedstat');
  if (!inspectable) unreadable.push('wchan');
  for (const name of complete ? [] : THREAD_COUNTERS) counters[COUNTER[name]] = Number.NaN;
  for (const name of inspectable ? [] : CHANNEL_STATES) counters[COUNTER[name]] = Number.NaN;
  return complete;
}

/** Of a process that was left alone it is before the reading before: nobody has seen the threads that were born since. */
function lastLook(previous: number | undefined, seenAt: number): number | undefined {
  if (previous === undefined || Number.isNaN(seenAt)) return previous;
  return Math.min(previous, seenAt);
}

/**
 * CPU time since the last full reading, of the process and of children that it has waited for since. A child that ends takes
 * its time out of the sum over all processes and its parent brings it back, whoever has seen the child.
 */
export function spend(context: ReadingContext, record: ProcessRecord, stat: ProcessStat): void {
  const { userSeconds, systemSeconds, reapedUserSeconds, reapedSystemSeconds } = stat;
  const before = record.spentSeconds;
  record.cpuSeconds = userSeconds + systemSeconds;
  record.spentSeconds = record.cpuSeconds + reapedUserSeconds + reapedSystemSeconds;
  // What it used before anybody looked is not of now, unless it was born since.
  const first = isBornSince(context, stat.startTicks) ? record.spentSeconds : 0;
  record.usedSeconds = Number.isNaN(before) ? first : record.spentSeconds - before;
}
