// What a server's answer is: checked before anybody relies on its shape, and every way to fail told apart.
import { z } from 'zod';
import { QueryError, type QueryErrorKind } from './querier.ts';

const MAX_TEXT_CHARS = 300;
const MAX_WARNINGS = 10;

/** Without URL and query, which the client knows. */
export interface Failure {
  readonly kind: QueryErrorKind;
  readonly detail: string;
}

export class AnswerError extends Error {
  readonly failure: Failure;
  constructor(failure: Failure, options?: ErrorOptions) {
    super(failure.detail, options);
    this.name = 'AnswerError';
    this.failure = failure;
  }
}

/** The body of a successful answer as the client library reads it. @throws {AnswerError} */
export function checkBody(body: unknown): unknown {
  const { status, data, error } = (body ?? {}) as {
    readonly status?: unknown;
    readonly error?: unknown;
    readonly data?: { readonly resultType?: unknown; readonly result?: unknown };
  };
  if (status === 'error') throw new AnswerError({ kind: 'rejected', detail: textOf(error) });
  const result = data?.result;
  if (status !== 'success' || typeof data?.resultType !== 'string' || !Array.isArray(result))
    throw malformed();
  if (data.resultType === 'vector' || data.resultType === 'matrix') checkSeries(result);
  return body;
}

/** Also spells infinities as JavaScript does: the library reads values by parseFloat, which makes NaN of "+Inf". */
function checkSeries(result: readonly unknown[]): void {
  for (const one of result as ({ metric?: unknown; value?: unknown; values?: unknown } | null)[]) {
    const samples = one?.values ?? [one?.value];
    if (typeof one?.metric !== 'object' || one.metric === null || !Array.isArray(samples))
      throw malformed();
    for (const sample of samples) {
      if (!isSample(sample)) throw malformed();
      if (sample[1].endsWith('Inf'))
        sample[1] = sample[1].startsWith('-') ? '-Infinity' : 'Infinity';
    }
  }
}

function isSample(sample: unknown): sample is [number, string] {
  return Array.isArray(sample) && Number.isFinite(sample[0]) && typeof sample[1] === 'string';
}

function malformed(): AnswerError {
  return new AnswerError({
    kind: 'malformed',
    detail: "the answer is not that of Prometheus' API: is this the address of a Prometheus?",
  });
}

/** Of one expression, when Prometheus itself says why. */
const REFUSALS: ReadonlySet<number> = new Set([400, 413, 414, 422]);
const ADVICE: Readonly<Record<number, string>> = {
  401: ' (it asks who we are: prometheus.bearer_token_file, prometheus.basic_auth)',
  403: ' (it does not let us in: check the token, the user or prometheus.headers)',
  404: ' (no such address: is prometheus.url complete, with its path?)',
};

/** What axios throws, as far as we look at it. */
interface HttpFailure {
  readonly code?: string;
  readonly message?: string;
  readonly response?: { readonly status: number; readonly data?: unknown };
}

/** Never throws. */
export function explainFailure(thrown: unknown): Failure {
  if (thrown instanceof AnswerError) return thrown.failure;
  if (thrown instanceof QueryError) return { kind: thrown.kind, detail: thrown.message };
  const { code = '', message = String(thrown), response } = (thrown ?? {}) as HttpFailure;
  // Two of them in a row are a server, or something in its place, that floods: it is not asked on and on.
  if (/maxContentLength/.test(message))
    return { kind: 'malformed', detail: `the answer is too large: ${message}` };
  if (response !== undefined && response.status >= 400) return explainStatus(response);
  if (code === 'ERR_CANCELED' || code === 'ECONNABORTED' || code === 'ETIMEDOUT')
    return { kind: 'timeout', detail: code === 'ETIMEDOUT' ? message : 'no answer in time' };
  return { kind: 'unavailable', detail: message || code };
}

/**
 * What Prometheus refuses about one expression is 400 or 422 with its own words. Everything else is about the server as a whole: it is
 * busy or away, or does not let us in, or is somewhere else.
 */
function explainStatus({ status, data }: NonNullable<HttpFailure['response']>): Failure {
  const body = data as { readonly status?: unknown; readonly error?: unknown } | undefined;
  const said = body?.status === 'error' ? `: ${textOf(body.error)}` : '';
  const isRefused = said !== '' && REFUSALS.has(status);
  return {
    kind: isRefused ? 'rejected' : 'unavailable',
    detail: `HTTP ${status}${said}${ADVICE[status] ?? ''}`,
  };
}

function textOf(error: unknown): string {
  return typeof error === 'string' ? error.slice(0, MAX_TEXT_CHARS) : 'no reason given';
}

const noted = z.object({ warnings: z.array(z.string()).default([]) });

/** What the server says is missing from its answer: a store of Thanos that is away, a limit that was reached. */
export function warningsOf(body: unknown): string[] {
  const { data } = noted.safeParse(body);
  return (data?.warnings ?? []).slice(0, MAX_WARNINGS).map((text) => text.slice(0, MAX_TEXT_CHARS));
}

/**
 * Limits of a server that a shorter range stays below, in the words of Prometheus, Thanos, Mimir and VictoriaMetrics, and our own
 * limit for the size of an answer.
 */
const TOO_MUCH =
  /too many samples|maxSamplesPerQuery|maxPointsPerTimeseries|err-mimir-max-(chunks|estimated|fetched|query-length|total-query-length|samples)|max(imum)? (number of )?(chunks|samples)|exceeded (chunk|sample)s? limit|maxContentLength/i;

export function isTooMuch({ message }: QueryError): boolean {
  return TOO_MUCH.test(message);
}
