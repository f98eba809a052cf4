// A private PostgreSQL server for tests: its own data directory, a free loopback port, and an end with the test's process.
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  chmodSync,
  chownSync,
  existsSync,
  globSync,
  mkdtempSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';

const START_DEADLINE_MS = 30_000;
const SUPERUSER = 'postgres';
const SETTINGS = {
  fsync: 'off',
  max_connections: '20',
  shared_buffers: '16MB',
  deadlock_timeout: '100ms',
  wal_level: 'replica',
};

export interface Cluster {
  readonly folder: string;
  readonly port: number;
  start(): Promise<void>;
  /** As an operator does it: sessions are ended, the socket is closed. */
  stop(): Promise<void>;
  /** A session of the superuser; ended with `end()`. */
  connect(applicationName?: string): Promise<pg.Client>;
  remove(): Promise<void>;
}

/** Why no server can be run here; undefined when it can. */
export function clusterMissing(): string | undefined {
  if (binaries() === undefined) return 'PostgreSQL is not installed: apt-get install postgresql';
  if (process.getuid?.() !== 0) return undefined;
  if (!existsSync('/usr/bin/setpriv'))
    return 'setpriv is not installed: apt-get install util-linux';
  return undefined;
}

/** Initialises the data directory; password logins over TCP, anybody over the socket in `folder`. */
export async function createCluster(settings: Readonly<Record<string, string>> = {}) {
  const folder = mkdtempSync(join(tmpdir(), 'guard-postgresql-'));
  ownByServer(folder);
  const data = join(folder, 'data');
  const options = ['--auth-host=scram-sha-256', '--auth-local=trust', '--no-sync'];
  run('initdb', ['-D', data, '-U', SUPERUSER, '--encoding=UTF8', '--locale=C', ...options]);
  return serve(folder, await freePort(), settings);
}

function serve(folder: string, port: number, settings: Readonly<Record<string, string>>): Cluster {
  let server: ChildProcess | undefined;
  const connect = async (applicationName = 'test') => {
    const application_name = applicationName;
    const client = new pg.Client({ host: folder, port, user: SUPERUSER, application_name });
    // Sessions end with the server that a test stops.
    client.on('error', () => {});
    await client.connect();
    return client;
  };
  const stop = async () => {
    if (server === undefined) return;
    const ended = once(server, 'exit');
    server.kill('SIGINT');
    await ended;
    server = undefined;
  };
  return {
    folder,
    port,
    connect,
    async start() {
      const all = { ...SETTINGS, listen_addresses: '127.0.0.1', port: String(port), ...settings };
      const flags = Object.entries({ ...all, unix_socket_directories: folder }).flatMap(
        ([name, value]) => ['-c', `${name}=${value}`],
      );
      const [command, ...rest] = asServer('postgres', ['-D', join(folder, 'data'), ...flags]);
      server = spawn(command!, rest, { stdio: 'ignore', cwd: folder });
      await until(async () => {
        const client = await connect().catch(() => undefined);
        await client?.end();
        return client;
      });
    },
    stop,
    async remove() {
      await stop();
      rmSync(folder, { recursive: true });
    },
  };
}

/** A running replica of a running server. */
export async function createReplica(primary: Cluster): Promise<Cluster> {
  const folder = mkdtempSync(join(tmpdir(), 'guard-postgresql-'));
  ownByServer(folder);
  const from = ['-h', primary.folder, '-p', String(primary.port), '-U', SUPERUSER];
  run('pg_basebackup', [...from, '-D', join(folder, 'data'), '-R', '--checkpoint=fast']);
  const replica = serve(folder, await freePort(), { hot_standby: 'on' });
  await replica.start();
  return replica;
}

/** A self-signed certificate of 127.0.0.1 that the server can read, and its file names. */
export function createCertificate(folder: string): { certificate: string; key: string } {
  const certificate = join(folder, 'server.crt');
  const key = join(folder, 'server.key');
  const subject = ['-subj', '/CN=guard-test', '-addext', 'subjectAltName=IP:127.0.0.1'];
  const files = ['-keyout', key, '-out', certificate];
  const kind = ['-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes'];
  execFileSync('openssl', ['req', ...kind, ...files, ...subject], { stdio: 'ignore' });
  for (const file of [certificate, key]) ownByServer(file);
  chmodSync(key, 0o600);
  return { certificate, key };
}

/** A file that only its owner reads. */
export function writeSecret(folder: string, text: string): string {
  const file = join(folder, `secret-${Math.random().toString(36).slice(2)}`);
  writeFileSync(file, text, { mode: 0o600 });
  return file;
}

/** Asks again until there is an answer. */
export async function until<T>(ask: () => Promise<T | undefined>): Promise<T> {
  const deadline = performance.now() + START_DEADLINE_MS;
  while (performance.now() < deadline) {
    const answer = await ask();
    if (answer !== undefined) return answer;
    await sleep(50);
  }
  throw new Error(`no answer within ${START_DEADLINE_MS} ms: ${ask}`);
}

function binaries(): string | undefined {
  return globSync('/usr/lib/postgresql/*/bin').find((path) => existsSync(join(path, 'initdb')));
}

/** PostgreSQL refuses to run as root. The server ends with us even when we are killed. */
function asServer(program: string, flags: readonly string[]): string[] {
  const command = [join(binaries()!, program), ...flags];
  if (process.getuid?.() !== 0) return command;
  const user = ['--reuid=postgres', '--regid=postgres', '--clear-groups', '--pdeathsig=INT'];
  return ['setpriv', ...user, ...command];
}

function run(program: string, flags: readonly string[]): void {
  const [command, ...rest] = asServer(program, flags);
  execFileSync(command!, rest, { stdio: ['ignore', 'ignore', 'pipe'], cwd: tmpdir() });
}

function ownByServer(path: string): void {
  if (process.getuid?.() !== 0) return;
  const idOf = (flag: string) =>
    Number(execFileSync('id', [flag, 'postgres'], { encoding: 'utf8' }));
  chownSync(path, idOf('-u'), idOf('-g'));
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  if (address === null || typeof address === 'string') throw new Error('no port');
  return address.port;
}
