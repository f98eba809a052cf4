// A whole host out of files, for tests: exporter/fixtures, with a fake ping, statfs and inventory.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { parseConfig } from '../../service/config.ts';
import { createHostFiles, type HostPaths } from '../sources/host-files.ts';
import type { FilesystemSpace } from '../sources/statfs.ts';
import { type CollectorSettings, collectorSections, type Host } from './list.ts';
import type { CreatePingSource } from './ping.ts';

export const FIXTURES = join(import.meta.dirname, '../fixtures');
export const FIXTURE_PATHS: HostPaths = {
  procfs: join(FIXTURES, 'proc'),
  sysfs: join(FIXTURES, 'sys'),
  rootfs: '/',
};

/** The host of the fixtures, or one whose procfs and sysfs are empty. */
export function fixtureHost(paths = FIXTURE_PATHS): Host {
  return {
    files: createHostFiles(paths),
    processBackend: 'procfs',
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
