// Why PostgreSQL could not be asked, as one short word. Messages of the server are never passed on: they can quote data.
import { CredentialsError } from './postgresql-target.ts';

/** SQLSTATE, https://www.postgresql.org/docs/current/errcodes-appendix.html, and the codes of Node.js' sockets and TLS. */
const REASONS: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'connection_refused',
  ENOENT: 'no_such_socket',
  EACCES: 'permission_denied',
  EPERM: 'permission_denied',
  ENOTFOUND: 'host_not_found',
  EAI_AGAIN: 'host_not_found',
  EHOSTUNREACH: 'unreachable',
  ENETUNREACH: 'unreachable',
  ETIMEDOUT: 'timed_out',
  ECONNRESET: 'connection_lost',
  EPIPE: 'connection_lost',
  '28P01': 'authentication_failed',
  '28000': 'authentication_failed',
  '3D000': 'no_such_database',
  '42501': 'permission_denied',
  '42883': 'not_supported',
  '42P01': 'not_supported',
  '42703': 'not_supported',
  '53300': 'too_many_connections',
  '55P03': 'timed_out',
  '57014': 'timed_out',
  '57P01': 'shutting_down',
  '57P02': 'shutting_down',
  '57P03': 'starting_or_stopping',
};

/** The messages of pg's own errors, which carry no code. */
const MESSAGES: readonly (readonly [RegExp, string])[] = [
  [/timeout/i, 'timed_out'],
  [/terminated|not queryable|closed/i, 'connection_lost'],
  [/does not support SSL/i, 'tls_failed'],
  [/SASL|SCRAM|password/i, 'authentication_failed'],
];
const TLS_CODE = /CERT|SSL|TLS|UNABLE_TO_|ALTNAME/;

/** A snake_case word, used as the `reason` label; `failed` for what is not known. */
export function failureReason(error: unknown): string {
  if (error instanceof CredentialsError) return 'credentials_unreadable';
  const { code, message = '' } = firstOf(error) as { code?: unknown; message?: string };
  if (typeof code === 'string') {
    const known = REASONS[code];
    if (known !== undefined) return known;
    if (TLS_CODE.test(code)) return 'tls_failed';
    if (code.startsWith('08')) return 'connection_lost';
  }
  return MESSAGES.find(([pattern]) => pattern.test(message))?.[1] ?? 'failed';
}

/** A name with several addresses fails with one error for each of them. */
function firstOf(error: unknown): object {
  if (error instanceof AggregateError) return firstOf(error.errors[0]);
  return typeof error === 'object' && error !== null ? error : {};
}
