// One request to somebody else's service: bounded, never redirected, its failure told without the secrets of its address.
import { Agent } from 'node:https';
import fetch from 'node-fetch';
import { productVersion } from '../../service/flags.ts';
import { NotifyError } from './notify-error.ts';
import { readSecret } from './secret.ts';

const MAX_ANSWER_BYTES = 8 * 1024 * 1024;
const MAX_ERROR_CHARS = 300;
export const TIMEOUT_MS = 20_000;
/** Refused for now, or lost on the way. */
const RETRYABLE = [408, 425, 429, 500, 502, 503, 504];

export interface HttpRequest {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH';
  readonly url: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Buffer | undefined;
  /** PEM, instead of the authorities of the system. */
  readonly caFile?: string | undefined;
  readonly signal: AbortSignal;
  readonly timeoutMs?: number | undefined;
}

export interface HttpAnswer {
  readonly status: number;
  readonly text: string;
}

/** The answer of success. @throws {NotifyError} */
export async function requestHttp(request: HttpRequest): Promise<HttpAnswer> {
  const { method, url, headers, body, caFile, signal, timeoutMs = TIMEOUT_MS } = request;
  const agent =
    caFile !== undefined && url.startsWith('https:')
      ? new Agent({ ca: await readSecret(caFile) })
      : undefined;
  try {
    const response = await fetch(url, {
      method,
      redirect: 'error',
      size: MAX_ANSWER_BYTES,
      headers: { 'User-Agent': `latency-guard/${productVersion()}`, ...headers },
      ...(body === undefined ? {} : { body }),
      ...(agent === undefined ? {} : { agent }),
      signal: AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)]),
    });
    const text = await response.text();
    if (response.ok) return { status: response.status, text };
    throw refused(request, { status: response.status, text }, response.headers.get('retry-after'));
  } catch (error) {
    throw error instanceof NotifyError ? error : lost(request, error as Error & { code?: string });
  } finally {
    agent?.destroy();
  }
}

/** JSON in, JSON out. @throws {NotifyError} also when the answer is no JSON. */
export async function requestJson(
  request: Omit<HttpRequest, 'body'> & { readonly json?: unknown },
): Promise<unknown> {
  const { json, headers, ...rest } = request;
  const { text } = await requestHttp({
    ...rest,
    headers: { Accept: 'application/json', 'Content-Type': 'application/json', ...headers },
    ...(json === undefined ? {} : { body: JSON.stringify(json) }),
  });
  try {
    return JSON.parse(text);
  } catch {
    throw new NotifyError('malformed', `${nameOf(request)}: the answer is not JSON: ${cut(text)}`);
  }
}

function refused(request: HttpRequest, { status, text }: HttpAnswer, after: string | null) {
  return new NotifyError(`http_${status}`, `${nameOf(request)}: HTTP ${status}: ${cut(text)}`, {
    isRetryable: RETRYABLE.includes(status),
    retryAfter: parseRetryAfter(after, Date.now()),
  });
}

function lost(request: HttpRequest, { name, message, code = '' }: Error & { code?: string }) {
  const isOver = name === 'AbortError' || name === 'TimeoutError';
  if (isOver && request.signal.aborted)
    return new NotifyError('stopped', `${nameOf(request)}: stopped before there was an answer`);
  const what = isOver
    ? `no answer within ${request.timeoutMs ?? TIMEOUT_MS} ms`
    : message.replaceAll(request.url, originOf(request.url));
  const isTls = /CERT|TLS|SSL|SIGNATURE/.test(code);
  const reason = isOver ? 'timeout' : isTls ? 'tls' : 'no_answer';
  return new NotifyError(reason, `${nameOf(request)}: ${what}`, { isRetryable: !isTls });
}

/** Paths may hold secrets: those of webhooks do. */
function nameOf({ method, url }: Pick<HttpRequest, 'method' | 'url'>): string {
  return `${method} ${originOf(url)}`;
}

function originOf(url: string): string {
  return URL.parse(url)?.origin ?? '(not a URL)';
}

function cut(text: string): string {
  return text.replaceAll(/\s+/g, ' ').slice(0, MAX_ERROR_CHARS);
}

/** Seconds, or an HTTP date (RFC 9110, 10.2.3); undefined for anything else. */
export function parseRetryAfter(text: string | null, nowMs: number): number | undefined {
  if (text === null) return undefined;
  if (/^\d+$/.test(text.trim())) return Number(text);
  const date = Date.parse(text);
  return Number.isNaN(date) ? undefined : Math.max(0, (date - nowMs) / 1000);
}
