// One HTTP request with JSON in and out to a server that carries out actions: bounded, never redirected, its failure told by reason.
import { request as httpRequest } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { redactUrl } from '../../../service/log.ts';
import { ExecutorError } from '../executor.ts';

const MAX_ANSWER_BYTES = 8 * 1024 * 1024;
/** The request never left. */
const NOT_SENT = ['ECONNREFUSED', 'ENOTFOUND', 'EHOSTUNREACH', 'ENETUNREACH', 'EAI_AGAIN'];
const TLS = /CERT|TLS|SSL|SIGNATURE|EPROTO/;

export interface JsonRequest {
  readonly url: string;
  readonly method: 'GET' | 'POST' | 'PATCH';
  /** Beside or instead of Accept and Content-Type, which are JSON. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: unknown;
  /** PEM, instead of the system's authorities. */
  readonly ca: string | undefined;
  readonly timeoutMs: number;
  readonly signal: AbortSignal;
}

export interface JsonAnswer {
  readonly status: number;
  readonly text: string;
  /** Undefined when it is no JSON. */
  readonly json: unknown;
}

/**
 * Every status is an answer.
 * @throws {ExecutorError} `not_sent` (may be tried again), `tls`, `aborted`, `timeout`, `no_answer`.
 */
export async function requestJson(request: JsonRequest): Promise<JsonAnswer> {
  try {
    const { status, text } = await send(request);
    return { status, text, json: parse(text) };
  } catch (error) {
    throw explain(error as Error & { code?: string }, request);
  }
}

/** Node's own client: it follows no redirect, and an end at any moment is this promise's alone. */
function send(request: JsonRequest): Promise<{ status: number; text: string }> {
  const { url, method, headers, body, ca, timeoutMs, signal } = request;
  const over = AbortSignal.timeout(Math.max(1, Math.ceil(timeoutMs)));
  return new Promise((resolve, reject) => {
    const options = {
      method,
      headers: { Accept: 'application/json', 'Content-Type': 'application/json', ...headers },
      signal: AbortSignal.any([signal, over]),
      // A connection of its own: one that was kept may have been closed meanwhile.
      agent: false,
      ...(ca === undefined ? {} : { ca }),
    } as const;
    const open = url.startsWith('https:') ? httpsRequest : httpRequest;
    const outgoing = open(url, options, (response) => {
      const chunks: Buffer[] = [];
      let bytes = 0;
      response.on('data', (chunk: Buffer) => {
        bytes += chunk.length;
        if (bytes > MAX_ANSWER_BYTES)
          outgoing.destroy(new Error(`the answer is larger than ${MAX_ANSWER_BYTES} bytes`));
        else chunks.push(chunk);
      });
      response.on('error', reject);
      response.once('end', () =>
        resolve({ status: response.statusCode ?? 0, text: Buffer.concat(chunks).toString('utf8') }),
      );
    });
    outgoing.on('error', reject);
    outgoing.end(body === undefined ? undefined : JSON.stringify(body));
  });
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function explain(error: Error & { code?: string }, { method, url, signal }: JsonRequest) {
  const { code = '', name, message } = error;
  const what = `${method} ${redactUrl(url)}: ${message}`;
  if (NOT_SENT.includes(code)) return new ExecutorError('not_sent', what, true);
  if (signal.aborted) return new ExecutorError('aborted', what);
  if (name === 'AbortError') return new ExecutorError('timeout', what);
  return new ExecutorError(TLS.test(code) ? 'tls' : 'no_answer', what);
}
