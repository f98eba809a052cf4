// A real OpenID Connect provider on loopback, and a browser that follows its redirects and fills in its forms, for tests.
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { TestContext } from 'node:test';
import { Provider } from 'oidc-provider';

const MAX_STEPS = 20;
const TIMEOUT_MS = 20_000;

export interface IdentityProvider {
  readonly issuer: string;
  /** As if it had gone. */
  stop(): void;
}

/** @param groups of each account; any password is taken. */
export async function startIdentityProvider(
  t: Pick<TestContext, 'after'>,
  options: {
    readonly externalUrl: string;
    readonly secret: string;
    readonly groups: Readonly<Record<string, readonly string[]>>;
  },
): Promise<IdentityProvider> {
  const { externalUrl, secret, groups } = options;
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const issuer = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const provider = new Provider(issuer, {
    clients: [
      {
        client_id: 'guard',
        client_secret: secret,
        redirect_uris: [`${externalUrl}/auth/callback`],
        post_logout_redirect_uris: [`${externalUrl}/`],
      },
    ],
    claims: { openid: ['sub'], profile: ['preferred_username', 'groups'] },
    pkce: { required: () => true },
    cookies: { keys: ['for this test'] },
    findAccount: (_context, id) => ({
      accountId: id,
      claims: () => ({ sub: `id-${id}`, preferred_username: id, groups: groups[id] ?? [] }),
    }),
  });
  server.on('request', provider.callback());
  const stop = () => {
    server.closeAllConnections();
    server.close();
  };
  t.after(stop);
  return { issuer, stop };
}

export interface Visit {
  readonly status: number;
  readonly url: string;
  readonly text: string;
}

/** Keeps cookies per host and port, as none of its servers shares any with another. */
export function createBrowser() {
  const jars = new Map<string, Map<string, string>>();
  async function send(url: string, init: RequestInit = {}): Promise<Response> {
    const { host } = new URL(url);
    const jar = jars.get(host) ?? new Map<string, string>();
    jars.set(host, jar);
    const Cookie = [...jar].map(([name, value]) => `${name}=${value}`).join('; ');
    const response = await fetch(url, {
      ...init,
      headers: { Accept: 'text/html,*/*;q=0.1', ...init.headers, ...(Cookie && { Cookie }) },
      redirect: 'manual',
      signal: AbortSignal.timeout(TIMEOUT_MS),
    });
    for (const line of response.headers.getSetCookie()) {
      const [pair = '', ...attributes] = line.split(';');
      const equals = pair.indexOf('=');
      const isOver = attributes.some((each) => /max-age=0|expires=Thu, 01 Jan 1970/i.test(each));
      if (isOver) jar.delete(pair.slice(0, equals));
      else jar.set(pair.slice(0, equals), pair.slice(equals + 1));
    }
    return response;
  }
  /** Follows redirects, logs in as `account` where a form asks for it, until a page of `stopAt` is there. */
  async function visit(url: string, account: string, stopAt: (url: string) => boolean) {
    let [next, init]: [string, RequestInit] = [url, {}];
    for (let step = 0; step < MAX_STEPS; step += 1) {
      const response = await send(next, init);
      const text = await response.text();
      const location = response.headers.get('location');
      if (location !== null) {
        [next, init] = [new URL(location, next).href, {}];
        if (stopAt(next)) return { status: response.status, url: next, text };
        continue;
      }
      const action = /<form[^>]*action="([^"]+)"/.exec(text)?.[1];
      if (action === undefined) return { status: response.status, url: next, text };
      const prompt = /name="prompt" value="(\w+)"/.exec(text)?.[1] ?? 'login';
      next = new URL(action, next).href;
      const body = new URLSearchParams({ prompt, login: account, password: 'any' });
      init = { method: 'POST', body };
    }
    throw new Error(`More than ${MAX_STEPS} redirects and forms, last ${next}`);
  }
  return { send, visit };
}
