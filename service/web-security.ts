// What the web configuration file does to the HTTP face: TLS, client certificates, users, headers and the rate of requests.

import type {
  IncomingMessage,
  RequestListener,
  Server,
  ServerOptions,
  ServerResponse,
} from 'node:http';
import { createServer as createTlsServer, type Server as TlsServer } from 'node:https';
import { type Authenticate, createAuthenticator } from './basic-auth.ts';
import type { Logger } from './log.ts';
import { Gauge, type Registry } from './metric-types.ts';
import { createServer } from './node-http.ts';
import { createRateLimit } from './rate-limit.ts';
import { type WebConfigWatch, type WebSettings, watchWebConfig } from './web-config.ts';
import { asksForCertificate, refuseClient } from './web-tls.ts';

const HANDSHAKE_TIMEOUT_MS = 10_000;
const RETRY_AFTER_SECONDS = 1;

export interface WebSecurityOptions {
  readonly log: Logger;
  /** Where the outcome of the last reading is told. */
  readonly registry: Registry;
  /** The metric prefix, such as `guard_exporter`. */
  readonly prefix: string;
}

export interface WebSecurity {
  /** The server of the port: plain, or TLS with certificates that change while it runs. */
  createServer(options: ServerOptions, listener: RequestListener): Server | TlsServer;
  /** Lets a request pass to `next`, or answers 401, 429 or 503 itself. Comes before every route. */
  guard(request: IncomingMessage, response: ServerResponse, next: () => void): void;
  /** Whether every client has to say who it is, by password or certificate. */
  isAuthenticating(): boolean;
}

/**
 * Reads `--web.config.file`; undefined without one: plain HTTP for everybody.
 * @throws {ConfigError} with every problem of the file.
 */
export function createWebSecurity(
  file: string | undefined,
  { log, registry, prefix }: WebSecurityOptions,
): WebSecurity | undefined {
  if (file === undefined) return undefined;
  const listeners: ((settings: WebSettings) => void)[] = [];
  const watch = watchWebConfig(file, {
    onChange(settings) {
      for (const listener of listeners) listener(settings);
      successful.set(1);
      log.info({ file }, 'web configuration reloaded');
    },
    onBroken(error) {
      successful.set(0);
      log.error({ err: error, file }, 'web configuration is broken, the old one stays');
    },
  });
  const successful = new Gauge({
    name: `${prefix}_web_config_last_reload_successful`,
    help: 'Whether the last attempt to load the web configuration and its certificates succeeded.',
    registers: [registry],
  });
  successful.set(1);
  const guard = createGuard({ watch, log, authenticate: createAuthenticator() });
  return {
    guard,
    isAuthenticating() {
      const { basic_auth_users: users, tls_server_config: tls } = watch.current().config;
      const byCertificate = tls?.client_auth_type === 'RequireAndVerifyClientCert';
      return Object.keys(users).length > 0 || byCertificate;
    },
    createServer(options, listener) {
      const server = createServerFor({ watch, log }, options, listener);
      listeners.push((settings) => applySettings(server, settings));
      return server;
    },
  };
}

interface Parts {
  readonly watch: WebConfigWatch;
  readonly log: Logger;
}

function createServerFor(
  { watch, log }: Parts,
  options: ServerOptions,
  listener: RequestListener,
): Server | TlsServer {
  const { tls } = watch.current();
  if (tls === undefined) return createServer(options, listener);
  const server = createTlsServer(
    {
      ...options,
      ...tls.context,
      handshakeTimeout: HANDSHAKE_TIMEOUT_MS,
      requestCert: asksForCertificate(tls.section),
      // Certificates are judged below by the settings of now, at the same point where Node.js would do it.
      rejectUnauthorized: false,
    },
    listener,
  );
  // Before Node.js' own listeners, so that a changed certificate already serves the handshake that noticed it.
  server.prependListener('connection', () => void watch.current());
  server.prependListener('secureConnection', (socket) => {
    const section = watch.current().tls?.section;
    const reason = section === undefined ? 'no TLS' : refuseClient(section, socket);
    if (reason === undefined) return;
    log.debug({ reason, client: socket.remoteAddress }, 'client refused');
    socket.destroy();
  });
  return server;
}

/** Clients with an idle connection shake hands anew, under the new rules. */
function applySettings(server: Server | TlsServer, { tls }: WebSettings): void {
  if (tls !== undefined && 'setSecureContext' in server) server.setSecureContext(tls.context);
  server.closeIdleConnections();
}

function createGuard({ watch, log, authenticate }: Parts & { authenticate: Authenticate }) {
  let limited: WebSettings | undefined;
  let takeToken = createRateLimit({ intervalSeconds: 0, burst: 0 });
  const limit = (settings: WebSettings): void => {
    const old = limited?.config.rate_limit;
    const { interval = 0, burst = 0 } = settings.config.rate_limit ?? {};
    limited = settings;
    if (old?.interval === interval && old.burst === burst) return;
    takeToken = createRateLimit({ intervalSeconds: interval, burst });
  };
  return (request: IncomingMessage, response: ServerResponse, next: () => void): void => {
    const settings = watch.current();
    if (settings !== limited) limit(settings);
    if (!takeToken()) {
      answer(response, 429, 'Too many requests');
      return;
    }
    setHeaders(response, settings.config.http_server_config.headers);
    const users = settings.config.basic_auth_users;
    if (Object.keys(users).length === 0) {
      next();
      return;
    }
    authenticate(request.headers.authorization, users)
      .then((verdict) => {
        if (verdict === 'accepted') next();
        else if (verdict === 'busy') answer(response, 503, 'Too many passwords to compare');
        else answer(response, 401, 'Unauthorized');
      })
      .catch((error: Error) => {
        log.error({ err: error }, 'authentication failed');
        answer(response, 500, 'Internal error');
      });
  };
}

type Headers = WebSettings['config']['http_server_config']['headers'];

/** A blank value takes the header away, as in exporter-toolkit. */
function setHeaders(response: ServerResponse, headers: Headers): void {
  for (const [name, value] of Object.entries(headers)) {
    if (value === '') response.removeHeader(name);
    else if (value !== undefined) response.setHeader(name, value);
  }
}

function answer(response: ServerResponse, status: 401 | 429 | 500 | 503, text: string): void {
  if (response.headersSent || response.destroyed) return;
  response.statusCode = status;
  response.setHeader('Content-Type', 'text/plain; charset=utf-8');
  if (status === 401) response.setHeader('WWW-Authenticate', 'Basic realm="Latency Guard"');
  if (status === 429 || status === 503) response.setHeader('Retry-After', RETRY_AFTER_SECONDS);
  response.end(`${text}\n`);
}
