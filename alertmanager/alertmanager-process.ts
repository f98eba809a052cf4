// A real Alertmanager on a free loopback port with a configuration of its own, for tests that want to see what arrives.
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { accessSync, constants, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { endChild } from '../service/restarting-child.ts';

/** Debian's name and everybody else's. */
const PROGRAMS = ['prometheus-alertmanager', 'alertmanager'];
const READY_TIMEOUT_MS = 15_000;
const STOP_TIMEOUT_MS = 5_000;
const POLL_MS = 50;
const MAX_OUTPUT_CHARS = 20_000;

export interface AlertmanagerProcess {
  readonly url: string;
  stop(): Promise<void>;
}

/** Starts Alertmanager with this configuration. @throws {Error} with its own words when it is not ready in time. */
export async function startAlertmanager(config: string): Promise<AlertmanagerProcess> {
  const program = findAlertmanager();
  const folder = mkdtempSync(join(tmpdir(), 'guard-alertmanager-'));
  writeFileSync(join(folder, 'alertmanager.yml'), config);
  const address = `127.0.0.1:${await freePort()}`;
  const child = spawn(program, [
    `--config.file=${join(folder, 'alertmanager.yml')}`,
    `--storage.path=${join(folder, 'data')}`,
    `--web.listen-address=${address}`,
    // Empty: no gossip, no second port.
    '--cluster.listen-address=',
  ]);
  const stop = async () => {
    await end(child);
    rmSync(folder, { recursive: true, force: true });
  };
  const url = `http://${address}`;
  try {
    await waitUntilReady(child, url);
  } catch (error) {
    await stop();
    throw error;
  }
  return { url, stop };
}

function findAlertmanager(): string {
  const named = process.env.ALERTMANAGER_BIN;
  if (named) return named;
  const folders = (process.env.PATH ?? '').split(delimiter);
  const found = PROGRAMS.flatMap((name) => folders.map((folder) => join(folder, name))).find(
    isExecutable,
  );
  if (found !== undefined) return found;
  throw new Error(
    `Neither ${PROGRAMS.join(' nor ')} is in PATH, so no alert can be sent through one: install Alertmanager ` +
      '(Debian: apt install prometheus-alertmanager) or name the file in ALERTMANAGER_BIN',
  );
}

function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

/** A port that was free a moment ago; Alertmanager cannot be asked to pick one and tell. */
async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  if (address === null || typeof address === 'string') throw new Error('No TCP port was given');
  return address.port;
}

async function waitUntilReady(child: ChildProcess, url: string): Promise<void> {
  let output = '';
  const collect = (chunk: Buffer) => {
    output = (output + chunk.toString()).slice(-MAX_OUTPUT_CHARS);
  };
  child.stdout?.on('data', collect);
  child.stderr?.on('data', collect);
  child.once('error', (error) => collect(Buffer.from(error.message)));
  const deadline = Date.now() + READY_TIMEOUT_MS;
  while (Date.now() < deadline && child.exitCode === null) {
    if (await answers(`${url}/-/ready`)) return;
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  }
  throw new Error(
    `Alertmanager at ${url} was not ready within ${READY_TIMEOUT_MS} ms: ${output.trim()}`,
  );
}

async function answers(url: string): Promise<boolean> {
  try {
    return (await fetch(url)).ok;
  } catch {
    return false;
  }
}

/** Nothing when it has ended by itself. */
async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.pid === undefined) return;
  await endChild(child, once(child, 'exit'), STOP_TIMEOUT_MS);
}
