// Profiles of process groups: which pids they are, how busy, and the recorded stacks of each group.
import { NoDataError } from '../../sources/no-data.ts';
import type { PerfPids } from '../../sources/perf-pids.ts';
import { MAX_PIDS, type PerfRecorder } from '../../sources/perf-record.ts';
import type { ProcessDirectory } from '../process/directory.ts';
import { parseStat, TICKS_PER_SECOND } from '../process/parse.ts';
import type { CpuReading, ProcessCpu } from './busy-groups.ts';
import { createProfile, type Profile } from './profile.ts';
import { createPerfScriptParser } from './script.ts';

export interface ProfileRequest {
  /** The group of every pid to record; of more than MAX_PIDS only the first ones are recorded. */
  readonly groups: ReadonlyMap<number, string>;
  readonly seconds: number;
  readonly hertz: number;
}

export interface PerfProfiler {
  /** CPU time of every process of one group, or of all groups. @throws {NoDataError} without groups or pids of this host. */
  readCpu(group?: string): Promise<CpuReading>;
  /**
   * One profile per group that had samples. Processes that the recorded ones start meanwhile count only where there is
   * one group.
   * @throws {NoDataError} {PerfBusyError} and the signal's reason, as PerfRecorder says.
   */
  record(request: ProfileRequest, signal: AbortSignal): Promise<ReadonlyMap<string, Profile>>;
  /** CPU seconds of all children of this process that have ended. */
  childCpuSeconds(): number;
}

export interface PerfProfilerDeps {
  readonly directory: ProcessDirectory;
  readonly pids: PerfPids;
  readonly recorder: PerfRecorder;
}

export function createPerfProfiler({ directory, pids, recorder }: PerfProfilerDeps): PerfProfiler {
  const living = async (groups: ReadonlyMap<number, string>) => {
    const stats = await pids.readStats([...groups.keys()].slice(0, MAX_PIDS));
    return new Map([...groups].filter(([pid]) => stats.has(pid)));
  };
  const recordOnce = async (request: ProfileRequest, signal: AbortSignal) => {
    const groups = await living(request.groups);
    if (groups.size === 0)
      throw new NoDataError('process_gone', 'All processes to record have ended');
    const profiles = new Map<string, Profile>();
    const only = new Set(groups.values()).size === 1 ? [...groups.values()][0] : undefined;
    const parser = createPerfScriptParser((sample) => {
      const group = groups.get(sample.pid) ?? only;
      if (group === undefined) return;
      const profile = profiles.get(group) ?? createProfile();
      profiles.set(group, profile);
      profile.add(sample);
    });
    const { seconds, hertz } = request;
    await recorder.record({ pids: [...groups.keys()], seconds, hertz }, parser.line, signal);
    parser.end();
    return profiles;
  };
  return {
    async readCpu(group) {
      const groups = [...(await directory.groupsByPid())].filter(
        ([, name]) => group === undefined || name === group,
      );
      const stats = await pids.readStats(groups.map(([pid]) => pid));
      return new Map(groups.flatMap(([pid, name]) => toProcessCpu(pid, name, stats) ?? []));
    },
    async record(request, signal) {
      try {
        return await recordOnce(request, signal);
      } catch (error) {
        // One that ended between our look and perf's spoils the whole recording: once more without it.
        if (!(error instanceof NoDataError) || error.reason !== 'process_gone') throw error;
        return recordOnce(request, signal);
      }
    },
    childCpuSeconds: () => parseChildCpuSeconds(pids.readOwnStat()),
  };
}

function toProcessCpu(
  ...[pid, group, stats]: [number, string, ReadonlyMap<number, string>]
): [[number, ProcessCpu]] | undefined {
  const stat = parseStat(stats.get(pid) ?? '');
  // perf sees kernel threads, but they have no stacks of interest and no user would profile them as a group.
  if (stat === undefined || stat.kernel) return undefined;
  const cpuSeconds = stat.userSeconds + stat.systemSeconds;
  return [[pid, { group, cpuSeconds, startTicks: stat.startTicks }]];
}

/** Fields cutime and cstime of /proc/self/stat, counted behind the name, which may have spaces. */
function parseChildCpuSeconds(text: string): number {
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
  return (Number(fields[13]) + Number(fields[14])) / TICKS_PER_SECOND;
}
