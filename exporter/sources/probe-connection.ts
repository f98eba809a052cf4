// A fresh connection for one run of a probe: resolve, connect and, if wanted, TLS, each timed on its own.
import { once } from 'node:events';
import { readFile, stat } from 'node:fs/promises';
import { connect, isIP, type LookupFunction, type Socket } from 'node:net';
import { connect as connectTls, type TLSSocket } from 'node:tls';
import type { ProbeLookup } from './probe-lookup.ts';
import { ProbeError, type ProbeTrace } from './probe-result.ts';

const MAX_FILE_BYTES = 1024 * 1024;
/** How long one of several addresses may take before the next is tried beside it; Node's 250 ms is less than a satellite needs. */
const ATTEMPT_TIMEOUT_MS = 1_000;

export interface ProbeTls {
  /** PEM file of the authorities to trust instead of the system's; read at every run. */
  readonly caFile: string | undefined;
  readonly insecureSkipVerify: boolean;
  /** The name to ask for and to verify when it is not the host's. */
  readonly serverName: string | undefined;
}

export interface Endpoint {
  readonly host: string;
  readonly port: number;
  /** Undefined for a plain connection. */
  readonly tls: ProbeTls | undefined;
}

/** What all steps of one run share. */
export interface ProbeRun {
  readonly trace: ProbeTrace;
  readonly lookup: ProbeLookup;
  /** Aborted at the time-out of the run. */
  readonly signal: AbortSignal;
}

/** The caller destroys the socket. @throws when a step fails; nothing is left open then. */
export async function openConnection(endpoint: Endpoint, run: ProbeRun): Promise<Socket> {
  const { host, port, tls } = endpoint;
  const { trace, signal } = run;
  const ca = tls?.caFile === undefined ? undefined : await readLocalFile(tls.caFile, signal);
  const resolve = () => abortable(run.lookup(host), signal);
  const addresses = isIP(host) === 0 ? await trace.time('dns', resolve) : await resolve();
  const lookup: LookupFunction = (_host, _options, answer) => answer(null, [...addresses]);
  const socket = connect({
    host,
    port,
    lookup,
    autoSelectFamily: true,
    autoSelectFamilyAttemptTimeout: ATTEMPT_TIMEOUT_MS,
    noDelay: true,
  });
  const secured = tls === undefined ? undefined : { host, tls, ca };
  try {
    await trace.time('connect', () => settled(socket, 'connect', signal));
    return secured === undefined ? socket : await secure(socket, secured, run);
  } catch (error) {
    socket.destroy();
    throw error;
  }
}

/** A file that the configuration names, such as authorities or a token. */
export async function readLocalFile(path: string, signal: AbortSignal): Promise<string> {
  try {
    const { size } = await stat(path);
    if (size > MAX_FILE_BYTES) throw new Error(`larger than ${MAX_FILE_BYTES} bytes`);
    return await readFile(path, { encoding: 'utf8', signal });
  } catch (cause) {
    throw new ProbeError('local', `Cannot read ${path}: ${(cause as Error).message}`, { cause });
  }
}

interface Secured {
  readonly host: string;
  readonly tls: ProbeTls;
  readonly ca: string | undefined;
}

/**
 * Node.js is told to accept every certificate, and it is judged here before a single byte is sent: only so is the expiry
 * of a certificate known that is refused because it has expired.
 */
async function secure(plain: Socket, secured: Secured, run: ProbeRun): Promise<TLSSocket> {
  const { tls, ca } = secured;
  const host = tls.serverName ?? secured.host;
  const socket = await run.trace.time('tls', async () => {
    const wrapped = connectTls({
      socket: plain,
      host,
      servername: isIP(host) === 0 ? host : '',
      rejectUnauthorized: false,
      ALPNProtocols: ['http/1.1'],
      ...(ca === undefined ? {} : { ca }),
    });
    await settled(wrapped, 'secureConnect', run.signal);
    return wrapped;
  });
  const expiryMs = Date.parse(socket.getPeerCertificate().valid_to);
  if (Number.isFinite(expiryMs)) run.trace.certificateExpirySeconds = expiryMs / 1000;
  if (!socket.authorized && !tls.insecureSkipVerify) {
    socket.destroy();
    const why = String(socket.authorizationError);
    throw new ProbeError('tls', `The certificate of ${host} is not trusted: ${why}`);
  }
  return socket;
}

/** An error that comes after the awaited event is told by whoever uses the socket, so it must not end the process. */
async function settled(socket: Socket, event: string, signal: AbortSignal): Promise<void> {
  socket.on('error', () => {});
  await once(socket, event, { signal });
}

/** Stops waiting when the signal aborts; the work itself goes on. */
export function abortable<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  const abort = Promise.withResolvers<never>();
  const onAbort = () => abort.reject(signal.reason);
  if (signal.aborted) onAbort();
  else signal.addEventListener('abort', onAbort, { once: true });
  return Promise.race([work, abort.promise]).finally(() =>
    signal.removeEventListener('abort', onAbort),
  );
}
