// What kind of machine this is, asked in a child process of a second's life: the library that knows costs 8 MB of memory that
// a process never gives back, and it spawns tools that may hang. Rarely, and never within a scrape.
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { z } from 'zod';

const CHILD = join(import.meta.dirname, 'inventory-child.ts');
const TIMEOUT_MS = 60_000;
const MAX_ANSWER_BYTES = 64 * 1024;

const inventorySchema = z.strictObject({
  hostname: z.string(),
  os: z.string(),
  kernel: z.string(),
  architecture: z.string(),
  cpuModel: z.string(),
  cpus: z.int().min(1),
  /** The hypervisor or container runtime, empty on bare metal. */
  virtualization: z.string(),
});
export type Inventory = Readonly<z.infer<typeof inventorySchema>>;

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
  return inventorySchema.parse(JSON.parse(stdout));
}
