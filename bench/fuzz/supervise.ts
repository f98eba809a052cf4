// Runs a campaign in a thread and ends it when it hangs.
import { setInterval as every } from 'node:timers/promises';
import { Worker } from 'node:worker_threads';
import type { Campaign } from './campaign.ts';
import type { WorkerTask } from './worker.ts';

const LOOK_MS = 1_000;
/** Without any progress: some hundred cases take less than a second, also on a busy machine. */
const HANG_MS = 120_000;
const MAX_HEAP_MB = 1_024;

export class HangError extends Error {}

/** @throws {HangError} when one case never ends; what the thread itself throws. */
export async function runInThread(task: Omit<WorkerTask, 'progress'>): Promise<Campaign> {
  const progress = new SharedArrayBuffer(Float64Array.BYTES_PER_ELEMENT);
  const worker = new Worker(new URL('worker.ts', import.meta.url), {
    workerData: { ...task, progress } satisfies WorkerTask,
    resourceLimits: { maxOldGenerationSizeMb: MAX_HEAP_MB },
  });
  const over = new AbortController();
  try {
    const done = new Promise<Campaign>((resolve, reject) => {
      worker.once('message', resolve);
      worker.once('error', reject);
      worker.once('exit', (code) => reject(new Error(`The thread ended with ${code}`)));
    });
    return await Promise.race([done, watch(new Float64Array(progress), over.signal)]);
  } finally {
    over.abort();
    await worker.terminate();
  }
}

/** Only ever rejects. */
async function watch(at: Float64Array, signal: AbortSignal): Promise<never> {
  let last = -1;
  let since = performance.now();
  try {
    for await (const _ of every(LOOK_MS, undefined, { signal, ref: false })) {
      const now = at[0] ?? 0;
      if (now !== last) [last, since] = [now, performance.now()];
      else if (performance.now() - since > HANG_MS)
        throw new HangError(`no progress for ${HANG_MS / 1000} s after case ${now}`);
    }
  } catch (error) {
    if (error instanceof HangError) throw error;
  }
  return new Promise<never>(() => {});
}
