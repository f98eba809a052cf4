// A server on loopback that answers as a vendor's documentation says, for tests of executors that call one.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';

export interface SeenCall {
  readonly method: string;
  readonly path: string;
  readonly query: URLSearchParams;
  readonly token: string;
  readonly contentType: string;
  readonly body: unknown;
}

export interface JsonReply {
  readonly status: number;
  /** A text goes out as it is. */
  readonly body: unknown;
}

export interface TestServer {
  readonly server: { readonly url: string; readonly token_file: string };
  readonly seen: SeenCall[];
}

/** @param answer undefined = no answer at all. */
export async function serveJson(
  context: TestContext,
  answer: (call: SeenCall) => JsonReply | undefined,
): Promise<TestServer> {
  const folder = mkdtempSync(join(tmpdir(), 'guard-json-'));
  const token_file = join(folder, 'token');
  writeFileSync(token_file, 'secret-token\n');
  const seen: SeenCall[] = [];
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const { pathname, searchParams } = new URL(request.url ?? '/', 'http://localhost');
    const text = Buffer.concat(chunks).toString();
    const call = {
      method: request.method ?? '',
      path: pathname,
      query: searchParams,
      token: request.headers.authorization ?? '',
      contentType: request.headers['content-type'] ?? '',
      body: text === '' ? undefined : (JSON.parse(text) as unknown),
    };
    seen.push(call);
    const reply = answer(call);
    if (reply === undefined) return;
    response.writeHead(reply.status, { 'Content-Type': 'application/json' });
    response.end(typeof reply.body === 'string' ? reply.body : JSON.stringify(reply.body));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  context.after(() => {
    server.closeAllConnections();
    server.close();
    rmSync(folder, { recursive: true });
  });
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return { server: { url, token_file }, seen };
}
