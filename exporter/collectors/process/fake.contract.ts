// A procfs in memory for tests: processes are described, their files follow; every read is recorded.
import { DENIED, type FileText, GONE, type ProcessFiles } from '../../sources/process-files.ts';

export interface FakeThread {
  readonly state: string;
  readonly channel: string;
  /** Seconds. */
  readonly running: number;
  readonly runnable: number;
  readonly slices: number;
  readonly voluntary: number;
  readonly involuntary: number;
  readonly startTicks: number;
}

export interface FakeProcess extends FakeThread {
  readonly comm: string;
  readonly argv: readonly string[];
  readonly exe: FileText;
  readonly flags: number;
  readonly userTicks: number;
  readonly parentPid: number;
  /** User time of children that it has waited for. */
  readonly reapedTicks: number;
  readonly stackAddress: number;
  readonly residentKb: number;
  readonly readBytes: number;
  readonly openFds: number;
  readonly limit: number | string;
  /** Beside the main thread, by tid. */
  readonly threads: Readonly<Record<number, Partial<FakeThread>>>;
  /** Files that are denied, such as `io`, or missing. */
  readonly denied: readonly string[];
  readonly missing: readonly string[];
}

const DEFAULTS: FakeProcess = {
  state: 'S',
  channel: 'do_epoll_wait',
  running: 0,
  runnable: 0,
  slices: 1,
  voluntary: 0,
  involuntary: 0,
  startTicks: 100,
  comm: 'app',
  argv: [],
  exe: '/usr/bin/app',
  flags: 4194304,
  userTicks: 0,
  parentPid: 1,
  reapedTicks: 0,
  stackAddress: 4096,
  residentKb: 0,
  readBytes: 0,
  openFds: 0,
  limit: 1024,
  threads: {},
  denied: [],
  missing: [],
};

export interface FakeProcfs {
  readonly files: ProcessFiles;
  /** Uptime is written from this. */
  seconds: number;
  /** CPU time of the host since boot; undefined for a host that tells nothing of itself. */
  hostCpuSeconds: number | undefined;
  /** Processes created. */
  forks: number;
  /** Whether files may be kept open, and how many are. */
  keeps: boolean;
  kept: number;
  readonly processes: Map<number, FakeProcess>;
  /** Paths in the order they were read; empty it at will. */
  readonly reads: string[];
  /** Adds a process or changes what is given of it. */
  put(pid: number, change: Partial<FakeProcess>): void;
}

export function createFakeProcfs(): FakeProcfs {
  const processes = new Map<number, FakeProcess>();
  const reads: string[] = [];
  const find = (pid: number, file: string) => {
    const process = processes.get(pid);
    if (process === undefined || process.missing.includes(file)) return GONE;
    return process.denied.includes(file) ? DENIED : process;
  };
  const fake: FakeProcfs = {
    seconds: 1000,
    hostCpuSeconds: undefined,
    forks: 0,
    keeps: true,
    kept: 0,
    processes,
    reads,
    put(pid, change) {
      if (!processes.has(pid)) fake.forks += 1;
      processes.set(pid, { ...DEFAULTS, ...processes.get(pid), ...change });
    },
    files: {
      listProcesses: () => [...processes.keys()],
      listTasks(pid) {
        reads.push(`${pid}/task`);
        const found = find(pid, 'task');
        return typeof found === 'symbol' ? found : [pid, ...Object.keys(found.threads).map(Number)];
      },
      read(path) {
        reads.push(path);
        if (path === 'uptime') return `${fake.seconds.toFixed(2)} 0.00\n`;
        if (path === 'loadavg' || path === 'stat') return writeHostFile(fake, path);
        const [pid, file, tid, taskFile] = path.split('/');
        const found = find(Number(pid), taskFile ?? file!);
        if (typeof found === 'symbol') return found;
        return taskFile === undefined
          ? writeFile(Number(pid), found, file!)
          : writeTaskFile(found, { pid: Number(pid), tid: Number(tid), file: taskFile });
      },
      readLater: async (path) => fake.files.read(path),
      readLink(path) {
        const found = find(Number.parseInt(path, 10), 'exe');
        return typeof found === 'symbol' ? found : found.exe;
      },
      countOpenFiles(pid) {
        const found = find(pid, 'fd');
        return typeof found === 'symbol' ? found : found.openFds;
      },
      // Like a kernel: a file that is kept open dies with its process, whoever has the pid by then.
      keep(path) {
        const [pid] = path.split('/');
        const born = processes.get(Number(pid))?.startTicks;
        if (!fake.keeps || born === undefined) return undefined;
        fake.kept += 1;
        let open = true;
        return {
          read: () =>
            processes.get(Number(pid))?.startTicks === born ? fake.files.read(path) : GONE,
          close() {
            if (open) fake.kept -= 1;
            open = false;
          },
        };
      },
      readUsers: () => 'web:x:33:33::/:/bin/sh\n',
    },
  };
  return fake;
}

function writeHostFile(fake: FakeProcfs, file: 'loadavg' | 'stat'): FileText {
  const { hostCpuSeconds: seconds, forks, processes } = fake;
  if (seconds === undefined) return GONE;
  if (file === 'stat') return `cpu  ${Math.round(seconds * 100)} 0 0 99 0\nprocesses ${forks}\n`;
  let threads = 0;
  for (const process of processes.values()) threads += 1 + Object.keys(process.threads).length;
  return `0.00 0.00 0.00 1/${threads} 99\n`;
}

function writeTaskFile(
  process: FakeProcess,
  { pid, tid, file }: { pid: number; tid: number; file: string },
): FileText {
  if (tid === pid) return writeFile(pid, process, file);
  const thread = process.threads[tid];
  return thread === undefined
    ? GONE
    : writeFile(tid, { ...process, ...DEFAULT_THREAD, ...thread }, file);
}

const { state, channel, running, runnable, slices, voluntary, involuntary } = DEFAULTS;
const DEFAULT_THREAD = { state, channel, running, runnable, slices, voluntary, involuntary };

function writeFile(id: number, process: FakeProcess, file: string): FileText {
  const nanoseconds = (seconds: number) => Math.round(seconds * 1e9);
  switch (file) {
    case 'schedstat':
      return `${nanoseconds(process.running)} ${nanoseconds(process.runnable)} ${process.slices}\n`;
    case 'stat': {
      const threads = 1 + Object.keys(process.threads).length;
      const { comm, userTicks, startTicks, stackAddress, parentPid, reapedTicks } = process;
      return `${id} (${comm}) ${process.state} ${parentPid} 1 1 0 -1 ${process.flags} 1 0 2 0 ${userTicks} 0 ${reapedTicks} 0 20 0 ${threads} 0 ${startTicks} 0 0 0 0 0 ${stackAddress} 0\n`;
    }
    case 'status':
      return `Name:	x\nUid:	33	33	33	33\nVmSize:	 ${process.residentKb} kB\nVmRSS:	 ${process.residentKb} kB\nRssAnon:	 ${process.residentKb} kB\nVmSwap:	 0 kB\nvoluntary_ctxt_switches:	${process.voluntary}\nnonvoluntary_ctxt_switches:	${process.involuntary}\n`;
    case 'statm':
      return `${process.residentKb / 4} ${process.residentKb / 4} 0 1 0 1 0\n`;
    case 'io':
      return `rchar: 0\nread_bytes: ${process.readBytes}\nwrite_bytes: 0\n`;
    case 'limits':
      return `Limit  Soft Limit\nMax open files            ${process.limit}            4096            files\n`;
    case 'wchan':
      return process.channel;
    case 'cmdline':
      return `${process.argv.join('\0')}\0`;
    default:
      return GONE;
  }
}
