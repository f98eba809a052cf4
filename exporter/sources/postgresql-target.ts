// Where a PostgreSQL server is and how to log in: secrets are read from their files at every new connection, so that they can change.
import { readFileSync, statSync } from 'node:fs';
import { isIP } from 'node:net';
import type { ConnectionOptions } from 'node:tls';
import type { ClientConfig } from 'pg';

export const SSL_MODES = ['disable', 'require', 'verify-ca', 'verify-full'] as const;
export type SslMode = (typeof SSL_MODES)[number];

const MAX_SECRET_BYTES = 64 * 1024;
const DEFAULT_PORT = 5432;
/** What a connection string may ask for beside sslmode: anything else would be ignored silently. */
const URL_PARAMETERS = ['sslmode', 'host'];

export interface PostgresqlServer {
  /** A name, an address, or the directory of a Unix socket, which begins with `/`. */
  readonly host: string;
  readonly port: number;
  readonly user: string;
  readonly database: string;
  readonly passwordFile?: string | undefined;
}

export interface PostgresqlTarget {
  readonly server: PostgresqlServer | { readonly urlFile: string };
  /** Without one: `disable` for sockets and loopback, `verify-full` for everything else. */
  readonly sslmode?: SslMode | undefined;
  /** PEM of the authority that signed the server's certificate; without one the system's are used. */
  readonly caFile?: string | undefined;
}

/** A credential file is missing, unreadable or no connection string. The message never holds its content. */
export class CredentialsError extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'CredentialsError';
  }
}

type Login = Pick<ClientConfig, 'host' | 'port' | 'user' | 'database' | 'password' | 'ssl'>;

/** What pg needs to connect. @throws {CredentialsError} */
export function readLogin(target: PostgresqlTarget): Login {
  const { server } = target;
  const { host, port, user, database, password, sslmode } =
    'urlFile' in server ? parseUrl(readSecret(server.urlFile), server.urlFile) : fromParts(server);
  const mode = target.sslmode ?? sslmode ?? (isLocal(host) ? 'disable' : 'verify-full');
  // A socket has no TLS. An empty password keeps pg from looking into PGPASSWORD and ~/.pgpass.
  const ssl = host.startsWith('/') ? false : toTls(mode, host, target.caFile);
  return { host, port, user, database, password: () => password, ssl };
}

interface Parts extends PostgresqlServer {
  readonly password: string;
  readonly sslmode?: SslMode | undefined;
}

function fromParts(server: PostgresqlServer): Parts {
  const { passwordFile } = server;
  return { ...server, password: passwordFile === undefined ? '' : readSecret(passwordFile) };
}

/** `postgresql://user:password@host:port/database?sslmode=…`; `?host=/run/postgresql` names a socket. */
function parseUrl(text: string, file: string): Parts {
  const url = URL.parse(text);
  if (url === null || !['postgres:', 'postgresql:'].includes(url.protocol)) {
    throw new CredentialsError(`${file} holds no URL such as postgresql://user@host:5432/database`);
  }
  for (const name of url.searchParams.keys()) {
    if (URL_PARAMETERS.includes(name)) continue;
    throw new CredentialsError(`The URL in ${file} has parameters other than sslmode and host`);
  }
  const decode = (part: string): string => {
    try {
      return decodeURIComponent(part);
    } catch {
      throw new CredentialsError(`The URL in ${file} has a % that begins no escape`);
    }
  };
  const host = url.searchParams.get('host') ?? decode(url.hostname.replace(/^\[(.*)\]$/, '$1'));
  const user = decode(url.username);
  if (host === '' || user === '')
    throw new CredentialsError(`The URL in ${file} lacks host or user`);
  return {
    host,
    port: url.port === '' ? DEFAULT_PORT : Number(url.port),
    user,
    password: decode(url.password),
    database: decode(url.pathname.slice(1)) || 'postgres',
    sslmode: toSslMode(url.searchParams.get('sslmode') ?? undefined, file),
  };
}

function toSslMode(text: string | undefined, file: string): SslMode | undefined {
  const mode = SSL_MODES.find((known) => known === text);
  if (text !== undefined && mode === undefined) {
    throw new CredentialsError(
      `The URL in ${file} has an sslmode other than ${SSL_MODES.join(', ')}`,
    );
  }
  return mode;
}

function readSecret(file: string): string {
  try {
    if (statSync(file).size > MAX_SECRET_BYTES) {
      throw new CredentialsError(`${file} is larger than ${MAX_SECRET_BYTES} bytes`);
    }
    return readFileSync(file, 'utf8').replace(/\r?\n$/, '');
  } catch (error) {
    if (error instanceof CredentialsError) throw error;
    const { code = 'unknown error' } = error as NodeJS.ErrnoException;
    throw new CredentialsError(`Cannot read ${file}: ${code}`);
  }
}

function isLocal(host: string): boolean {
  return host.startsWith('/') || host === 'localhost' || host === '::1' || host.startsWith('127.');
}

function toTls(mode: SslMode, host: string, caFile: string | undefined): ConnectionOptions | false {
  if (mode === 'disable') return false;
  if (mode === 'require') return { rejectUnauthorized: false };
  const ca = caFile === undefined ? {} : { ca: readSecret(caFile) };
  if (mode === 'verify-ca') {
    return { ...ca, rejectUnauthorized: true, checkServerIdentity: () => undefined };
  }
  // pg names the server only when it has a name; without this an address would be checked as `localhost`.
  return { ...ca, rejectUnauthorized: true, ...(isIP(host) === 0 ? {} : { host }) };
}
