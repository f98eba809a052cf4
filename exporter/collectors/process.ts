// Process groups from procfs: CPU, thread-time budget, memory, storage I/O, files. The heart of the exporter.
import type { MetricFamily } from '../promformat/family.ts';
import { createProcessFiles } from '../sources/process-files.ts';
import { type Collector, NoDataError } from './collector.ts';
import { processFamilies } from './process-families.ts';
import type { GroupRule } from './process-grouping.ts';
import { sumGroups } from './process-groups.ts';
import { createIdentifier } from './process-identity.ts';
import { createLedger, type Ledger } from './process-ledger.ts';
import { createSampler, type Sampler } from './process-sampler.ts';
import { createSelection, type Selection } from './process-selection.ts';
import { createProcessTable, type ProcessTable, type TableReading } from './process-table.ts';

/** Scrapes closer together than this see the same reading: rates over less would be noise. */
const MIN_READING_GAP_SECONDS = 0.2;
const SAMPLE_INTERVAL_MS = 250;
/** Of one CPU. */
const SAMPLE_BUDGET_RATIO = 0.005;

export interface ProcessCollectorOptions {
  /** Where procfs is mounted, such as `/proc`. */
  readonly procfs: string;
  readonly groups: readonly GroupRule[];
  readonly maxGroups: number;
  readonly topProcesses: number;
  /** The user table of that host, `/etc/passwd` by default. */
  readonly passwdFile?: string;
  /** Monotonic seconds. */
  readonly clock?: () => number;
  /** Unix seconds. */
  readonly wallClock?: () => number;
  /** CPU seconds used by this thread; the sampler's budget is measured by it. */
  readonly cpuClock?: () => number;
  readonly sampleIntervalMs?: number;
  readonly sampleBudgetRatio?: number;
}

export interface ProcessCollector extends Collector {
  start(): void;
  stop(): Promise<void>;
  /** Looks at the busy threads once more; `start` does so several times a second. @returns the number of looks. */
  sample(): number;
}

/** Nothing is read before the first scrape. Counters of threads and of CPU shares need two scrapes to say anything. */
export function createProcessCollector(options: ProcessCollectorOptions): ProcessCollector {
  const { procfs, groups, passwdFile, clock = monotonicSeconds } = options;
  const files = createProcessFiles({ procfs, passwdFile });
  const { cpuClock = threadCpuSeconds, sampleBudgetRatio = SAMPLE_BUDGET_RATIO } = options;
  const sampler = createSampler({ files, clock, cpuClock, budgetRatio: sampleBudgetRatio });
  const identify = createIdentifier(files, groups);
  const wallClock = options.wallClock ?? unixSeconds;
  const table = createProcessTable({ files, identify, clock, wallClock });
  const scrape = createScrape({ ...options, table, sampler, procfs });
  let latest: { at: number; families: MetricFamily[] } | undefined;
  let timer: NodeJS.Timeout | undefined;
  return {
    name: 'process',
    async collect(signal) {
      signal.throwIfAborted();
      const at = clock();
      if (latest === undefined || at - latest.at >= MIN_READING_GAP_SECONDS) {
        latest = { at, families: scrape() };
      }
      return [...latest.families];
    },
    sample: () => sampler.sample(),
    start() {
      timer ??= setInterval(sampler.sample, options.sampleIntervalMs ?? SAMPLE_INTERVAL_MS).unref();
    },
    async stop() {
      clearInterval(timer);
      timer = undefined;
    },
  };
}

interface ScrapeParts {
  readonly procfs: string;
  readonly table: ProcessTable;
  readonly sampler: Sampler;
  readonly maxGroups: number;
  readonly topProcesses: number;
}

/** One reading from start to end without a pause: parallel scrapes cannot get in between. */
function createScrape(parts: ScrapeParts): () => MetricFamily[] {
  const { procfs, table, sampler, maxGroups, topProcesses } = parts;
  const ledger: Ledger = createLedger();
  const selection: Selection = createSelection(maxGroups);
  return () => {
    const { processes, active, unreadable } = readTable(table, procfs);
    sampler.watch(active);
    const all = sumGroups(processes, ledger.advance(processes));
    const chosen = selection.choose(all);
    const groups = all.filter(({ name }) => chosen.has(name));
    const droppedGroups = all.length - groups.length;
    return processFamilies({ groups, processes, topProcesses, droppedGroups, unreadable });
  };
}

function readTable(table: ProcessTable, procfs: string): TableReading {
  let reading: TableReading;
  try {
    reading = table.read();
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
