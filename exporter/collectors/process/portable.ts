// Process groups where there is no procfs: CPU, resident memory, number and age of processes, at a far higher cost.
import type { MetricFamily } from '../../promformat/family.ts';
import { type Collector, NoDataError } from '../collector.ts';
import { COUNTER, COUNTER_COUNT, type ProcessReading, unreadableBits } from './counters.ts';
import { processFamilies } from './families.ts';
import { createGrouping, type Grouping, type GroupRule, IGNORED_GROUP } from './grouping.ts';
import { sumGroups } from './groups.ts';
import { baseName } from './interpreters.ts';
import { createLedger } from './ledger.ts';
import { TICKS_PER_SECOND } from './parse.ts';
import {
  createPortableSource,
  type PortableProcess,
  type PortableSource,
  type PortableUsage,
} from './portable-source.ts';
import { createSelection } from './selection.ts';

/** systeminformation answers with its last result, or none, when it is asked more often than twice a second. */
const MIN_READING_GAP_SECONDS = 1;
/** A start time is the difference of two clocks: nearer than this it is the same process. */
const START_TOLERANCE_SECONDS = 2;

export interface PortableProcessCollectorOptions {
  readonly groups: readonly GroupRule[];
  readonly maxGroups: number;
  readonly topProcesses: number;
  /** Monotonic seconds. */
  readonly clock?: () => number;
  readonly source?: PortableSource;
}

/**
 * The same groups and the same ledger as with procfs, fewer families: no thread time, I/O, faults, switches or files.
 * The libraries give the sum of user and system time only, so CPU time has `mode="unknown"`: a guess at the split would
 * look like a measurement, and rules that add up the modes work unchanged.
 */
export function createPortableProcessCollector(
  options: PortableProcessCollectorOptions,
): Collector & { stop(): Promise<void> } {
  const { source = createPortableSource(), clock = () => performance.now() / 1000 } = options;
  const scrape = createScrape({ ...options, source, clock });
  let latest: { at: number; families: Promise<MetricFamily[]> } | undefined;
  return {
    name: 'process',
    async collect(signal) {
      signal.throwIfAborted();
      const at = clock();
      if (latest === undefined || at - latest.at >= MIN_READING_GAP_SECONDS) {
        latest = { at, families: scrape() };
      }
      const families = await latest.families;
      signal.throwIfAborted();
      return [...families];
    },
    async stop() {
      source.close();
    },
  };
}

interface Known {
  readonly startSeconds: number;
  readonly cpuSeconds: number;
  readonly at: number;
}

/** Parallel scrapes share one reading, so a reading never runs beside another. */
function createScrape(options: Required<PortableProcessCollectorOptions>) {
  const { source, clock, maxGroups, topProcesses } = options;
  const groupOf = createGrouping(options.groups);
  const ledger = createLedger();
  const selection = createSelection(maxGroups);
  let known: ReadonlyMap<number, Known> = new Map();
  let running: Promise<unknown> = Promise.resolve();
  const read = async () => {
    const listed = await readSource(source);
    const at = clock();
    const isKernel = createKernelTest(listed.map(([process]) => process));
    const found = listed.map(([process, usage]) => {
      const kernel = isKernel(process);
      return toReading({ process, usage, kernel, groupOf, at, before: known.get(process.pid) });
    });
    const readings = found.filter(({ group }) => group !== IGNORED_GROUP);
    known = new Map(
      readings.map(({ pid, startSeconds, counters }) => [
        pid,
        { startSeconds, cpuSeconds: counters[COUNTER.undividedSeconds]!, at },
      ]),
    );
    const all = sumGroups(readings, ledger.advance(readings));
    const chosen = selection.choose(all);
    const groups = all.filter(({ name }) => chosen.has(name));
    const droppedGroups = all.length - groups.length;
    return processFamilies({
      groups,
      processes: readings,
      topProcesses,
      droppedGroups,
      unreadable: {},
    });
  };
  return () => {
    const families = running.then(read, read);
    running = families;
    return families;
  };
}

async function readSource(
  source: PortableSource,
): Promise<readonly (readonly [PortableProcess, PortableUsage])[]> {
  const listed = await source.list();
  if (listed.length === 0) {
    throw new NoDataError('no_processes', 'systeminformation lists no process; is ps installed?');
  }
  const usages = await source.measure(listed.map(({ pid }) => pid));
  return listed.flatMap((process) => {
    const usage = usages.get(process.pid);
    return usage === undefined ? [] : [[process, usage] as const];
  });
}

interface ReadingInput {
  readonly process: PortableProcess;
  readonly usage: PortableUsage;
  readonly kernel: boolean;
  readonly groupOf: Grouping;
  readonly at: number;
  readonly before: Known | undefined;
}

function toReading({ process, usage, kernel, groupOf, at, before }: ReadingInput): ProcessReading {
  const same =
    before !== undefined &&
    Math.abs(before.startSeconds - usage.startSeconds) < START_TOLERANCE_SECONDS;
  const startSeconds = same ? before.startSeconds : usage.startSeconds;
  const counters = new Float64Array(COUNTER_COUNT).fill(Number.NaN);
  counters[COUNTER.undividedSeconds] = usage.cpuSeconds;
  const program = process.argv[0] ?? '';
  const comm = kernel ? program : baseName(program).replace(/:$/, '');
  const unknown = Number.NaN;
  return {
    pid: process.pid,
    startTicks: Math.round(startSeconds * TICKS_PER_SECOND),
    startSeconds,
    comm,
    exe: undefined,
    group: groupOf({
      comm,
      exe: undefined,
      argv: process.argv,
      kernel,
      username: process.user,
    }),
    counters,
    unreadableCounters: unreadableBits(counters),
    residentBytes: usage.residentBytes,
    anonymousBytes: unknown,
    virtualBytes: unknown,
    swapBytes: unknown,
    openFds: unknown,
    fdLimitUsedRatio: unknown,
    threads: unknown,
    cpuRatio: same ? Math.max(0, usage.cpuSeconds - before.cpuSeconds) / (at - before.at) : unknown,
    busiestThreadRatio: unknown,
  };
}

/** No flag tells here, but the parent does, unless pid 2 is an ordinary process as in a container. */
function createKernelTest(
  listed: readonly PortableProcess[],
): (process: PortableProcess) => boolean {
  const kernel = listed.some(({ pid, argv }) => pid === 2 && argv[0] === 'kthreadd');
  return ({ pid, parentPid }) => kernel && (pid === 2 || parentPid === 2);
}
