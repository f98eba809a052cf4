// What both benchmarks need: the population, exporters as child processes, their CPU time, memory and scrapes.
import { type ChildProcess, spawn } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { Agent, request } from 'node:http';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';

const START_TIMEOUT_MS = 20_000;
const agent = new Agent({ keepAlive: true });

/** A child that answers one line to each line. */
export interface Dialogue {
  ask(line: string): Promise<string>;
  next(): Promise<string>;
  end(): void;
}

export function startDialogue(file: string, args: readonly string[]): Dialogue {
  const child = spawn(file, args, { stdio: ['pipe', 'pipe', 'inherit'] });
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const next = async () => String((await lines.next()).value);
  return {
    next,
    ask(line) {
      child.stdin.write(`${line}\n`);
      return next();
    },
    end: () => child.stdin.end(),
  };
}

export interface Target {
  readonly name: string;
  readonly pid: number;
  readonly port: number;
  readonly child: ChildProcess;
}

/** Starts an exporter and waits until it answers. @throws {Error} when it does not. */
export async function startTarget(
  name: string,
  port: number,
  [file, ...args]: readonly string[],
): Promise<Target> {
  const child = spawn(file!, args, { stdio: 'ignore' });
  child.on('error', () => {});
  const target = { name, pid: child.pid ?? 0, port, child };
  const deadline = performance.now() + START_TIMEOUT_MS;
  while (performance.now() < deadline && child.pid !== undefined && child.exitCode === null) {
    await sleep(200);
    const answered = await scrape(port).catch(() => 0);
    if (answered > 0) return target;
  }
  child.kill();
  throw new Error(`${name} (${file}) does not answer on port ${port}; is it installed?`);
}

/** One scrape on a kept connection. @returns the bytes of the body. */
export function scrape(port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    const options = { host: '127.0.0.1', port, path: '/metrics', agent };
    const sent = request(options, (response) => {
      let bytes = 0;
      response.on('data', (chunk: Buffer) => {
        bytes += chunk.length;
      });
      response.on('end', () => resolve(bytes));
    });
    sent.on('error', reject);
    sent.end();
  });
}

/** CPU milliseconds of all living threads, from nanosecond counters. */
export function cpuMs(pid: number): number {
  let nanoseconds = 0;
  for (const thread of readdirSync(`/proc/${pid}/task`)) {
    const text = readFileSync(`/proc/${pid}/task/${thread}/schedstat`, 'latin1');
    nanoseconds += Number(text.split(' ')[0]);
  }
  return nanoseconds / 1e6;
}

export function residentMb(pid: number): number {
  const text = readFileSync(`/proc/${pid}/status`, 'latin1');
  return Number(/^VmRSS:\s+(\d+)/m.exec(text)?.[1] ?? Number.NaN) / 1024;
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}
