// What carries out an action: says first what it would do, then does it, and answers whether another try makes sense.

export interface ExecutorAction {
  readonly id: string;
  readonly host: string;
  /** Filled in; the executor parses them once more. */
  readonly parameters: Readonly<Record<string, unknown>>;
  readonly timeoutSeconds: number;
}

export interface Outcome {
  /** `retryable`: nothing was changed, and it may go better later. */
  readonly result: 'done' | 'retryable' | 'permanent';
  /** Usable as the value of a label, such as `no_host_matched`. */
  readonly reason: string;
  /** What the tool said, bounded. */
  readonly output: string;
}

export interface Executor {
  /** Problems of the parameters as they stand in a playbook, labels not yet filled in. */
  check(parameters: Readonly<Record<string, unknown>>): readonly string[];
  /** What would be done, without doing it. @throws {ExecutorError} when it must not be done. */
  plan(action: ExecutorAction, signal: AbortSignal): Promise<string>;
  /** Never throws: what went wrong is the outcome. */
  run(action: ExecutorAction, signal: AbortSignal): Promise<Outcome>;
  /**
   * What came of a run that its analyzer did not live to see, where there is somebody to ask; undefined while it is not
   * known. @throws {ExecutorError}
   */
  outcomeOf?(action: ExecutorAction, signal: AbortSignal): Promise<Outcome | undefined>;
}

export class ExecutorError extends Error {
  readonly reason: string;
  readonly retryable: boolean;
  constructor(reason: string, message: string, retryable = false) {
    super(message);
    this.name = 'ExecutorError';
    this.reason = reason;
    this.retryable = retryable;
  }
}

/** Runs what may throw an {ExecutorError} as `run` has to answer. */
export async function toOutcome(work: () => Promise<Outcome>): Promise<Outcome> {
  try {
    return await work();
  } catch (error) {
    const { message } = error as Error;
    if (!(error instanceof ExecutorError))
      return { result: 'permanent', reason: 'error', output: message };
    const result = error.retryable ? 'retryable' : 'permanent';
    return { result, reason: error.reason, output: message };
  }
}
