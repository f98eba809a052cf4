// Process groups from procfs: CPU, thread-time budget, memory, storage I/O, files. The heart of the exporter.
import { setImmediate } from 'node:timers/promises';
import type { MetricFamily } from '../../promformat/family.ts';
import { createProcessFiles } from '../../sources/process-files.ts';
import { type Collector, NoDataError } from '../collector.ts';
import type { ProcessReading } from './counters.ts';
import type { ProcessDirectory, SharedProcessDirectory } from './directory.ts';
import { createFamilyLabels, processFamilies } from './families.ts';
import { type GroupRule, IGNORED_GROUP } from './grouping.ts';
import { sumGroups } from './groups.ts';
import { type ContainerNames, createIdentifier } from './identity.ts';
import { createLedger, type Ledger } from './ledger.ts';
import { createProportional, type Proportional } from './proportional.ts';
import { createSampler, type Sampler } from './sampler.ts';
import { createSelection, type Selection } from './selection.ts';
import { createProcessTable, type ProcessTable, type TableReading } from './table.ts';
import { threadStateFamilies } from './thread-states.ts';

/** Scrapes closer together than this see the same reading: rates over less would be noise. */
const MIN_READING_GAP_SECONDS = 0.2;
/** A reading gives way to whatever else waits, such as a health check, after so long. */
const STEP_MS = 4;
const SAMPLE_INTERVAL_MS = 250;
const OWN_PROCFS = '/proc';
/** Of one CPU. */
const SAMPLE_BUDGET_RATIO = 0.005;
const PROPORTIONAL_BUDGET_RATIO = 0.001;

export interface ProcessCollectorOptions {
  /** Where procfs is mounted, such as `/proc`. */
  readonly procfs: string;
  readonly groups: readonly GroupRule[];
  readonly maxGroups: number;
  readonly topProcesses: number;
  /** Where others look up the group of a pid while this collector is started. */
  readonly directory?: SharedProcessDirectory;
  /** The user table of that host, `/etc/passwd` by default. */
  readonly passwdFile?: string;
  /** For rules that name containers. */
  readonly containerNames?: ContainerNames;
  /** Nothing is stale, at three times the cost. */
  readonly strict?: boolean;
  /** Tell of states and wait channels of threads by the names of process-exporter. */
  readonly tellsThreadStates?: boolean;
  /** Monotonic seconds. */
  readonly clock?: () => number;
  /** Unix seconds. */
  readonly wallClock?: () => number;
  /** CPU seconds used by this thread; the sampler's budget is measured by it. */
  readonly cpuClock?: () => number;
  readonly sampleIntervalMs?: number;
  readonly sampleBudgetRatio?: number;
}

export interface ProcessCollector extends Collector, ProcessDirectory {
  start(): void;
  stop(): Promise<void>;
  /** Looks at the busy threads once more; `start` does so several times a second. @returns the number of looks. */
  sample(): number;
}

/** Nothing is read before the first scrape. Counters of threads and of CPU shares need two scrapes to say anything. */
export function createProcessCollector(options: ProcessCollectorOptions): ProcessCollector {
  const { procfs, groups, passwdFile, strict = false, clock = monotonicSeconds } = options;
  const { tellsThreadStates = false } = options;
  const files = createProcessFiles({ procfs, passwdFile });
  const { cpuClock = threadCpuSeconds, sampleBudgetRatio = SAMPLE_BUDGET_RATIO } = options;
  const sampler = createSampler({ files, clock, cpuClock, budgetRatio: sampleBudgetRatio });
  const identify = createIdentifier(files, groups, options.containerNames);
  const wallClock = options.wallClock ?? unixSeconds;
  const sinceBoot = procfs === OWN_PROCFS ? secondsSinceBoot : undefined;
  const table = createProcessTable({
    ...{ files, identify, clock, wallClock, sinceBoot, strict },
    tellsChannels: tellsThreadStates,
  });
  const proportional = createProportional({
    ...{ files, clock, cpuClock },
    budgetRatio: PROPORTIONAL_BUDGET_RATIO,
  });
  const scrape = createScrape({ ...options, table, sampler, proportional, procfs });
  let latest: (ScrapeReading & { readonly at: number }) | undefined;
  let reading: Promise<ScrapeReading> | undefined;
  let timer: NodeJS.Timeout | undefined;
  const read = async (): Promise<ScrapeReading> => {
    const at = clock();
    if (latest !== undefined && at - latest.at < MIN_READING_GAP_SECONDS) return latest;
    latest = { at, ...(await scrape()) };
    return latest;
  };
  /** Whoever asks during a reading gets that one. */
  const readOnce = (): Promise<ScrapeReading> => {
    reading ??= read().finally(() => {
      reading = undefined;
    });
    return reading;
  };
  const collector: ProcessCollector = {
    name: 'process',
    async collect(signal) {
      signal.throwIfAborted();
      return [...(await readOnce()).families];
    },
    async groupsByPid() {
      return (latest ?? (await readOnce())).groupsByPid;
    },
    sample: () => sampler.sample(),
    start() {
      options.directory?.provide(collector);
      timer ??= setInterval(sampler.sample, options.sampleIntervalMs ?? SAMPLE_INTERVAL_MS).unref();
    },
    async stop() {
      options.directory?.withdraw(collector);
      clearInterval(timer);
      timer = undefined;
      await reading?.catch(() => {});
      latest = undefined;
      table.close();
    },
  };
  return collector;
}

interface ScrapeReading {
  readonly families: MetricFamily[];
  /** The same map as at the reading before when no process came, went or changed its group. */
  readonly groupsByPid: ReadonlyMap<number, string>;
}

interface ScrapeParts {
  readonly procfs: string;
  readonly table: ProcessTable;
  readonly sampler: Sampler;
  readonly proportional: Proportional;
  readonly maxGroups: number;
  readonly topProcesses: number;
  readonly tellsThreadStates?: boolean;
}

/** One reading; never two at a time. */
function createScrape(parts: ScrapeParts): () => Promise<ScrapeReading> {
  const { procfs, table, sampler, proportional, maxGroups, topProcesses } = parts;
  const { tellsThreadStates = false } = parts;
  const ledger: Ledger = createLedger();
  const selection: Selection = createSelection(maxGroups);
  const labels = createFamilyLabels();
  let groupsByPid: ReadonlyMap<number, string> = new Map();
  return async () => {
    const { processes: read, active, unreadable: files } = await readTable(table, procfs);
    await setImmediate();
    const processes = read.filter(({ group }) => group !== IGNORED_GROUP);
    sampler.watch(active);
    proportional.sample(processes);
    const unreadable = { ...files, smaps_rollup: proportional.unreadable() };
    const all = sumGroups(processes, ledger.advance(processes), proportional.bytesOf);
    const chosen = selection.choose(all);
    const groups = all.filter(({ name }) => chosen.has(name));
    const droppedGroups = all.length - groups.length;
    const input = { groups, processes, topProcesses, labels, droppedGroups, unreadable };
    groupsByPid = groupsOf(processes, groupsByPid);
    const families = processFamilies(input);
    if (tellsThreadStates) families.push(...threadStateFamilies(table, groups));
    return { families, groupsByPid };
  };
}

function groupsOf(
  processes: readonly ProcessReading[],
  before: ReadonlyMap<number, string>,
): ReadonlyMap<number, string> {
  const same = ({ pid, group }: ProcessReading) => before.get(pid) === group;
  if (processes.length === before.size && processes.every(same)) return before;
  const groups = new Map<number, string>();
  for (let index = 0; index < processes.length; index += 1) {
    const { pid, group } = processes[index]!;
    groups.set(pid, group);
  }
  return groups;
}

async function readTable(table: ProcessTable, procfs: string): Promise<TableReading> {
  let reading: TableReading;
  try {
    reading = await readInTurns(table);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code !== 'ENOENT' && code !== 'ENOTDIR' && code !== 'EACCES') throw error;
    throw new NoDataError(
      code === 'EACCES' ? 'permission_denied' : 'not_supported',
      `Cannot list the processes in ${procfs}: ${code}; set --path.procfs, or use --process.backend=portable`,
    );
  }
  if (reading.processes.length > 0) return reading;
  throw new NoDataError(
    'no_processes',
    `No process can be read in ${procfs}; is it a procfs, mounted without hidepid?`,
  );
}

/** A worker thread would keep the loop as free, for 10 to 18 MB of memory and a copy of every reading. */
async function readInTurns(table: ProcessTable): Promise<TableReading> {
  const steps = table.steps();
  let turnEnds = performance.now() + STEP_MS;
  for (;;) {
    const { done, value } = steps.next();
    if (done === true) return value;
    if (performance.now() < turnEnds) continue;
    await setImmediate();
    turnEnds = performance.now() + STEP_MS;
  }
}

/** The kernel's monotonic clock, which no container has a view of its own of. */
function secondsSinceBoot(): number {
  return Number(process.hrtime.bigint()) / 1e9;
}

function monotonicSeconds(): number {
  return performance.now() / 1000;
}

function unixSeconds(): number {
  return Date.now() / 1000;
}

function threadCpuSeconds(): number {
  const { user, system } = process.threadCpuUsage();
  return (user + system) / 1e6;
}
