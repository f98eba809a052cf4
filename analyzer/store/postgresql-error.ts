// What PostgreSQL and its driver say, told apart: what passes becomes a StoreUnavailableError, a mistake of ours stays what it is.
import { StoreUnavailableError } from './database.ts';

/** SQLSTATE, https://www.postgresql.org/docs/current/errcodes-appendix.html, and the codes of Node.js' sockets. */
const REASONS: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'connection_refused',
  ECONNRESET: 'connection_lost',
  EPIPE: 'connection_lost',
  ENOENT: 'no_such_socket',
  ENOTFOUND: 'host_not_found',
  EAI_AGAIN: 'host_not_found',
  EHOSTUNREACH: 'unreachable',
  ENETUNREACH: 'unreachable',
  ETIMEDOUT: 'timed_out',
  '25006': 'read_only',
  '25P03': 'timed_out',
  '28000': 'authentication_failed',
  '28P01': 'authentication_failed',
  '3D000': 'no_such_database',
  '40001': 'busy',
  '40P01': 'busy',
  '42501': 'permission_denied',
  '42P01': 'no_tables',
  '53100': 'disk_full',
  '53300': 'too_many_connections',
  '55P03': 'busy',
  '57014': 'timed_out',
};
/** Classes of SQLSTATE in which nothing is wrong with the statement. */
const CLASSES: Readonly<Record<string, string>> = {
  '08': 'connection_lost',
  '53': 'out_of_resources',
  '57': 'shutting_down',
  '58': 'system_error',
};
const SQLSTATE = /^[0-9A-Z]{5}$/;

/** Whether the server has sent it as the answer to a statement; the connection can be used further. */
export function isServerError(error: Error): boolean {
  return 'severity' in error && error.severity === 'ERROR';
}

export function toStoreError(error: unknown): unknown {
  if (error instanceof StoreUnavailableError) return error;
  const first = firstOf(error);
  const { code, message = '' } = first as { code?: unknown; message?: string };
  const reason = typeof code === 'string' ? reasonOf(code) : reasonOfDriver(message);
  if (reason === undefined) return error;
  return new StoreUnavailableError(
    reason,
    `Cannot use the store in PostgreSQL: ${message || String(code)}`,
    { cause: first },
  );
}

function reasonOf(code: string): string | undefined {
  const known = REASONS[code] ?? (SQLSTATE.test(code) ? CLASSES[code.slice(0, 2)] : undefined);
  if (known !== undefined) return known;
  if (/CERT|SSL|TLS|UNABLE_TO_|ALTNAME/.test(code)) return 'tls_failed';
  return SQLSTATE.test(code) ? undefined : 'connection_lost';
}

/** pg's own errors carry no code. */
function reasonOfDriver(message: string): string | undefined {
  if (/timeout/i.test(message)) return 'timed_out';
  if (/does not support SSL/i.test(message)) return 'tls_failed';
  if (/SASL|SCRAM|password/i.test(message)) return 'authentication_failed';
  return /terminated|not queryable|closed/i.test(message) ? 'connection_lost' : undefined;
}

/** A name with several addresses fails with one error for each of them. */
function firstOf(error: unknown): object {
  if (error instanceof AggregateError) return firstOf(error.errors[0]);
  return typeof error === 'object' && error !== null ? error : {};
}
