// What the benchmarks of this folder need: the population, exporters as child processes, their memory and scrapes.
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { Agent, request } from 'node:http';
import { type AddressInfo, createServer } from 'node:net';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { dieWithParent } from '../../deploy/local/child.ts';
import { endChild } from '../../service/restarting-child.ts';

const START_TIMEOUT_MS = 60_000;
const SCRAPE_TIMEOUT_MS = 60_000;
const GRACE_MS = 5_000;
/** As a shell tells an interrupt. */
const INTERRUPTED_EXIT_CODE = 130;
const MAX_BODY_BYTES = 64 * 1024 * 1024;
const EXPORTER = join(import.meta.dirname, '../../exporter/main.ts');
const agent = new Agent({ keepAlive: true });

/** A child that answers one line to each line. */
export interface Dialogue {
  ask(line: string): Promise<string>;
  next(): Promise<string>;
}

export interface Target {
  readonly name: string;
  readonly pid: number;
  readonly port: number;
}

/** Everything that was started, so that it can be ended. */
export interface Rig {
  dialogue(file: string, args: readonly string[]): Dialogue;
  /**
   * Starts an exporter on a free port of loopback and waits until it answers.
   * @throws {Error} when it does not.
   */
  target(name: string, command: (listen: string) => readonly string[]): Promise<Target>;
  program(file: string, args: readonly string[]): ChildProcess;
  /** Ends all of it, by pid. */
  end(): Promise<void>;
}

/** Even when we are killed nothing stays: children die with their parent where util-linux' setpriv is. */
export function createRig(): Rig {
  const children = new Map<ChildProcess, Promise<unknown>>();
  const start = (
    [file = '', ...args]: readonly string[],
    stdio: ('pipe' | 'ignore' | 'inherit')[],
  ) => {
    const child = spawn(...dieWithParent(file, args), { stdio });
    const gone = once(child, 'exit').catch(() => {});
    children.set(child, gone);
    return child;
  };
  return {
    dialogue: (file, args) => startDialogue(start([file, ...args], ['pipe', 'pipe', 'inherit'])),
    async target(name, command) {
      const port = await freePort();
      const words = command(`--web.listen-address=127.0.0.1:${port}`);
      const child = start(words, ['ignore', 'ignore', 'ignore']);
      const deadline = performance.now() + START_TIMEOUT_MS;
      while (performance.now() < deadline && child.pid !== undefined && child.exitCode === null) {
        await sleep(200);
        if ((await scrape(port).catch(() => '')) !== '') return { name, pid: child.pid, port };
      }
      throw new Error(`${name} (${words[0]}) does not answer on port ${port}; is it installed?`);
    },
    program: (file, args) => start([file, ...args], ['pipe', 'pipe', 'ignore']),
    async end() {
      await Promise.all(
        [...children].map(async ([child, gone]) => {
          await endChild(child, gone, GRACE_MS);
          children.delete(child);
        }),
      );
    },
  };
}

/** Runs a benchmark and ends all that it started, also on a signal. Its answer is the exit code. */
export async function runBenchmark(measure: (rig: Rig) => Promise<number>): Promise<void> {
  const rig = createRig();
  let interrupted = false;
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    // Without its children the measurement fails at its next step.
    process.once(signal, () => {
      interrupted = true;
      void rig.end();
    });
  }
  try {
    process.exitCode = await measure(rig);
  } catch (error) {
    if (!interrupted) throw error;
    process.exitCode = INTERRUPTED_EXIT_CODE;
  } finally {
    await rig.end();
    agent.destroy();
  }
}

/** The command line of our exporter. */
export function ownExporter(listen: string, ...flags: readonly string[]): string[] {
  return [process.execPath, EXPORTER, '--log.level=error', listen, ...flags];
}

function startDialogue(child: ChildProcess): Dialogue {
  const { stdin, stdout } = child;
  if (stdin === null || stdout === null) throw new Error('a dialogue needs pipes');
  const lines = createInterface({ input: stdout })[Symbol.asyncIterator]();
  const next = async (): Promise<string> => {
    const { value, done } = await lines.next();
    if (done === true) throw new Error(`${child.spawnfile} ended (exit code ${child.exitCode})`);
    return value;
  };
  return {
    next,
    ask(line) {
      stdin.write(`${line}\n`);
      return next();
    },
  };
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}

/** One scrape on a kept connection. @returns the body. @throws {Error} on any other status than 200. */
export function scrape(port: number, path = '/metrics'): Promise<string> {
  return new Promise((resolve, reject) => {
    const sent = request({ host: '127.0.0.1', port, path, agent, timeout: SCRAPE_TIMEOUT_MS });
    sent.on('response', (response) => {
      const chunks: Buffer[] = [];
      let bytes = 0;
      response.on('data', (chunk: Buffer) => {
        chunks.push(chunk);
        bytes += chunk.length;
        if (bytes > MAX_BODY_BYTES) sent.destroy(new Error(`more than ${MAX_BODY_BYTES} bytes`));
      });
      response.on('end', () => {
        if (response.statusCode === 200) resolve(Buffer.concat(chunks).toString('utf8'));
        else reject(new Error(`${path} of port ${port} answered ${response.statusCode}`));
      });
      response.on('error', reject);
    });
    sent.on('timeout', () => sent.destroy(new Error(`no answer in ${SCRAPE_TIMEOUT_MS} ms`)));
    sent.on('error', reject);
    sent.end();
  });
}

export function residentMb(pid: number): number {
  const text = readFileSync(`/proc/${pid}/status`, 'latin1');
  return Number(/^VmRSS:\s+(\d+)/m.exec(text)?.[1] ?? Number.NaN) / 1024;
}
