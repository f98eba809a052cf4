// A querier whose answers are received and parsed in a thread of its own.
import { fileURLToPath } from 'node:url';
import { Piscina } from 'piscina';
import type { Notice, PrometheusClientOptions } from '../prometheus/client.ts';
import { type Grid, type Querier, QueryError, type QueryErrorKind } from '../prometheus/querier.ts';
import type { Labels } from '../series/labels.ts';
import type { Point } from '../series/series.ts';

/** Questions that may wait for the thread. */
const MAX_WAITING = 64;
const MAX_HEAP_MB = 512;
/** The thread is ended when nothing was asked for this long. */
const IDLE_TIMEOUT_MS = 60_000;
/** Beyond the client's own time-out: then the thread itself hangs. */
const HANG_TIMEOUT_MS = 60_000;

export type QueryTask =
  | { readonly promql: string; readonly grid: Grid }
  | { readonly promql: string; readonly at: number };

export interface Answered {
  /** JSON of the labels of all series: quicker to read than thousands of copied objects. */
  readonly labels: string;
  /** One series after the other, each as long as the grid; of points time and value in turn. */
  readonly values: Float64Array;
  readonly notice: Notice;
}

export type QueryAnswer =
  | Answered
  | { readonly failure: { readonly kind: QueryErrorKind; readonly message: string } };

export interface QueryThread extends Querier {
  close(): Promise<void>;
}

/** @param onAnswer told of every answer that came, with the query that it is to */
export function createQueryThread(
  options: PrometheusClientOptions,
  onAnswer: (promql: string, notice: Notice) => void = () => {},
  worker: URL = new URL('./query-worker.ts', import.meta.url),
): QueryThread {
  const thread = new Piscina({
    filename: fileURLToPath(worker),
    name: 'query',
    workerData: options,
    minThreads: 0,
    maxThreads: 1,
    maxQueue: MAX_WAITING,
    // Waiting for an answer costs nothing: several questions may be under way.
    concurrentTasksPerWorker: 4,
    idleTimeout: IDLE_TIMEOUT_MS,
    atomics: 'disabled',
    resourceLimits: { maxOldGenerationSizeMb: MAX_HEAP_MB },
  });
  // A thread that dies before it took a task, or cannot be loaded, would leave what waits for it to wait on.
  let broken = new AbortController();
  thread.on('error', (error: unknown) => {
    broken.abort(error);
    broken = new AbortController();
  });

  async function ask(task: QueryTask): Promise<{ labels: Labels[]; values: Float64Array }> {
    let answer: QueryAnswer;
    const ended = broken.signal;
    const hung = AbortSignal.timeout(options.timeoutMs + HANG_TIMEOUT_MS);
    try {
      answer = await thread.run(task, { signal: AbortSignal.any([hung, ended]) });
    } catch (error) {
      const cause: unknown = ended.aborted ? ended.reason : error;
      const detail = cause instanceof Error ? cause.message : String(cause);
      const message = `The query thread failed: ${detail}: ${task.promql}`;
      throw new QueryError('unavailable', message, { cause });
    }
    if ('failure' in answer) throw new QueryError(answer.failure.kind, answer.failure.message);
    onAnswer(task.promql, answer.notice);
    return { labels: JSON.parse(answer.labels) as Labels[], values: answer.values };
  }

  return {
    async instant(promql, at) {
      const { labels, values } = await ask({ promql, at });
      const point = (own: Labels, index: number): Point => {
        const [time = at, value = Number.NaN] = values.subarray(2 * index, 2 * index + 2);
        return { labels: own, time, value };
      };
      return labels.map(point);
    },
    async range(promql, grid) {
      const { labels, values } = await ask({ promql, grid });
      const length = values.length / Math.max(1, labels.length);
      return labels.map((own, index) => ({
        labels: own,
        start: grid.from,
        step: grid.step,
        values: values.subarray(index * length, (index + 1) * length),
      }));
    },
    close: () => thread.destroy(),
  };
}
