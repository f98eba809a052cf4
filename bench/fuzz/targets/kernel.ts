// What the kernel writes below /proc and /sys. Names of processes, mounts and control groups in it are chosen by anybody.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseTable } from '../../../exporter/collectors/cgroup/files.ts';
import { parseConntrack } from '../../../exporter/collectors/conntrack.ts';
import { parseCpuStatistics } from '../../../exporter/collectors/cpu.ts';
import { parseDisks } from '../../../exporter/collectors/disk.ts';
import { parseFileHandles } from '../../../exporter/collectors/file-handles.ts';
import { parseLoad } from '../../../exporter/collectors/load.ts';
import { parseEvents, parseMemory } from '../../../exporter/collectors/memory.ts';
import { chooseMounts, parseMounts } from '../../../exporter/collectors/mounts.ts';
import { parseNetworkDevices } from '../../../exporter/collectors/network.ts';
import { parsePressure } from '../../../exporter/collectors/pressure.ts';
import { parseCgroup } from '../../../exporter/collectors/process/cgroup.ts';
import { parseParentPid } from '../../../exporter/collectors/process/children.ts';
import { defaultGroup } from '../../../exporter/collectors/process/interpreters.ts';
import {
  parseCmdline,
  parseIo,
  parseOpenFilesLimit,
  parseSchedstat as parseProcessSchedstat,
  parseProportional,
  parseStat,
  parseState,
  parseStatus,
  parseUsers,
} from '../../../exporter/collectors/process/parse.ts';
import { parseSchedstat } from '../../../exporter/collectors/schedstat.ts';
import { parseSockets } from '../../../exporter/collectors/sockstat.ts';
import { parseProtocol } from '../../../exporter/collectors/tcp.ts';
import { NoDataError } from '../../../exporter/sources/no-data.ts';
import { FIXTURES } from '../fixtures.ts';
import type { FuzzTarget } from '../target.ts';

const read = (...paths: readonly string[]) =>
  paths.map((path) => readFileSync(join(FIXTURES, path), 'latin1'));
const refusals = [NoDataError.name];
const ID = '0123456789abcdef'.repeat(4);
const IDENTITY = { exe: undefined, kernel: false, username: 'shop' };

const process: readonly FuzzTarget[] = [
  {
    name: 'proc-stat',
    seeds: [...read('process/proc/1/stat', 'process/proc/700/stat'), '7 (a) b) S 1 7 7 0 -1 4'],
    run: (text) => [parseStat(text), parseState(text), parseParentPid(text)],
  },
  { name: 'proc-status', seeds: read('process/proc/1/status'), run: parseStatus },
  { name: 'proc-io', seeds: read('process/proc/1/io'), run: parseIo },
  { name: 'proc-limits', seeds: read('process/proc/1/limits'), run: parseOpenFilesLimit },
  {
    name: 'proc-smaps-rollup',
    seeds: ['5581 7ffc [rollup]\nRss: 4 kB\nPss: 3 kB\n'],
    run: parseProportional,
  },
  { name: 'proc-schedstat', seeds: read('process/proc/1/schedstat'), run: parseProcessSchedstat },
  {
    name: 'proc-cmdline',
    seeds: [
      ...read('process/proc/1/cmdline', 'process/proc/700/cmdline'),
      'node\0--import\0x.mjs\0/srv/shop/server.js\0--port\x001\0',
      'java\0-cp\0a:b\0-jar\0/opt/app.jar\0',
      'python3\0-m\0http.server\0',
      'bash\0-lc\0echo x\0',
    ],
    run: (text) => {
      const argv = parseCmdline(text);
      return [argv, defaultGroup({ ...IDENTITY, comm: (argv[0] ?? '').slice(-15), argv })];
    },
    judge: (answer) =>
      typeof (answer as unknown[])[1] === 'string' ? undefined : 'the group has no name',
  },
  {
    name: 'proc-cgroup',
    seeds: [
      `0::/system.slice/docker-${ID}.scope\n`,
      `1:name=systemd:/kubepods/burstable/pod01234567-89ab-cdef-0123-456789abcdef/${ID}\n`,
      `0::/machine.slice/libpod-payload-${ID}\n`,
      '12:cpu,cpuacct:/system.slice/nginx.service\n0::/\n',
    ],
    run: parseCgroup,
  },
  {
    name: 'passwd',
    seeds: ['root:x:0:0:root:/root:/bin/bash\nwww:x:33:33::/:\n'],
    run: parseUsers,
  },
];

const host: readonly FuzzTarget[] = [
  { name: 'stat', seeds: read('proc/stat'), run: parseCpuStatistics, refusals },
  { name: 'meminfo', seeds: read('proc/meminfo'), run: parseMemory, refusals },
  { name: 'vmstat', seeds: read('proc/vmstat'), run: parseEvents, refusals },
  { name: 'loadavg', seeds: read('proc/loadavg'), run: parseLoad, refusals },
  { name: 'schedstat', seeds: read('proc/schedstat'), run: parseSchedstat, refusals },
  { name: 'pressure', seeds: read('proc/pressure/cpu', 'proc/pressure/irq'), run: parsePressure },
  { name: 'diskstats', seeds: read('proc/diskstats'), run: parseDisks, refusals },
  { name: 'net-dev', seeds: read('proc/self/net/dev'), run: parseNetworkDevices, refusals },
  {
    name: 'net-snmp',
    seeds: read('proc/self/net/snmp', 'proc/self/net/netstat'),
    run: (text) => parseProtocol(text, 'Tcp'),
    refusals,
  },
  { name: 'net-sockstat', seeds: read('proc/self/net/sockstat'), run: parseSockets, refusals },
  { name: 'conntrack', seeds: read('proc/self/net/stat/nf_conntrack'), run: parseConntrack },
  { name: 'file-nr', seeds: read('proc/sys/fs/file-nr'), run: parseFileHandles, refusals },
  {
    name: 'mountinfo',
    seeds: read('proc/self/mountinfo'),
    run: (text) => chooseMounts(parseMounts(text)),
    refusals,
  },
  {
    name: 'cgroup-table',
    seeds: read('sys/fs/cgroup/cpu.stat', 'sys/fs/cgroup/system.slice/shop.service/memory.stat'),
    run: (text) => parseTable(text, 'cpu.stat'),
    refusals,
  },
];

/** A number that a collector would export has to be one. */
export const kernelTargets: readonly FuzzTarget[] = [
  ...process,
  ...host.map((target) => ({ ...target, refusals, judge: judgeNumbers })),
];

function judgeNumbers(answer: unknown): string | undefined {
  const parts = answer instanceof Map ? [...answer.values()] : Object.values(answer ?? {});
  return parts.some((part) => Number.isNaN(part)) ? 'the answer holds NaN' : undefined;
}
