// Records the groups that keep the CPUs busy, now and then under a budget, and tells the functions that ran most.
import { counter, gauge, type MetricFamily } from '../../promformat/family.ts';
import { NoDataError } from '../../sources/no-data.ts';
import { MAX_PIDS, PerfBusyError } from '../../sources/perf-record.ts';
import { type BusyGroup, busyGroups, type CpuReading } from './busy-groups.ts';
import type { PerfConfig } from './config.ts';
import type { Hotspot, Profile } from './profile.ts';
import type { PerfProfiler } from './profiler.ts';

const CHECK_INTERVAL_MS = 30_000;
/** Fewer say nothing about shares. */
const MIN_SAMPLES = 10;

export interface PerfRecording {
  start(): void;
  stop(): Promise<void>;
  /** One look at who is busy, and a recording when one is due; `start` does so twice a minute. Never rejects. */
  check(): Promise<void>;
  families(): MetricFamily[];
  /** Why the last look or recording failed; undefined when it did not. */
  problem(): NoDataError | undefined;
}

export interface PerfRecordingDeps {
  readonly profiler: PerfProfiler;
  /** Monotonic seconds. */
  readonly clock?: () => number;
  /** Unix seconds. */
  readonly wallClock?: () => number;
}

interface Round {
  readonly at: number;
  readonly groups: readonly {
    readonly group: string;
    readonly samples: number;
    readonly hotspots: readonly Hotspot[];
  }[];
}

export function createPerfRecording(
  config: PerfConfig['record'],
  deps: PerfRecordingDeps,
): PerfRecording {
  const { profiler, clock = () => performance.now() / 1000, wallClock = unixSeconds } = deps;
  const abort = new AbortController();
  const done = { recordings: 0, cpuSeconds: 0 };
  let earlier: { readonly at: number; readonly reading: CpuReading } | undefined;
  let notBefore = Number.NEGATIVE_INFINITY;
  let round: Round | undefined;
  let problem: NoDataError | undefined;
  let running: Promise<void> | undefined;
  let timer: NodeJS.Timeout | undefined;

  const record = async (chosen: readonly BusyGroup[]): Promise<void> => {
    const before = profiler.childCpuSeconds();
    const { duration: seconds, frequency: hertz } = config;
    try {
      const request = { groups: pidsOf(chosen), seconds, hertz };
      const profiles = await profiler.record(request, abort.signal);
      done.recordings += 1;
      round = { at: wallClock(), groups: toRound(profiles, config.top_symbols) };
    } finally {
      const cost = Math.max(0, profiler.childCpuSeconds() - before);
      done.cpuSeconds += cost;
      notBefore = clock() + Math.max(config.interval, cost / config.budget_ratio);
    }
  };
  const look = async (): Promise<void> => {
    if (clock() < notBefore) return;
    const reading = await profiler.readCpu();
    const last = earlier;
    earlier = { at: clock(), reading };
    if (last === undefined || earlier.at <= last.at) return;
    const chosen = choose(busyGroups(last.reading, reading, earlier.at - last.at), config);
    problem = undefined;
    if (chosen.length > 0) await record(chosen);
    else round = undefined;
  };
  const check = async (): Promise<void> => {
    try {
      await look();
    } catch (error) {
      // Somebody looks at a flame graph; the next look will find perf free.
      if (error instanceof PerfBusyError || abort.signal.aborted) return;
      round = undefined;
      problem =
        error instanceof NoDataError
          ? error
          : new NoDataError('perf_failed', `Cannot record: ${(error as Error).message}`);
    }
  };
  const once = (): Promise<void> => {
    running ??= check().finally(() => {
      running = undefined;
    });
    return running;
  };
  return {
    start() {
      void once();
      const everyMs = Math.min(CHECK_INTERVAL_MS, config.interval * 1000);
      timer ??= setInterval(() => void once(), everyMs).unref();
    },
    async stop() {
      clearInterval(timer);
      abort.abort();
      await running;
    },
    check: once,
    families: () => toFamilies(round, done),
    problem: () => problem,
  };
}

/** The groups that the configuration names, however little they do; without names those above the threshold. */
function choose(busy: readonly BusyGroup[], config: PerfConfig['record']): readonly BusyGroup[] {
  const wanted =
    config.groups.length > 0
      ? busy.filter(({ group, cpus }) => config.groups.includes(group) && cpus > 0)
      : busy.filter(({ cpus }) => cpus >= config.min_cpus);
  return wanted.slice(0, config.max_groups);
}

function pidsOf(chosen: readonly BusyGroup[]): ReadonlyMap<number, string> {
  const perGroup = Math.floor(MAX_PIDS / chosen.length);
  return new Map(
    chosen.flatMap(({ group, pids }) =>
      pids.slice(0, perGroup).map((pid) => [pid, group] as const),
    ),
  );
}

function toRound(profiles: ReadonlyMap<string, Profile>, limit: number): Round['groups'] {
  return [...profiles].map(([group, profile]) => ({
    group,
    samples: profile.samples(),
    hotspots: profile.samples() < MIN_SAMPLES ? [] : profile.hotspots(limit),
  }));
}

function toFamilies(round: Round | undefined, done: { recordings: number; cpuSeconds: number }) {
  const groups = round?.groups ?? [];
  return [
    gauge(
      'guard_perf_hotspot_ratio',
      'Share of the samples of the group in which this function itself was running, in the last recording; the largest only.',
      groups.flatMap(({ group, hotspots }) =>
        hotspots.map(({ symbol, object, ratio }) => ({
          labels: { group, symbol, object },
          value: ratio,
        })),
      ),
    ),
    gauge(
      'guard_perf_recording_samples',
      'Samples of the group in the last recording: what the shares rest on.',
      groups.map(({ group, samples }) => ({ labels: { group }, value: samples })),
    ),
    gauge(
      'guard_perf_recording_timestamp_seconds',
      'When the recording that is told ended.',
      round?.at,
    ),
    counter('guard_perf_recordings_total', 'Recordings made.', done.recordings),
    counter(
      'guard_perf_recording_cpu_seconds_total',
      'CPU seconds that recordings took, with what other children ended meanwhile.',
      done.cpuSeconds,
    ),
  ];
}

function unixSeconds(): number {
  return Date.now() / 1000;
}
