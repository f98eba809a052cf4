// Access logs of web servers, followed in the background: requests, their time and size, and who is active.
import { setTimeout as sleep } from 'node:timers/promises';
import {
  counter,
  gauge,
  type Labels,
  type MetricFamily,
  type Sample,
} from '../../promformat/family.ts';
import {
  createLogTail,
  type LogTail,
  type LogTailListener,
  type LogTailOptions,
  type TailState,
} from '../../sources/log-tail.ts';
import { type Collector, NoDataError } from '../collector.ts';
import type { AccessLogConfig } from './config.ts';
import { createParser } from './parser.ts';
import { createSessionWindow } from './sessions.ts';
import { type AccessLogTally, createAccessLogTally } from './tally.ts';

const TICK_MS = 1_000;
/** A log on a network file system that hangs must not keep the exporter from ending. */
const STOP_WAIT_MS = 1_000;

export type CreateLogTail = (options: LogTailOptions, listener: LogTailListener) => LogTail;

interface FollowedLog {
  readonly name: string;
  readonly tally: AccessLogTally;
  state(): TailState;
  /** False until the file was read for the first time. */
  hasData(): boolean;
  start(): void;
  stop(): Promise<void>;
}

/** @param createTail stands for files in tests. */
export function createAccessLogCollector(
  config: AccessLogConfig,
  createTail: CreateLogTail = createLogTail,
): Collector {
  const logs = config.map((entry) => followLog(entry, createTail));
  return {
    name: 'access-log',
    start() {
      for (const log of logs) log.start();
    },
    async collect(signal) {
      signal.throwIfAborted();
      if (!logs.some((log) => log.hasData())) throw nothingRead(logs);
      return toFamilies(logs);
    },
    async stop() {
      await Promise.all(logs.map((log) => log.stop()));
    },
  };
}

function nothingRead(logs: readonly FollowedLog[]): NoDataError {
  const reasons = logs.map((log) => reasonOf(log) ?? 'starting');
  const told = logs.map(({ name }, index) => `${name}: ${reasons[index]}`).join(', ');
  return new NoDataError(reasons[0] ?? 'starting', `No access log could be read yet (${told})`);
}

function followLog(entry: AccessLogConfig[number], createTail: CreateLogTail): FollowedLog {
  const { name, path, sessions } = entry;
  const tally = createAccessLogTally(
    sessions === undefined ? undefined : createSessionWindow(sessions.window, sessions.max),
  );
  const parse = createParser(entry);
  const tail = createTail(
    { path },
    {
      line(text) {
        const parsed = parse(text);
        if (parsed !== undefined) tally.add(parsed, nowSeconds());
        else if (text !== '') tally.skip('malformed');
      },
      tooLong: () => tally.skip('too_long'),
      incomplete: () => tally.skip('incomplete'),
      lost: (bytes) => tally.lose(bytes),
    },
  );
  let state: TailState = { kind: 'unavailable', reason: 'starting' };
  let hasData = false;
  let running = false;
  let timer: NodeJS.Timeout | undefined;
  let ticking: Promise<void> = Promise.resolve();
  const tick = async (): Promise<void> => {
    state = await tail.tick();
    hasData ||= state.kind === 'reading';
    if (running) timer = setTimeout(beginTick, TICK_MS).unref();
  };
  const beginTick = (): void => {
    ticking = tick();
  };
  return {
    name,
    tally,
    state: () => state,
    hasData: () => hasData,
    start() {
      if (running) return;
      running = true;
      beginTick();
    },
    async stop() {
      running = false;
      clearTimeout(timer);
      const isOver = await Promise.race([
        ticking.then(() => true),
        sleep(STOP_WAIT_MS, false, { ref: false }),
      ]);
      if (isOver) await tail.close();
    },
  };
}

function nowSeconds(): number {
  return performance.now() / 1000;
}

function reasonOf(log: FollowedLog): string | undefined {
  const state = log.state();
  return state.kind === 'unavailable' ? state.reason : undefined;
}

function toFamilies(logs: readonly FollowedLog[]): MetricFamily[] {
  const read = logs.filter((log) => log.hasData());
  const each = (value: (log: FollowedLog) => number | undefined): Sample[] =>
    read.flatMap((log) => {
      const known = value(log);
      const labels: Labels = { log: log.name };
      return known === undefined ? [] : [{ labels, value: known }];
    });
  return [
    counter(
      'guard_access_log_requests_total',
      'Requests by class of their status and by method.',
      read.flatMap(({ name, tally }) => tally.requests(name)),
    ),
    counter(
      'guard_access_log_response_bytes_total',
      'Bytes of the answers, as far as the log tells them.',
      each(({ tally }) => tally.responseBytes()),
    ),
    {
      name: 'guard_access_log_request_seconds',
      help: 'How long requests took, of those whose time the log tells.',
      type: 'histogram',
      samples: read.flatMap(({ name, tally }) => tally.seconds.samples({ log: name })),
    },
    gauge(
      'guard_access_log_active_sessions',
      'Distinct addresses or cookies within sessions.window; a lower bound while sessions_untracked_total grows.',
      each(({ tally }) => tally.sessions?.active(nowSeconds())),
    ),
    counter(
      'guard_access_log_sessions_untracked_total',
      'Requests of sessions that were not taken in because there were sessions.max already.',
      each(({ tally }) => tally.sessions?.untracked()),
    ),
    ...readingFamilies(logs, each),
  ];
}

function readingFamilies(
  logs: readonly FollowedLog[],
  each: (value: (log: FollowedLog) => number | undefined) => Sample[],
): MetricFamily[] {
  return [
    counter(
      'guard_access_log_lines_skipped_total',
      'Lines that were not counted as requests, by reason.',
      logs.filter((log) => log.hasData()).flatMap(({ name, tally }) => tally.skipped(name)),
    ),
    gauge(
      'guard_access_log_unread_bytes',
      'What was in the log and not read yet when it was read last; it grows when the log is written faster than 4 MiB/s.',
      each((log) => {
        const state = log.state();
        return state.kind === 'reading' ? state.unreadBytes : undefined;
      }),
    ),
    counter(
      'guard_access_log_lost_bytes_total',
      'Bytes of rotated files that could not be read in time.',
      each(({ tally }) => tally.lostBytes()),
    ),
    gauge(
      'guard_access_log_unavailable',
      'Logs that cannot be read now, with the reason; the value is always 1.',
      logs.flatMap((log) => {
        const reason = reasonOf(log);
        return reason === undefined ? [] : [{ labels: { log: log.name, reason }, value: 1 }];
      }),
    ),
  ];
}
