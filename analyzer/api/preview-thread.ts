// Previews of alerts in a thread of their own, one after the other.
import { fileURLToPath } from 'node:url';
import { Piscina } from 'piscina';
import type { AlertPreviewRequest, SeverityPreview } from '../pipeline/preview-alert.ts';
import type { PrometheusClientOptions } from '../prometheus/client.ts';

const MAX_WAITING = 4;
const MAX_HEAP_MB = 768;
const IDLE_TIMEOUT_MS = 30_000;
const QUERY_TIMEOUT_MS = 60_000;
/** All questions of one preview together. */
const PREVIEW_TIMEOUT_MS = 120_000;

export type PreviewAnswer =
  | { readonly severities: readonly SeverityPreview[] }
  | { readonly failure: 'request' | 'query' | 'busy' | 'timeout'; readonly message: string };

export interface PreviewThread {
  /** @throws {Error} when the thread itself fails */
  preview(request: AlertPreviewRequest): Promise<PreviewAnswer>;
  close(): Promise<void>;
}

export function createPreviewThread(server: PrometheusClientOptions): PreviewThread {
  const thread = new Piscina<AlertPreviewRequest, PreviewAnswer>({
    filename: fileURLToPath(new URL('./preview-worker.ts', import.meta.url)),
    name: 'preview',
    workerData: { ...server, timeoutMs: QUERY_TIMEOUT_MS },
    minThreads: 0,
    maxThreads: 1,
    maxQueue: MAX_WAITING,
    idleTimeout: IDLE_TIMEOUT_MS,
    atomics: 'disabled',
    resourceLimits: { maxOldGenerationSizeMb: MAX_HEAP_MB },
  });
  thread.on('error', () => {});
  return {
    async preview(request) {
      if (thread.queueSize >= MAX_WAITING)
        return { failure: 'busy', message: `${MAX_WAITING} previews wait already` };
      const signal = AbortSignal.timeout(PREVIEW_TIMEOUT_MS);
      try {
        return await thread.run(request, { signal });
      } catch (error) {
        if (!signal.aborted) throw error;
        const message = `It took longer than ${PREVIEW_TIMEOUT_MS / 1000} s: ask for a shorter past`;
        return { failure: 'timeout', message };
      }
    },
    close: () => thread.destroy(),
  };
}
