// How a server wants to be asked: who we are, for which tenant, over which TLS. Files are read anew, so that secrets can be changed.
import { readFile, stat } from 'node:fs/promises';
import { Agent } from 'node:https';

const MAX_SECRET_BYTES = 64 * 1024;

/** Plain data: it also travels to threads. */
export interface ServerAccess {
  /** Sent with every query. */
  readonly headers?: Readonly<Record<string, string>> | undefined;
  readonly bearerTokenFile?: string | undefined;
  readonly basicAuth?:
    | { readonly username: string; readonly passwordFile?: string | undefined }
    | undefined;
  readonly tls?: TlsAccess | undefined;
}

export interface TlsAccess {
  /** PEM, instead of the system's authorities. */
  readonly caFile?: string | undefined;
  /** Our own certificate and its key, for servers that ask for one. */
  readonly certFile?: string | undefined;
  readonly keyFile?: string | undefined;
  /** The name that the certificate has to be for, when it is not that of the URL. */
  readonly serverName?: string | undefined;
}

export interface Access {
  /** Headers of the next request. @throws {Error} naming the file that cannot be read. */
  headers(): Promise<Record<string, string>>;
  /** Undefined where the system's own settings are meant. @throws {Error} */
  agent(): Promise<Agent | undefined>;
  /** Whether there is something that a redirect must not carry elsewhere. */
  readonly isSecret: boolean;
}

export function createAccess(access: ServerAccess = {}): Access {
  const { headers = {}, bearerTokenFile, basicAuth, tls } = access;
  let known: { readonly version: string; readonly agent: Agent } | undefined;
  return {
    isSecret: access.headers !== undefined || Boolean(bearerTokenFile ?? basicAuth),
    async headers() {
      if (bearerTokenFile !== undefined)
        return { ...headers, Authorization: `Bearer ${await readSecret(bearerTokenFile)}` };
      if (basicAuth === undefined) return { ...headers };
      const { username, passwordFile } = basicAuth;
      const password = passwordFile === undefined ? '' : await readSecret(passwordFile);
      const pair = Buffer.from(`${username}:${password}`).toString('base64');
      return { ...headers, Authorization: `Basic ${pair}` };
    },
    async agent() {
      if (tls === undefined) return undefined;
      const version = await versionOf(tls);
      if (known?.version !== version) {
        known?.agent.destroy();
        known = { version, agent: await createAgent(tls) };
      }
      return known.agent;
    },
  };
}

/** Changes when one of the files does. */
async function versionOf({ caFile, certFile, keyFile }: TlsAccess): Promise<string> {
  const files = [caFile, certFile, keyFile].filter((file) => file !== undefined);
  const stats = await Promise.all(files.map((file) => named(file, stat(file))));
  return stats.map(({ mtimeMs, size, ino }) => `${ino} ${mtimeMs} ${size}`).join('\n');
}

async function createAgent({ caFile, certFile, keyFile, serverName }: TlsAccess): Promise<Agent> {
  const read = async (file: string | undefined) =>
    file === undefined ? undefined : await named(file, readFile(file));
  const [ca, cert, key] = await Promise.all([caFile, certFile, keyFile].map(read));
  return new Agent({
    keepAlive: true,
    ...(ca && { ca }),
    ...(cert && { cert }),
    ...(key && { key }),
    ...(serverName !== undefined && { servername: serverName }),
  });
}

async function readSecret(file: string): Promise<string> {
  const bytes = await named(file, readFile(file));
  if (bytes.length > MAX_SECRET_BYTES)
    throw new Error(`${file}: larger than ${MAX_SECRET_BYTES} bytes`);
  return bytes.toString('utf8').trim();
}

async function named<T>(file: string, reading: Promise<T>): Promise<T> {
  try {
    return await reading;
  } catch (error) {
    throw new Error(`${file} cannot be read: ${(error as NodeJS.ErrnoException).code}`, {
      cause: error,
    });
  }
}
