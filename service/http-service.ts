// The HTTP face that exporter and analyzer share: one port, plain or TLS, with every limit named.
import type { Server } from 'node:http';
import type { Server as TlsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { createRoutes, type RouteOptions } from './http-routes.ts';
import { createServer } from './node-http.ts';
import { SERVER_LIMITS, type ServerLimits } from './request-limits.ts';

const STOP_GRACE_MS = 1_000;

export interface ListenAddress {
  readonly host: string;
  readonly port: number;
}

export interface HttpServiceOptions extends RouteOptions {
  readonly listen: ListenAddress;
  /** Smaller ones in tests. */
  readonly limits?: ServerLimits;
}

export interface HttpService {
  start(): Promise<ListenAddress>;
  stop(): Promise<void>;
}

/** Builds the server without opening a port; `start` listens and answers the real address (port 0 picks one). */
export function createHttpService(options: HttpServiceOptions): HttpService {
  const { maxConnections, ...limits } = options.limits ?? SERVER_LIMITS;
  const create = options.security?.createServer ?? createServer;
  const server = create(limits, createRoutes(options));
  server.maxConnections = maxConnections;
  return { start: () => listen(server, options.listen), stop: () => close(server) };
}

function listen(server: Server | TlsServer, { host, port }: ListenAddress): Promise<ListenAddress> {
  return new Promise((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => {
      const reason = error.code === 'EADDRINUSE' ? 'the port is in use' : error.message;
      reject(new Error(`Cannot listen on ${host}:${port}: ${reason}`, { cause: error }));
    });
    server.listen(port, host, () =>
      resolve({ host, port: (server.address() as AddressInfo).port }),
    );
  });
}

function close(server: Server | TlsServer): Promise<void> {
  return new Promise((resolve) => {
    const force = setTimeout(() => server.closeAllConnections(), STOP_GRACE_MS);
    server.close(() => {
      clearTimeout(force);
      resolve();
    });
    server.closeIdleConnections();
  });
}
