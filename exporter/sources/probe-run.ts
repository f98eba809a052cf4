// One run of a probe of any kind: bounded in time, never rejecting, every failure with its reason.
import { type Endpoint, openConnection, type ProbeRun } from './probe-connection.ts';
import { type DnsTarget, probeDns } from './probe-dns.ts';
import { type HttpTarget, probeHttp } from './probe-http.ts';
import { createProbeLookup } from './probe-lookup.ts';
import {
  createProbeTrace,
  describeFailure,
  type ProbeFailure,
  type ProbeResult,
  type ProbeTrace,
} from './probe-result.ts';

export interface TcpTarget extends Endpoint {
  readonly kind: 'tcp';
}

export type ProbeTarget = HttpTarget | TcpTarget | DnsTarget;

/** @param stop ends the run early; its result is a failure that nobody should count. Never rejects. */
export type RunProbe = (
  target: ProbeTarget,
  timeoutSeconds: number,
  stop: AbortSignal,
) => Promise<ProbeResult>;

/** Probes that run by the same value share the bound on name resolution. */
export function createProbeRunner(lookup = createProbeLookup()): RunProbe {
  return async (target, timeoutSeconds, stop) => {
    const trace = createProbeTrace();
    const timeoutMs = Math.ceil(timeoutSeconds * 1000);
    const timeout = AbortSignal.timeout(timeoutMs);
    const run: ProbeRun = { trace, lookup, signal: AbortSignal.any([timeout, stop]) };
    const startMs = performance.now();
    let failure: ProbeFailure | undefined;
    try {
      await probe(target, run, timeoutMs);
    } catch (error) {
      failure = timeout.aborted
        ? timedOut(trace, timeoutSeconds)
        : describeFailure(error, trace.current);
    }
    trace.seconds.set('total', (performance.now() - startMs) / 1000);
    const { seconds, statusCode, certificateExpirySeconds } = trace;
    return { failure, seconds, statusCode, certificateExpirySeconds };
  };
}

async function probe(target: ProbeTarget, run: ProbeRun, timeoutMs: number): Promise<void> {
  if (target.kind === 'http') return probeHttp(target, run);
  if (target.kind === 'dns') return probeDns(target, run, timeoutMs);
  (await openConnection(target, run)).destroy();
}

function timedOut({ current }: ProbeTrace, timeoutSeconds: number): ProbeFailure {
  const where = current ?? 'body';
  return { reason: 'timeout', message: `Not done within ${timeoutSeconds} s, in phase ${where}` };
}
