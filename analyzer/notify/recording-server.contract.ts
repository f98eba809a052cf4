// A server on loopback that plays somebody else's service, and remembers what it was asked; for tests.
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';

export interface Asked {
  readonly method: string;
  readonly path: string;
  readonly query: URLSearchParams;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: Buffer;
  /** The body, where it is JSON. */
  readonly json: Record<string, unknown>;
}

export interface Reply {
  readonly status?: number;
  /** A text goes out as it is. */
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

export interface RecordingServer {
  readonly url: string;
  readonly asked: Asked[];
}

/** @param answer undefined = no answer at all. */
export async function serve(
  t: TestContext,
  answer: (asked: Asked, count: number) => Reply | undefined,
): Promise<RecordingServer> {
  const asked: Asked[] = [];
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const body = Buffer.concat(chunks);
    const { pathname, searchParams } = new URL(request.url ?? '/', 'http://x');
    const isJson = request.headers['content-type']?.startsWith('application/json') === true;
    const one: Asked = {
      ...{ method: request.method ?? '', path: pathname, query: searchParams, body },
      headers: request.headers,
      json: isJson && body.length > 0 ? (JSON.parse(body.toString()) as Asked['json']) : {},
    };
    asked.push(one);
    const reply = answer(one, asked.length);
    if (reply === undefined) return;
    response.writeHead(reply.status ?? 200, {
      'Content-Type': 'application/json',
      ...reply.headers,
    });
    response.end(typeof reply.body === 'string' ? reply.body : JSON.stringify(reply.body ?? {}));
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.after(() => {
    server.closeAllConnections();
    server.close();
  });
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, asked };
}

/** A folder for the secrets of one test; answers the path of a file with that content. */
export function secretsOf(t: TestContext): (name: string, content: string) => string {
  const folder = mkdtempSync(join(tmpdir(), 'guard-secrets-'));
  t.after(() => rmSync(folder, { recursive: true }));
  return (name, content) => {
    const file = join(folder, name);
    writeFileSync(file, `${content}\n`);
    return file;
  };
}

export const never = (): AbortSignal => new AbortController().signal;
