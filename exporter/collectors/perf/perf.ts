// perf: events of the whole host, counted by one long-lived `perf stat`; hot functions of busy groups, recorded when allowed.
import { gauge, type MetricFamily } from '../../promformat/family.ts';
import { createPerfPids } from '../../sources/perf-pids.ts';
import { createPerfRecorder, type PerfRecorder } from '../../sources/perf-record.ts';
import type { CreatePerfStat } from '../../sources/perf-stat.ts';
import { type Collector, NoDataError } from '../collector.ts';
import type { ProcessDirectory } from '../process/directory.ts';
import type { PerfConfig } from './config.ts';
import { createPerfCounting, type PerfCounting } from './counting.ts';
import { createPerfProfiler, type PerfProfiler } from './profiler.ts';
import { createPerfRecording, type PerfRecording } from './recording.ts';

/** What the collector needs of the host; the optional parts stand for the real ones in tests. */
export interface PerfHost {
  readonly files: { readonly paths: { readonly procfs: string } };
  readonly processes: ProcessDirectory;
  /** Shared with whoever else records: there is one recording at a time. */
  readonly perfRecorder?: PerfRecorder;
  readonly createPerfStat?: CreatePerfStat;
}

interface Parts {
  readonly counting: PerfCounting | undefined;
  readonly recording: PerfRecording | undefined;
}

/** Undefined when both parts are disabled. */
export function createPerfCollector(config: PerfConfig, host: PerfHost): Collector | undefined {
  if (!config.stat.enabled && !config.record.enabled) return undefined;
  const counting = config.stat.enabled
    ? createPerfCounting(config.stat, host.createPerfStat)
    : undefined;
  const recording = config.record.enabled
    ? createPerfRecording(config.record, { profiler: profilerOf(host) })
    : undefined;
  const parts: Parts = { counting, recording };
  return {
    name: 'perf',
    start() {
      counting?.start();
      recording?.start();
    },
    async collect(signal) {
      signal.throwIfAborted();
      return toFamilies(parts);
    },
    async stop() {
      await Promise.all([counting?.stop(), recording?.stop()]);
    },
  };
}

/** For the collector, and for who else records what people ask for. */
export function profilerOf({ files, processes, perfRecorder }: PerfHost): PerfProfiler {
  return createPerfProfiler({
    directory: processes,
    pids: createPerfPids(files.paths.procfs),
    recorder: perfRecorder ?? createPerfRecorder(),
  });
}

/** What only one of the two parts cannot tell is a series; where there is nothing at all the collector is unavailable. */
function toFamilies({ counting, recording }: Parts): MetricFamily[] {
  const counted = counting?.families() ?? [];
  const nothingCounted = counted.every(({ samples }) => samples.length === 0);
  const problem = counting?.problem();
  const recordingWorks = recording !== undefined && recording.problem() === undefined;
  if (nothingCounted && !recordingWorks) throw problem ?? recording?.problem() ?? notStarted();
  return [
    ...counted,
    ...(recordingWorks ? recording.families() : []),
    gauge(
      'guard_perf_unavailable',
      'What perf cannot tell on this host, with the reason; the value is always 1.',
      [
        ...reasonOf('stat', problem),
        ...reasonOf('record', recording?.problem()),
        ...(counting?.unsupported() ?? []).flatMap((event) =>
          reasonOf(event, { reason: 'not_supported' }),
        ),
      ],
    ),
  ];
}

function notStarted(): NoDataError {
  return new NoDataError('starting', 'perf has not reported yet');
}

function reasonOf(what: string, problem: { readonly reason: string } | undefined) {
  return problem === undefined ? [] : [{ labels: { what, reason: problem.reason }, value: 1 }];
}
