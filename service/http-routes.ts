// The routes that exporter and analyzer share: /, /metrics, /-/healthy, /-/ready, /-/reload, each with the methods it takes.
import { constants, gzipSync } from 'node:zlib';
import express, {
  type Express,
  type Request,
  type RequestHandler,
  type Response,
  type Router,
} from 'express';
import helmet from 'helmet';
import { errorHandler } from './error-handler.ts';
import { isForeignPage } from './foreign-page.ts';
import type { Logger } from './log.ts';
import { limitRequest } from './request-limits.ts';
import type { WebSecurity } from './web-security.ts';

const MAX_SCRAPES_IN_FLIGHT = 8;

export interface RouteOptions {
  readonly title: string;
  readonly description: string;
  readonly log: Logger;
  /** The body of /metrics in Prometheus' text format 0.0.4; the signal aborts when the client goes away. */
  readonly metrics: (request: ScrapeRequest) => Promise<string | Uint8Array>;
  /** Undefined when ready, else the reason why not. */
  readonly notReady: () => string | undefined;
  readonly reload: () => Promise<void>;
  /** Whoever may not reload is answered by it. */
  readonly guardReload?: RequestHandler;
  readonly links?: Readonly<Record<string, string>>;
  readonly routes?: Router;
  /** What --web.config.file demands; undefined for plain HTTP without users. */
  readonly security?: WebSecurity | undefined;
}

export interface ScrapeRequest {
  readonly signal: AbortSignal;
  /** Values of `collect[]`, empty for everything. */
  readonly collect: readonly string[];
}

/** Everything behind the port; what the web configuration demands comes before every route. */
export function createRoutes(options: RouteOptions): Express {
  const app = express();
  app.disable('x-powered-by');
  app.disable('etag');
  app.use(helmet({ contentSecurityPolicy: { directives: { upgradeInsecureRequests: null } } }));
  if (options.security) app.use(options.security.guard);
  app.use(limitRequest);
  app.get('/-/healthy', (_request, response) => sendText(response, 200, 'Healthy'));
  app.get('/-/ready', (_request, response) => {
    const reason = options.notReady();
    sendText(response, reason === undefined ? 200 : 503, reason ?? 'Ready');
  });
  app.get('/metrics', createScrapeHandler(options));
  if (options.guardReload)
    app.route('/-/reload').post(options.guardReload).put(options.guardReload);
  app.all('/-/reload', (request, response) => reload(options, request, response));
  if (options.routes) app.use(options.routes);
  // Where no page of its own took it.
  app.get('/', (_request, response) => void response.type('html').send(landingPage(options)));
  app.use(refuseUnknown);
  app.use(createErrorHandler(options.log));
  return app;
}

/** No route took it: only reading could have been meant, unless a route of its own says otherwise. */
function refuseUnknown(request: Request, response: Response): void {
  if (request.method === 'GET' || request.method === 'HEAD') {
    sendText(response, 404, 'Not found');
    return;
  }
  response.setHeader('Allow', 'GET, HEAD');
  sendText(response, 405, 'Only GET or HEAD requests allowed');
}

function createScrapeHandler({ metrics, log }: RouteOptions) {
  let inFlight = 0;
  return async (request: Request, response: Response): Promise<void> => {
    if (inFlight >= MAX_SCRAPES_IN_FLIGHT) {
      sendText(response, 503, `More than ${MAX_SCRAPES_IN_FLIGHT} scrapes at once`);
      return;
    }
    inFlight += 1;
    const abort = new AbortController();
    response.once('close', () => abort.abort());
    try {
      const body = await metrics({ signal: abort.signal, collect: collectParameter(request) });
      sendMetrics(request, response, body);
    } catch (error) {
      const { status = 500, message } = error as Error & { status?: number };
      log[status < 500 ? 'debug' : 'error']({ err: error }, 'scrape failed');
      sendText(response, status, `Scrape failed: ${message}`);
    } finally {
      inFlight -= 1;
    }
  };
}

function collectParameter(request: Request): string[] {
  return new URL(request.url, 'http://localhost').searchParams.getAll('collect[]');
}

/** On loopback identity is cheaper than gzip; over a network link level 1 saves five sixths of the bytes. */
function sendMetrics(request: Request, response: Response, body: string | Uint8Array): void {
  response.setHeader('Content-Type', 'text/plain; version=0.0.4; charset=utf-8');
  const loopback = /^(::1$|(::ffff:)?127\.)/.test(request.socket.remoteAddress ?? '');
  if (!loopback && request.acceptsEncodings('gzip') === 'gzip') {
    response.setHeader('Content-Encoding', 'gzip');
    response.end(gzipSync(body, { level: constants.Z_BEST_SPEED }));
    return;
  }
  // As bytes: a text would be put together with the headers, and measured and copied once more for it.
  response.end(typeof body === 'string' ? Buffer.from(body) : body);
}

async function reload(
  { reload: reloadNow }: RouteOptions,
  request: Request,
  response: Response,
): Promise<void> {
  if (request.method !== 'POST' && request.method !== 'PUT') {
    response.setHeader('Allow', 'POST, PUT');
    sendText(response, 405, 'Only POST or PUT requests allowed');
    return;
  }
  if (isForeignPage(request)) {
    sendText(response, 403, 'Not from a page of another origin');
    return;
  }
  try {
    await reloadNow();
    sendText(response, 200, 'Reloaded');
  } catch (error) {
    sendText(
      response,
      500,
      `Failed to reload, the old configuration stays: ${(error as Error).message}`,
    );
  }
}

function createErrorHandler(log: Logger) {
  return errorHandler((error, request, response) => {
    const status = error.status ?? 500;
    if (status >= 500) log.error({ err: error, path: request.path }, 'request failed');
    if (response.headersSent) response.destroy();
    else sendText(response, status, status >= 500 ? 'Internal error' : error.message);
  });
}

function sendText(response: Response, status: number, text: string): void {
  response.status(status).type('text/plain').send(`${text}\n`);
}

function landingPage({ title, description, links }: RouteOptions): string {
  const all = { Metrics: '/metrics', Health: '/-/healthy', Readiness: '/-/ready', ...links };
  const items = Object.entries(all).map(([text, href]) => `<li><a href="${href}">${text}</a></li>`);
  return `<!doctype html><html lang="en"><head><meta charset="utf-8"><title>${title}</title></head>
<body><h1>${title}</h1><p>${description}</p><ul>${items.join('')}</ul></body></html>\n`;
}
