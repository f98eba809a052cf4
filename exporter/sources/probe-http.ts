// One run of an HTTP probe: request, status and body within bounds, a few redirects if wanted, no connection kept.
import type { IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';
import { redactUrl } from '../../service/log.ts';
import { request as httpRequest } from '../../service/node-http.ts';
import { openConnection, type ProbeRun, type ProbeTls, readLocalFile } from './probe-connection.ts';
import { ProbeError } from './probe-result.ts';

export interface HttpTarget {
  readonly kind: 'http';
  readonly url: string;
  readonly method: string;
  /** Undefined for any 2xx. */
  readonly expectedStatus: readonly number[] | undefined;
  readonly headers: Readonly<Record<string, string>>;
  /** Its content is sent as `Authorization: Bearer …`; read at every run. */
  readonly bearerTokenFile: string | undefined;
  readonly bodyLimitBytes: number;
  readonly maxRedirects: number;
  readonly tls: ProbeTls;
}

interface Hop {
  readonly url: URL;
  readonly method: string;
  readonly headers: Readonly<Record<string, string>>;
}

interface Answer {
  readonly statusCode: number;
  /** Where to go on; undefined for the answer that was expected. */
  readonly location: string | undefined;
}

/** @throws {ProbeError} or an error of Node.js when the answer is not as expected. */
export async function probeHttp(target: HttpTarget, run: ProbeRun): Promise<void> {
  let hop: Hop = {
    url: new URL(target.url),
    method: target.method,
    headers: await headersOf(target, run.signal),
  };
  for (let redirects = 0; ; redirects += 1) {
    const answer = await exchange(hop, target, run);
    if (answer.location === undefined) return;
    if (redirects >= target.maxRedirects) {
      throw new ProbeError('redirect', `More than ${target.maxRedirects} redirects`);
    }
    hop = nextHop(hop, answer.statusCode, answer.location);
  }
}

async function headersOf(target: HttpTarget, signal: AbortSignal): Promise<Hop['headers']> {
  const { headers, bearerTokenFile } = target;
  const common = { 'user-agent': 'latency-guard', 'accept-encoding': 'identity', ...headers };
  if (bearerTokenFile === undefined) return common;
  const token = (await readLocalFile(bearerTokenFile, signal)).trim();
  if (!/^[\x21-\x7e]+$/.test(token)) {
    throw new ProbeError('local', `${bearerTokenFile} does not contain one token`);
  }
  return { ...common, authorization: `Bearer ${token}` };
}

/** @throws {ProbeError} of reason `status` without reading the body of what is neither expected nor a redirect. */
async function exchange(hop: Hop, target: HttpTarget, run: ProbeRun): Promise<Answer> {
  const { url } = hop;
  const secure = url.protocol === 'https:';
  const socket = await openConnection(
    {
      host: url.hostname.replace(/^\[(.*)\]$/, '$1'),
      port: Number(url.port) || (secure ? 443 : 80),
      tls: secure ? target.tls : undefined,
    },
    run,
  );
  try {
    const response = await run.trace.time('first_byte', () => send(hop, socket, run.signal));
    const { statusCode = 0 } = response;
    run.trace.statusCode = statusCode;
    const expected = isExpected(target, statusCode);
    const location = expected ? undefined : redirectOf(target, response);
    if (!expected && location === undefined) {
      throw new ProbeError('status', `${redactUrl(url.href)} answered ${statusCode}`);
    }
    await readBody(response, target.bodyLimitBytes);
    return { statusCode, location };
  } finally {
    socket.destroy();
  }
}

function send(hop: Hop, socket: Socket, signal: AbortSignal): Promise<IncomingMessage> {
  const { url, method, headers } = hop;
  return new Promise((resolve, reject) => {
    const request = httpRequest({
      createConnection: () => socket,
      host: url.hostname,
      port: url.port,
      // The socket may be a TLS one already: node:http only has to know which port goes without saying.
      defaultPort: url.protocol === 'https:' ? 443 : 80,
      path: `${url.pathname}${url.search}`,
      method,
      headers,
      signal,
    });
    request.on('error', reject);
    request.once('response', resolve);
    request.once('close', () =>
      reject(new ProbeError('protocol', 'The connection was closed without an answer')),
    );
    request.end();
  });
}

async function readBody(response: IncomingMessage, limitBytes: number): Promise<void> {
  let bytes = 0;
  for await (const chunk of response) {
    bytes += (chunk as Buffer).length;
    if (bytes > limitBytes) throw new ProbeError('body', `The body exceeds ${limitBytes} bytes`);
  }
}

function isExpected({ expectedStatus }: HttpTarget, statusCode: number): boolean {
  if (expectedStatus !== undefined) return expectedStatus.includes(statusCode);
  return statusCode >= 200 && statusCode < 300;
}

function redirectOf(target: HttpTarget, { statusCode = 0, headers }: IncomingMessage) {
  const followed = target.maxRedirects > 0 && statusCode >= 300 && statusCode < 400;
  return followed ? headers.location : undefined;
}

/** Headers of the configuration may hold credentials: another origin never gets them, nor does plain text after TLS. */
function nextHop({ url, method, headers }: Hop, statusCode: number, location: string): Hop {
  const next = URL.parse(location, url.href);
  if (next === null || !/^https?:$/.test(next.protocol)) {
    throw new ProbeError('redirect', `${redactUrl(url.href)} redirects to no http URL`);
  }
  if (url.protocol === 'https:' && next.protocol === 'http:') {
    throw new ProbeError('redirect', `${redactUrl(url.href)} redirects from https to http`);
  }
  return {
    url: next,
    method: statusCode < 307 && method !== 'HEAD' ? 'GET' : method,
    headers: next.origin === url.origin ? headers : { 'user-agent': 'latency-guard' },
  };
}
