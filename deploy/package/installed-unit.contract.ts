// For tests of installations where no systemd runs: does with an installed unit what systemd would, and asks it for metrics.
import assert from 'node:assert/strict';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { BareRoot } from './bare-root.contract.ts';

const UNITS = '/usr/lib/systemd/system';
const DEADLINE_MS = 60_000;
const MAX_LOG_CHARS = 64 * 1024;

export interface Started {
  readonly port: number;
  readonly log: () => string;
  /** By TERM, as systemd does it; then KILL. */
  stop(): Promise<void>;
}

/** Starts the unit's ExecStart as its user, in its folder, with its capabilities and environment; back once it listens. */
export async function startInstalledUnit(root: BareRoot, unit: string): Promise<Started> {
  const child = root.start(unitCommand(root, unit));
  let log = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream?.on('data', (chunk: Buffer) => {
      log = (log + chunk.toString()).slice(-MAX_LOG_CHARS);
    });
  }
  for (const end = performance.now() + DEADLINE_MS; performance.now() < end; await sleep(100)) {
    const port = /msg=listening .*(?:port=|address=\S*:)(\d+)/.exec(log)?.[1];
    if (port !== undefined) return { port: Number(port), log: () => log, stop: () => stop(child) };
    if (child.exitCode !== null || child.signalCode !== null) break;
  }
  await stop(child);
  throw new Error(`${unit} does not listen:\n${log}`);
}

async function stop(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const gone = once(child, 'exit');
  child.kill('SIGTERM');
  const killer = setTimeout(() => child.kill('SIGKILL'), 10_000);
  await gone;
  clearTimeout(killer);
}

/** systemd.exec(5), as far as our units use it. */
function unitCommand(root: BareRoot, unit: string): string[] {
  const text = root.read(join(UNITS, unit));
  const get = (key: string) => new RegExp(`^${key}=(.*)$`, 'm').exec(text)?.[1] ?? '';
  const flags = environmentOf(root, get('EnvironmentFile').replace(/^-/, '')).GUARD_FLAGS ?? '';
  const exec = get('ExecStart')
    .split(' ')
    .flatMap((word) => (word === '$GUARD_FLAGS' ? flags.split(' ').filter(Boolean) : [word]));
  const capabilities = get('AmbientCapabilities')
    .split(' ')
    .filter(Boolean)
    .map((name) => `+${name.replace('CAP_', '').toLowerCase()}`);
  const caps = ['-all', ...capabilities].join(',');
  const user = [`--reuid=${get('User')}`, `--regid=${get('Group')}`, '--clear-groups', '--nnp'];
  const limits = [`--inh-caps=${caps}`, `--ambient-caps=${caps}`, `--bounding-set=${caps}`];
  return ['env', `--chdir=${get('WorkingDirectory')}`, 'setpriv', ...user, ...limits, ...exec];
}

function environmentOf(root: BareRoot, file: string): Record<string, string> {
  if (file === '' || !existsSync(join(root.folder, file))) return {};
  const lines = root.read(file).matchAll(/^([A-Z_]+)=["']?(.*?)["']?$/gm);
  return Object.fromEntries([...lines].map(([, name = '', value = '']) => [name, value]));
}

/** The metrics of a unit that listens on loopback. */
export async function scrape({ port }: Started): Promise<string> {
  const response = await fetch(`http://127.0.0.1:${port}/metrics`);
  const text = await response.text();
  if (response.status !== 200) throw new Error(`/metrics answered ${response.status}: ${text}`);
  return text;
}

/** What every installation is for. */
const EXPECTED = [
  /^guard_load1 [\d.]+$/m,
  /^guard_process_cpu_seconds_total\{group="[^"]+",mode="user"\} /m,
  /^guard_process_read_bytes_total\{/m,
  /^guard_collector_success\{collector="process"\} 1$/m,
  /^guard_exporter_build_info\{.*node_version="v24\./m,
];

/** Starts the installed exporter, scrapes it and stops it. Its flags have to let it listen on a port of its own. */
export async function assertExporterAnswers(root: BareRoot): Promise<string> {
  const exporter = await startInstalledUnit(root, 'latency-guard-exporter.service');
  try {
    const metrics = await scrape(exporter);
    for (const line of EXPECTED) assert.ok(line.test(metrics), `no ${line}:\n${exporter.log()}`);
    return metrics;
  } finally {
    await exporter.stop();
  }
}
