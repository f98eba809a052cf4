// What kind of machine this is, asked in a child process of a second's life: the library that knows costs 8 MB of memory that
// a process never gives back, and it spawns tools that may hang. Rarely, and never within a scrape.
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';

const CHILD = join(import.meta.dirname, 'inventory-child.ts');
const TIMEOUT_MS = 60_000;
const MAX_ANSWER_BYTES = 64 * 1024;

export interface Inventory {
  readonly hostname: string;
  readonly os: string;
  readonly kernel: string;
  readonly architecture: string;
  readonly cpuModel: string;
  readonly cpus: number;
  /** The hypervisor or container runtime, empty on bare metal. */
  readonly virtualization: string;
}
const TEXTS = ['hostname', 'os', 'kernel', 'architecture', 'cpuModel', 'virtualization'] as const;

/**
 * @param signal ends the child.
 * @param script what the child runs; it prints an inventory as JSON.
 * @throws {Error} when it fails, hangs or prints something else.
 */
export async function readInventory(signal?: AbortSignal, script = CHILD): Promise<Inventory> {
  const { stdout } = await promisify(execFile)(process.execPath, [script], {
    timeout: TIMEOUT_MS,
    killSignal: 'SIGKILL',
    maxBuffer: MAX_ANSWER_BYTES,
    ...(signal !== undefined && { signal }),
  });
  return toInventory(JSON.parse(stdout));
}

function toInventory(answer: Inventory): Inventory {
  const wrong: string[] = TEXTS.filter((key) => typeof answer[key] !== 'string');
  if (!Number.isInteger(answer.cpus) || answer.cpus < 1) wrong.push('cpus');
  if (wrong.length === 0) return answer;
  throw new Error(`The inventory of this host is not complete: ${wrong.join(', ')}`);
}
