// One HTTP request of ours to another server: never begun when it is already over, never redirected, its answer bounded.
import fetch, { type RequestInit, type Response } from 'node-fetch';

export interface OutboundRequest extends RequestInit {
  /** Bytes of the answer, decompressed; a larger one is an error. */
  readonly size: number;
  /** A time-out at least. */
  readonly signal: AbortSignal;
}

/**
 * node-fetch without two of its habits. Asked with a body and a signal that has been aborted before, it destroys a
 * stream that nobody listens to, and the error of that stream ends the process (node-fetch 3.3.2). And it follows a 301 or 302 of a
 * POST with a GET: what answers that with 200 seems to have taken what it never got.
 * @throws what the signal was aborted with, or FetchError.
 */
export async function sendRequest(url: string, request: OutboundRequest): Promise<Response> {
  request.signal.throwIfAborted();
  return await fetch(url, { redirect: 'error', ...request });
}
