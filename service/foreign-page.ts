// Whether a browser says that a page of somebody else sent the request: pages reach this machine and every network that the browser is in.
// Source: https://www.w3.org/TR/fetch-metadata/, https://fetch.spec.whatwg.org/#origin-header
import type { IncomingMessage } from 'node:http';

/** Programs send neither header; for a link that was followed or typed in `Origin` is missing too. */
export function isForeignPage({ headers }: Pick<IncomingMessage, 'headers'>): boolean {
  const site = headers['sec-fetch-site'];
  if (site !== undefined && site !== 'same-origin' && site !== 'none') return true;
  const { origin, host } = headers;
  return origin !== undefined && URL.parse(origin)?.host !== host;
}

/** The same for what a link may lead to: a page that only embeds it, or fetches it unseen, is refused. */
export function isEmbeddedByForeignPage(request: Pick<IncomingMessage, 'headers'>): boolean {
  return isForeignPage(request) && request.headers['sec-fetch-mode'] !== 'navigate';
}
