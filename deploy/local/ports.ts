// Ports before anything starts: is each one free, who holds it, and which flag avoids the clash.
import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { type AddressInfo, createServer, type Server } from 'node:net';
import { getText } from './http.ts';

const LISTEN_STATE = '0A';
const PROBE_TIMEOUT_MS = 1_000;

export interface PortWish {
  /** Our server that wants the port. */
  readonly server: string;
  readonly port: number;
  /** The flag that chooses another one. */
  readonly flag: string;
}

/** Every wish with its real port: 0 becomes a free one. */
export type GrantedPorts = ReadonlyMap<string, number>;

/**
 * Checks all wishes on one address.
 * @throws one error that names every port that is not to be had.
 */
export async function checkPorts(bind: string, wishes: readonly PortWish[]): Promise<GrantedPorts> {
  const attempts: Attempt[] = [];
  // All stay open until the last one is granted, else the kernel may hand out one free port twice.
  for (const wish of wishes) attempts.push({ wish, ...(await tryPort(bind, wish.port)) });
  const problems = await Promise.all(
    attempts.flatMap(({ wish, code }) =>
      code === undefined ? [] : explain({ bind, wish, wishes }, code),
    ),
  );
  const granted = new Map(
    attempts.flatMap(({ wish, server }) =>
      server === undefined ? [] : [[wish.server, (server.address() as AddressInfo).port] as const],
    ),
  );
  await Promise.all(attempts.map(({ server }) => server && closeServer(server)));
  if (problems.length > 0) throw new Error(problems.join('\n'));
  return granted;
}

interface Attempt {
  readonly wish: PortWish;
  readonly server?: Server;
  /** Why the port could not be opened. */
  readonly code?: string;
}

function tryPort(host: string, port: number): Promise<{ server: Server } | { code: string }> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', (error: NodeJS.ErrnoException) =>
      resolve({ code: error.code ?? error.message }),
    );
    server.listen({ host, port, exclusive: true }, () => resolve({ server }));
  });
}

function closeServer(server: Server): Promise<void> {
  return new Promise((resolve) => server.close(() => resolve()));
}

interface Refusal {
  readonly bind: string;
  readonly wish: PortWish;
  readonly wishes: readonly PortWish[];
}

async function explain({ bind, wish, wishes }: Refusal, code: string): Promise<string> {
  const what = `Port ${wish.port}, wanted for ${wish.server},`;
  const change = `${wish.flag}=PORT chooses another one`;
  const rival = wishes.find((other) => other.port === wish.port);
  if (rival !== undefined && rival !== wish) {
    return `${what} is also wanted for ${rival.server}; ${change}`;
  }
  if (code === 'EACCES') return `${what} needs root (below 1024); ${change}`;
  if (code !== 'EADDRINUSE') {
    return `${what} cannot be opened on ${bind}: ${code}; --bind chooses another address`;
  }
  const owner = findPortOwner(wish.port);
  const holder =
    owner === undefined
      ? 'by a process that this user cannot see'
      : `by ${owner.name} (pid ${owner.pid})`;
  const lines = [`${what} is in use ${holder}; ${change}`];
  const url = `http://${clientHost(bind)}:${wish.port}`;
  if (wish.server === 'Prometheus' && (await answersAsPrometheus(url))) {
    lines.push(
      `  What answers there is a Prometheus: npm start -- --prometheus.url=${url} would use it`,
    );
  }
  return lines.join('\n');
}

/** The address under which a client on this machine reaches a server bound to `bind`. */
export function clientHost(bind: string): string {
  if (bind === '0.0.0.0' || bind === '::' || bind === '') return '127.0.0.1';
  return bind.includes(':') ? `[${bind}]` : bind;
}

/** Whether PromQL is answered there; Prometheus and everything that speaks its API. */
export async function answersAsPrometheus(url: string): Promise<boolean> {
  try {
    const text = await getText(`${url}/api/v1/query?query=1`, { timeoutMs: PROBE_TIMEOUT_MS });
    return (JSON.parse(text) as { status?: unknown }).status === 'success';
  } catch {
    return false;
  }
}

/** The process that listens on a TCP port, from /proc; undefined when nobody does or when it cannot be read. */
export function findPortOwner(port: number): { pid: number; name: string } | undefined {
  const inodes = ['/proc/net/tcp', '/proc/net/tcp6'].flatMap((file) =>
    listeningInodes(readOrEmpty(file), port),
  );
  const targets = new Set(inodes.map((inode) => `socket:[${inode}]`));
  if (targets.size === 0) return undefined;
  const pid = listOrEmpty('/proc')
    .filter((name) => /^\d+$/.test(name))
    .find((name) => holdsSocket(name, targets));
  if (pid === undefined) return undefined;
  return { pid: Number(pid), name: readOrEmpty(`/proc/${pid}/comm`).trim() || 'a process' };
}

/** Socket inodes that listen on a port, from the text of /proc/net/tcp or tcp6 (columns: man 5 proc_pid_net). */
export function listeningInodes(table: string, port: number): string[] {
  const suffix = `:${port.toString(16).toUpperCase().padStart(4, '0')}`;
  return table
    .split('\n')
    .slice(1)
    .map((line) => line.trim().split(/\s+/))
    .filter(([, local, , state]) => local?.endsWith(suffix) && state === LISTEN_STATE)
    .flatMap((columns) => columns[9] ?? []);
}

function holdsSocket(pid: string, targets: ReadonlySet<string>): boolean {
  return listOrEmpty(`/proc/${pid}/fd`).some((fd) => {
    try {
      return targets.has(readlinkSync(`/proc/${pid}/fd/${fd}`));
    } catch {
      return false;
    }
  });
}

function readOrEmpty(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return '';
  }
}

function listOrEmpty(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}
