// How the end-to-end test looks at a running system: HTTP answers, children, and patience.
import assert from 'node:assert/strict';
import type { ChildProcess } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const REQUEST_TIMEOUT_MS = 20_000;
const POLL_MS = 1_000;
/** Generous: what is asserted is that it happens, benchmarks tell how fast. */
const PATIENCE_MS = 180_000;
const SHOWN_LOG_LINES = 8;

/** The command lines by which the children of the system are told apart. */
const COMMAND_LINES = {
  prometheus: /storage\.tsdb/,
  alertmanager: /alertmanager\.yml/,
  exporter: /guard-exporter|exporter\/main/,
  analyzer: /guard-analyzer|analyzer\/main/,
};
export type ServerName = keyof typeof COMMAND_LINES;
export const SERVER_NAMES = Object.keys(COMMAND_LINES) as ServerName[];

/** The body of a GET. @throws {AssertionError} for any status but 2xx. */
export async function getText(url: string): Promise<string> {
  const response = await fetch(url, { signal: AbortSignal.timeout(REQUEST_TIMEOUT_MS) });
  const body = await response.text();
  assert.ok(response.ok, `${url}: HTTP ${response.status}: ${body}`);
  return body;
}

export async function getJson<T>(url: string): Promise<T> {
  return JSON.parse(await getText(url)) as T;
}

/** The child of the system that runs this server, read from /proc. */
export function pidOf(system: ChildProcess, name: ServerName): number {
  const pids = readFileSync(`/proc/${system.pid}/task/${system.pid}/children`, 'utf8').trim();
  const pid = pids.split(' ').find((candidate) => COMMAND_LINES[name].test(commandLine(candidate)));
  assert.ok(pid, `${name} is not among the children ${pids}`);
  return Number(pid);
}

function commandLine(pid: string): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ');
  } catch {
    return '';
  }
}

export interface Patience {
  /** Where the servers write their logs: the last lines are part of the error. */
  readonly dataDir: string;
  /** What the system has printed so far. */
  readonly output: () => string;
}

/** Repeats a check until it passes. @throws {Error} with the logs when it never does. */
export async function eventually(
  what: string,
  { dataDir, output }: Patience,
  check: () => Promise<void>,
): Promise<void> {
  const deadline = Date.now() + PATIENCE_MS;
  for (;;) {
    try {
      return await check();
    } catch (cause) {
      if (Date.now() > deadline) {
        const told = `${lastLogs(join(dataDir, 'logs'))}\n--- output\n${output().slice(-2000)}`;
        throw new Error(`Not within ${PATIENCE_MS / 1000} s: ${what}\n${told}`, { cause });
      }
      await new Promise((resolve) => setTimeout(resolve, POLL_MS));
    }
  }
}

function lastLogs(folder: string): string {
  return readdirSync(folder)
    .map((file) => {
      const lines = readFileSync(join(folder, file), 'utf8').trimEnd().split('\n');
      return `--- ${file}\n${lines.slice(-SHOWN_LOG_LINES).join('\n')}`;
    })
    .join('\n');
}

/** Resolves with the exit code when the process is over; null after a signal. */
export function ended(child: ChildProcess): Promise<number | null> {
  if (child.exitCode !== null || child.signalCode !== null) return Promise.resolve(child.exitCode);
  return new Promise((resolve) => child.once('exit', (code) => resolve(code)));
}
