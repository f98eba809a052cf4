// What one client may ask of the HTTP face, so that nobody needs a password to be a nuisance.
import type { NextFunction, Request, Response } from 'express';
import { sendProblem } from './problem.ts';

const MAX_URL_CHARS = 4_096;
const TITLES = { 400: 'Bad request', 413: 'Content too large', 414: 'URI too long' } as const;

export interface ServerLimits {
  /** Connections beyond are closed at once. */
  readonly maxConnections: number;
  /** Request line and headers together; more is answered 431. */
  readonly maxHeaderSize: number;
  /** From the first byte to the end of the headers: a client that dribbles is answered 408. */
  readonly headersTimeout: number;
  readonly requestTimeout: number;
  /** How often Node.js looks for connections beyond the two above. */
  readonly connectionsCheckingInterval: number;
}

export const SERVER_LIMITS: ServerLimits = {
  maxConnections: 256,
  maxHeaderSize: 16_384,
  headersTimeout: 10_000,
  requestTimeout: 30_000,
  connectionsCheckingInterval: 5_000,
};

/** Refuses URLs that no client of ours sends, and bodies where nobody reads them. */
export function limitRequest(request: Request, response: Response, next: NextFunction): void {
  if (request.url.length > MAX_URL_CHARS) {
    refuse(response, 414, `URL longer than ${MAX_URL_CHARS} characters`);
  } else if (isRead(request) && hasBody(request)) {
    refuse(response, 413, `${request.method} requests have no body`);
  } else if (!URL.canParse(request.url, 'http://localhost')) {
    // Written whole, as to a proxy, and wrong: who takes it apart later would fail at it.
    refuse(response, 400, 'What is asked for is no URL');
  } else next();
}

function isRead({ method }: Request): boolean {
  return method === 'GET' || method === 'HEAD';
}

function hasBody({ headers }: Request): boolean {
  return headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) > 0;
}

/** The connection ends with the answer: what the client still sends is not read. */
function refuse(response: Response, status: keyof typeof TITLES, text: string): void {
  response.set('Connection', 'close');
  if (response.req.url.startsWith('/api/')) {
    sendProblem(response, { status, title: TITLES[status], detail: text });
    return;
  }
  response.status(status).type('text/plain').send(`${text}\n`);
}
