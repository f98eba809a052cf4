// Keeps a handful of servers running: starts them, waits until they are ready, restarts what dies, stops everything.
import { type Child, type ChildSpec, createChild } from './child.ts';

export const STOP_TERM_MS = 3_000;
export const STOP_TOTAL_MS = 5_000;
const READY_TIMEOUT_MS = 60_000;
const READY_POLL_MS = 250;
/** A server that dies this often before it was ever ready does so for a reason that waiting does not cure. */
const MAX_DEATHS_BEFORE_READY = 3;
const SHOWN_LOG_LINES = 12;

export interface SupervisorOptions {
  readonly specs: readonly ChildSpec[];
  /** Something the user should know, one or more lines. */
  readonly say: (line: string) => void;
  readonly readyTimeoutMs?: number;
  /** Answers whether a URL says 2xx; replaced in tests. */
  readonly isReady: (url: string) => Promise<boolean>;
}

export interface Progress {
  readonly name: string;
  readonly ready: boolean;
  readonly elapsedSeconds: number;
}

export interface Supervisor {
  /**
   * Starts everything and answers when all are ready.
   * @throws with the name, reason and last log lines of the server that cannot; the caller then calls `stop`.
   */
  start(onProgress: (progress: readonly Progress[]) => void): Promise<void>;
  /** TERM, KILL after 3 s. Can be called any number of times. */
  stop(): Promise<void>;
  /** KILL without waiting. */
  kill(): void;
  pids(): ReadonlyMap<string, number>;
}

/** Builds the supervisor; nothing starts before `start`. */
export function createSupervisor(options: SupervisorOptions): Supervisor {
  const children = options.specs.map((spec) => createChild(spec, options.say));
  let stopped: Promise<void> | undefined;
  const stop = (): Promise<void> => {
    stopped ??= stopAll(children);
    return stopped;
  };
  return {
    start: async (onProgress) => {
      for (const child of children) child.start();
      await waitUntilReady(children, { ...options, onProgress, isStopped: () => !!stopped });
    },
    stop,
    kill: () => {
      for (const child of children) child.signal('SIGKILL');
    },
    pids: () =>
      new Map(children.flatMap(({ spec, pid }) => (pid() ? [[spec.name, pid() ?? 0]] : []))),
  };
}

async function stopAll(children: readonly Child[]): Promise<void> {
  await Promise.all(children.map((child) => child.stop(STOP_TERM_MS)));
}

interface ReadyOptions extends SupervisorOptions {
  readonly onProgress: (progress: readonly Progress[]) => void;
  readonly isStopped: () => boolean;
}

async function waitUntilReady(children: readonly Child[], options: ReadyOptions): Promise<void> {
  const { readyTimeoutMs = READY_TIMEOUT_MS, isReady, isStopped, onProgress } = options;
  const started = performance.now();
  const readyAfter = new Map<Child, number>();
  while (readyAfter.size < children.length && !isStopped()) {
    const elapsedSeconds = (performance.now() - started) / 1000;
    const waiting = children.filter((child) => !readyAfter.has(child));
    const hopeless = waiting.find(
      (child) =>
        child.deaths() >= MAX_DEATHS_BEFORE_READY || elapsedSeconds * 1000 > readyTimeoutMs,
    );
    if (hopeless !== undefined) throw new Error(describeFailure(hopeless, elapsedSeconds));
    await Promise.all(
      waiting.map(async (child) => {
        const alive = child.pid() !== undefined;
        if (alive && (await isReady(child.spec.readyUrl))) readyAfter.set(child, elapsedSeconds);
      }),
    );
    onProgress(
      children.map((child) => ({
        name: child.spec.name,
        ready: readyAfter.has(child),
        elapsedSeconds: readyAfter.get(child) ?? elapsedSeconds,
      })),
    );
    if (readyAfter.size < children.length) await delay(READY_POLL_MS);
  }
}

function describeFailure(child: Child, elapsedSeconds: number): string {
  const { name, readyUrl, logFile } = child.spec;
  const words = child.lastWords(SHOWN_LOG_LINES);
  const what =
    child.deaths() > 0
      ? `ended ${child.deaths()} times, last with ${child.lastEnd()}`
      : `runs, but ${readyUrl} does not answer`;
  return [
    `${name} did not become ready in ${elapsedSeconds.toFixed(0)} s: it ${what}`,
    ...(words.length > 0 ? ['Its last words:', ...words.map((line) => `  ${line}`)] : []),
    `Everything it said is in ${logFile}`,
  ].join('\n');
}

function delay(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
