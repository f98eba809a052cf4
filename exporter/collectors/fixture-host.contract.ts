// A whole host out of files, for tests: exporter/fixtures, with a fake ping, statfs and inventory.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { parseConfig } from '../../service/config.ts';
import { createHostFiles, type HostPaths } from '../sources/host-files.ts';
import type { CreatePerfStat } from '../sources/perf-stat.ts';
import type { RunProbe } from '../sources/probe-run.ts';
import type { FilesystemSpace } from '../sources/statfs.ts';
import { logWith } from './access-log/fake.contract.ts';
import type { Host } from './list.ts';
import type { CreatePingSource } from './ping/ping.ts';
import { answering } from './postgresql/fake.contract.ts';
import { createProcessDirectory } from './process/directory.ts';
import { type CollectorSettings, collectorSections } from './sections.ts';

export const FIXTURES = join(import.meta.dirname, '../fixtures');
export const FIXTURE_PATHS: HostPaths = {
  procfs: join(FIXTURES, 'proc'),
  sysfs: join(FIXTURES, 'sys'),
  rootfs: '/',
};

const ACCESS_LOG_LINE =
  '192.0.2.1 - - [20/Nov/2026:14:00:01 +0000] "GET / HTTP/1.1" 200 512 "-" "-" 0.012';

/** The host of the fixtures, or one whose procfs and sysfs are empty. */
export function fixtureHost(paths = FIXTURE_PATHS): Host {
  return {
    files: createHostFiles(paths),
    processBackend: 'procfs',
    processes: createProcessDirectory(),
    statfs: fakeStatfs,
    readInventory: async () => ({
      hostname: 'fixture',
      os: 'Debian GNU/Linux 12',
      kernel: '6.1.0',
      architecture: 'x64',
      cpuModel: 'Intel Xeon',
      cpus: 4,
      virtualization: 'KVM',
    }),
    createPingSource: replayPing,
    createPerfStat: replayPerfStat,
    readSockets: async () => ({
      bytes: readFileSync(join(FIXTURES, 'sockets/dump.bin')),
      truncated: false,
    }),
    perfRecorder: { record: () => Promise.reject(new Error('nothing is recorded')) },
    createPostgresqlSource: answering(),
    createLogTail: logWith([ACCESS_LOG_LINE]),
    probes: { run: answerAtOnce, random: () => 0, wallClock: () => 1_700_000_000 },
  };
}

/** The settings of a YAML text, the defaults where it says nothing. */
export function settingsOf(yaml = ''): CollectorSettings {
  return parseConfig(z.strictObject(collectorSections), yaml, 'test.yml');
}

const ROOT: FilesystemSpace = {
  frsize: 4096,
  blocks: 66_053_021,
  bavail: 20_475_309,
  files: 16_777_216,
  ffree: 16_347_451,
};
const SPACES: Readonly<Record<string, FilesystemSpace>> = {
  '/': ROOT,
  '/home': { frsize: 4096, blocks: 1_000_000, bavail: 250_000, files: 0, ffree: 0 },
  '/mnt/my backup': { frsize: 512, blocks: 2_000_000, bavail: 0, files: 1000, ffree: 0 },
};

/** Like the mounts of the fixture: some answer, /mnt/secret refuses, /mnt/dead never comes back. */
async function fakeStatfs(path: string): Promise<FilesystemSpace> {
  const space = SPACES[path];
  if (space !== undefined) return space;
  if (path === '/mnt/dead') return new Promise(() => {});
  throw Object.assign(new Error(`EACCES: statfs ${path}`), { code: 'EACCES' });
}

/** A network in which everything works and takes no time to ask. */
const answerAtOnce: RunProbe = async () => ({
  failure: undefined,
  seconds: new Map([
    ['connect', 0.001],
    ['total', 0.003],
  ]),
  statusCode: 200,
  certificateExpirySeconds: 1_800_000_000,
});

/** A ping that has printed fixtures/ping/<address>.txt at once; of an unknown address it says that it is unknown. */
const replayPing: CreatePingSource = ({ address }, listener) => ({
  start() {
    listener.started();
    if (address !== 'gateway') {
      listener.failure(`ping: ${address}: Name or service not known`);
      listener.exited();
      return;
    }
    const text = readFileSync(join(FIXTURES, 'ping/gateway.txt'), 'utf8');
    for (const line of text.split('\n')) listener.line(line);
  },
  restart() {},
  async stop() {},
});

/** A perf stat that has printed fixtures/perf/stat.txt at once. */
const replayPerfStat: CreatePerfStat = (_options, listener) => ({
  start() {
    const text = readFileSync(join(FIXTURES, 'perf/stat.txt'), 'utf8');
    for (const line of text.split('\n')) listener.line(line);
  },
  async stop() {},
});
