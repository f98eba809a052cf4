// Forecasts in worker threads: bounded queue, time-out per task, workers renewed before they grow.
import { availableParallelism } from 'node:os';
import { fileURLToPath } from 'node:url';
import { Piscina } from 'piscina';
import type { ForecastOptions } from '../forecast/forecast-series.ts';
import type { Forecast, NoForecast } from '../series/forecast.ts';
import type { Series } from '../series/series.ts';
import { createForecastTask, type ForecastTask, type WorkerAnswer } from './forecast-task.ts';

/** Series that may wait: 1,000 with three horizons each. */
export const DEFAULT_MAX_QUEUE = 3000;
/**
 * From the moment a worker takes the task; a forecast takes about 50 ms, the first of a worker 0.5 s,
 * and twenty times that on a machine that is overloaded twentyfold.
 */
export const DEFAULT_TASK_TIMEOUT_MS = 30_000;
/**
 * The models' native memory grows by 1 to 5 kB a fit and never shrinks; with some 25 fits a forecast
 * a worker retires 10 to 20 MB larger than it began (measured by `bench/forecast/cost.ts`).
 */
export const DEFAULT_TASKS_PER_WORKER = 200;
/** A worker without work is ended after this. */
const IDLE_TIMEOUT_MS = 60_000;
const MAX_HEAP_MB = 128;

export interface ForecastPoolOptions {
  /** All cores but one unless told otherwise, and at least one. */
  readonly maxThreads?: number;
  readonly maxQueue?: number;
  readonly taskTimeoutMs?: number;
  readonly tasksPerWorker?: number;
  /** Module that exports `forecast(task)`. */
  readonly worker?: URL;
}

export interface ForecastPool {
  /**
   * Never rejects: a full queue is `overloaded`, an abort or a closed pool `cancelled`, a time-out or
   * a crashed worker `model_failed`, each with a detail.
   */
  forecast(
    history: Series,
    options: ForecastOptions,
    signal?: AbortSignal,
  ): Promise<Forecast | NoForecast>;
  /** CPU time that the models have used so far; a task that ended by force counts with its time limit. */
  cpuSeconds(): number;
  /** Ends every worker; what still waits or runs is answered with a reason. */
  close(): Promise<void>;
}

export function createForecastPool(options: ForecastPoolOptions = {}): ForecastPool {
  const pool = new Pool({
    maxThreads: Math.max(1, availableParallelism() - 1),
    maxQueue: DEFAULT_MAX_QUEUE,
    taskTimeoutMs: DEFAULT_TASK_TIMEOUT_MS,
    tasksPerWorker: DEFAULT_TASKS_PER_WORKER,
    worker: new URL('./forecast-worker.ts', import.meta.url),
    ...options,
  });
  return {
    forecast: (history, request, signal) =>
      pool.submit(createForecastTask(history, request), signal),
    cpuSeconds: () => pool.cpuSeconds,
    close: () => pool.close(),
  };
}

interface Job {
  readonly task: ForecastTask;
  readonly signal: AbortSignal | undefined;
  readonly answer: (result: Forecast | NoForecast) => void;
}

/** Threads of one age: replaced together once they have done their share of tasks. */
interface Generation {
  readonly threads: Piscina;
  /** Aborted when a worker dies without a task, for instance because it cannot be loaded. */
  readonly broken: AbortController;
  started: number;
  running: number;
}

/** Owns the queue itself, so that waiting does not count as running and a renewal loses nothing. */
class Pool {
  readonly #limits: Required<ForecastPoolOptions>;
  readonly #waiting: Job[] = [];
  readonly #closing = new AbortController();
  readonly #ended = new Set<Promise<void>>();
  #running = 0;
  cpuSeconds = 0;
  #generation: Generation | undefined;

  constructor(limits: Required<ForecastPoolOptions>) {
    this.#limits = limits;
  }

  submit(task: ForecastTask, signal: AbortSignal | undefined): Promise<Forecast | NoForecast> {
    if (this.#closing.signal.aborted)
      return Promise.resolve(refused('the forecast pool is closed', 'cancelled'));
    if (signal?.aborted) return Promise.resolve(refused('the forecast was cancelled', 'cancelled'));
    if (this.#waiting.length >= this.#limits.maxQueue)
      return Promise.resolve(
        refused(`the queue is full: ${this.#limits.maxQueue} forecasts wait`, 'overloaded'),
      );
    return new Promise((answer) => {
      this.#waiting.push({ task, signal, answer });
      this.#dispatch();
    });
  }

  async close(): Promise<void> {
    this.#closing.abort();
    for (const job of this.#waiting.splice(0))
      job.answer(refused('the forecast pool is closed', 'cancelled'));
    this.#retire();
    await Promise.all(this.#ended);
  }

  #dispatch(): void {
    while (this.#running < this.#limits.maxThreads) {
      const job = this.#waiting.shift();
      if (job === undefined) return;
      if (job.signal?.aborted) job.answer(refused('the forecast was cancelled', 'cancelled'));
      else void this.#run(job);
    }
  }

  async #run(job: Job): Promise<void> {
    const generation = this.#young();
    generation.started += 1;
    generation.running += 1;
    this.#running += 1;
    job.answer(await this.#attempt(job, generation));
    generation.running -= 1;
    this.#running -= 1;
    if (generation !== this.#generation) this.#end(generation);
    this.#dispatch();
  }

  async #attempt(
    { task, signal }: Job,
    { threads, broken }: Generation,
  ): Promise<Forecast | NoForecast> {
    const timeout = AbortSignal.timeout(this.#limits.taskTimeoutMs);
    const signals = [timeout, this.#closing.signal, broken.signal, ...(signal ? [signal] : [])];
    try {
      const { cpuSeconds = 0, ...answer }: WorkerAnswer = await threads.run(task, {
        signal: AbortSignal.any(signals),
        transferList: [task.history.values.buffer as ArrayBuffer],
      });
      this.cpuSeconds += cpuSeconds;
      return answer;
    } catch (error) {
      if (timeout.aborted) this.cpuSeconds += this.#limits.taskTimeoutMs / 1000;
      if (this.#closing.signal.aborted) return refused('the forecast pool is closed', 'cancelled');
      if (signal?.aborted) return refused('the forecast was cancelled', 'cancelled');
      if (timeout.aborted) return refused(`no forecast within ${this.#limits.taskTimeoutMs} ms`);
      const cause: unknown = broken.signal.aborted ? broken.signal.reason : error;
      return refused(`the forecast worker failed: ${messageOf(cause)}`);
    }
  }

  /** The current generation, or a new one when that has done its share or is broken. */
  #young(): Generation {
    const share = this.#limits.tasksPerWorker * this.#limits.maxThreads;
    const old = this.#generation;
    if (old !== undefined && (old.started >= share || old.broken.signal.aborted)) this.#retire();
    this.#generation ??= startGeneration(this.#limits);
    return this.#generation;
  }

  #retire(): void {
    const old = this.#generation;
    this.#generation = undefined;
    if (old !== undefined) this.#end(old);
  }

  /** A retired generation ends with its last task; a closing pool does not wait for that. */
  #end(generation: Generation): void {
    if (generation.running > 0 && !this.#closing.signal.aborted) return;
    const ended = generation.threads.destroy().finally(() => this.#ended.delete(ended));
    this.#ended.add(ended);
  }
}

function startGeneration({ maxThreads, worker }: Required<ForecastPoolOptions>): Generation {
  const threads = new Piscina({
    filename: fileURLToPath(worker),
    name: 'forecast',
    minThreads: 0,
    maxThreads,
    idleTimeout: IDLE_TIMEOUT_MS,
    atomics: 'disabled',
    resourceLimits: { maxOldGenerationSizeMb: MAX_HEAP_MB },
  });
  const broken = new AbortController();
  threads.on('error', (error: unknown) => broken.abort(error));
  return { threads, broken, started: 0, running: 0 };
}

function messageOf(cause: unknown): string {
  return cause instanceof Error ? cause.message : String(cause);
}

function refused(detail: string, reason: NoForecast['reason'] = 'model_failed'): NoForecast {
  return { reason, detail };
}
