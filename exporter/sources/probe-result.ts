// What one run of a probe answers: how long each phase took, and why it failed.

/** In the order in which they happen; `total` is the whole run, also of one that failed. */
export const PROBE_PHASES = ['dns', 'connect', 'tls', 'first_byte', 'total'] as const;
export type ProbePhase = (typeof PROBE_PHASES)[number];
type StepPhase = Exclude<ProbePhase, 'total'>;

/** Label values of failures; a new one is a new value of a public label. */
export type ProbeReason =
  /** The name could not be resolved, or a DNS server answered with an error. */
  | 'dns'
  /** A DNS server says that the name does not exist. */
  | 'not_found'
  /** The name exists without a record of the wanted kind. */
  | 'no_data'
  | 'refused'
  | 'unreachable'
  | 'reset'
  | 'timeout'
  | 'tls'
  | 'status'
  | 'redirect'
  | 'body'
  /** The answer is not what its protocol allows. */
  | 'protocol'
  /** The fault is on this side: a file of the configuration cannot be read. */
  | 'local'
  | 'other';

/** A run that failed for a reason known by name. */
export class ProbeError extends Error {
  readonly reason: ProbeReason;
  constructor(reason: ProbeReason, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'ProbeError';
    this.reason = reason;
  }
}

export interface ProbeFailure {
  readonly reason: ProbeReason;
  /** Never contains a header, a query or a password. */
  readonly message: string;
}

export interface ProbeResult {
  /** Undefined when everything was as expected. */
  readonly failure: ProbeFailure | undefined;
  /** Seconds of every phase that was completed, and of `total`; of redirects the sum. */
  readonly seconds: ReadonlyMap<ProbePhase, number>;
  readonly statusCode: number | undefined;
  /** Unix seconds. */
  readonly certificateExpirySeconds: number | undefined;
}

/** What is known about a run while it goes on. */
export interface ProbeTrace {
  readonly seconds: Map<ProbePhase, number>;
  /** The phase that the run is in, for the message of a time-out. */
  current: StepPhase | undefined;
  statusCode: number | undefined;
  certificateExpirySeconds: number | undefined;
  /** Times one step; its phase counts only when it succeeds. */
  time<T>(phase: StepPhase, step: () => Promise<T>): Promise<T>;
}

export function createProbeTrace(): ProbeTrace {
  const trace: ProbeTrace = {
    seconds: new Map(),
    current: undefined,
    statusCode: undefined,
    certificateExpirySeconds: undefined,
    async time(phase, step) {
      trace.current = phase;
      const startMs = performance.now();
      const answer = await step();
      const seconds = (performance.now() - startMs) / 1000;
      trace.seconds.set(phase, (trace.seconds.get(phase) ?? 0) + seconds);
      trace.current = undefined;
      return answer;
    },
  };
  return trace;
}

const REASON_OF_CODE: Readonly<Record<string, ProbeReason>> = {
  ECONNREFUSED: 'refused',
  EHOSTUNREACH: 'unreachable',
  ENETUNREACH: 'unreachable',
  EADDRNOTAVAIL: 'unreachable',
  ECONNRESET: 'reset',
  EPIPE: 'reset',
  ETIMEDOUT: 'timeout',
  ENOTFOUND: 'dns',
  EAI_AGAIN: 'dns',
};

/** The failure behind an error of Node.js; `phase` decides where the code does not. */
export function describeFailure(error: unknown, phase: ProbePhase | undefined): ProbeFailure {
  if (error instanceof ProbeError) return { reason: error.reason, message: error.message };
  const { code = '', message } = error as NodeJS.ErrnoException;
  const text = message === '' ? code : message;
  if (phase === 'dns' || phase === 'tls') return { reason: phase, message: text };
  const fallback = code.startsWith('HPE_') ? 'protocol' : 'other';
  return { reason: REASON_OF_CODE[code] ?? fallback, message: text };
}
