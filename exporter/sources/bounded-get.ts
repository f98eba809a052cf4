// One GET over TCP, TLS or a unix socket, within a time and a size; nothing is followed, nothing is kept open.
import type { IncomingMessage, RequestOptions } from 'node:http';
import { request as requestHttps } from 'node:https';
import { request as requestHttp } from '../../service/node-http.ts';

export interface BoundedGet {
  /** Host, port and path, or socketPath and path; with TLS also `ca`. */
  readonly request: RequestOptions & {
    readonly ca?: string;
    readonly rejectUnauthorized?: boolean;
  };
  readonly tls?: boolean;
  /** For the whole exchange. */
  readonly timeoutMs: number;
  readonly maxBytes: number;
}

export interface BoundedAnswer {
  readonly status: number;
  readonly text: string;
  readonly retryAfterSeconds: number | undefined;
}

/** @throws the error of the system, or one that says which bound was passed; `name` is TimeoutError for time. */
export async function getBounded(get: BoundedGet): Promise<BoundedAnswer> {
  const { request, tls = false, timeoutMs, maxBytes } = get;
  const signal = AbortSignal.timeout(timeoutMs);
  const send = tls ? requestHttps : requestHttp;
  const { promise, resolve, reject } = Promise.withResolvers<IncomingMessage>();
  const call = send({ ...request, agent: false, signal }, resolve);
  call.on('error', reject);
  call.end();
  try {
    const answer = await promise;
    const text = await readBody(answer, maxBytes);
    const retryAfter = Number(answer.headers['retry-after']);
    const retryAfterSeconds = retryAfter > 0 ? retryAfter : undefined;
    return { status: answer.statusCode ?? 0, text, retryAfterSeconds };
  } catch (error) {
    if (!signal.aborted) throw error;
    const message = `no answer within ${timeoutMs} ms`;
    throw Object.assign(new Error(message, { cause: error }), { name: 'TimeoutError' });
  } finally {
    call.destroy();
  }
}

async function readBody(answer: IncomingMessage, maxBytes: number): Promise<string> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of answer as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > maxBytes) throw new Error(`the answer is larger than ${maxBytes} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}
