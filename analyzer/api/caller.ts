// Who sent a request, and what shows whether it came from a page of ours, from another page or from no page at all.
import type { Request, Response } from 'express';
import type { Role } from '../remediation/config.ts';

export interface Caller {
  /** Undefined for who has not said. */
  readonly name: string | undefined;
  readonly role: Role | undefined;
  readonly via: 'local' | 'token' | 'session' | 'password' | 'anonymous';
  /** What a page of this caller has to send along with a change; undefined where no page may. */
  readonly csrfToken?: string | undefined;
  /** Unix seconds; of a session. */
  readonly expires?: number | undefined;
}

export const ANONYMOUS: Caller = { name: undefined, role: undefined, via: 'anonymous' };

/** Signs of a proxy on this machine that lets strangers through. */
const FORWARDED = ['forwarded', 'x-forwarded-for', 'x-real-ip', 'via'];
const LOCAL_HOST = /^(localhost|127\.\d+\.\d+\.\d+|\[::1\])(:\d+)?$/;

export function callerOf(response: Response): Caller {
  return (response.locals.caller as Caller | undefined) ?? ANONYMOUS;
}

/** As the audit log has it. @param by a person's name beside that of the token */
export function nameOf({ name = 'unknown' }: Caller, by: string | undefined): string {
  return by === undefined ? name : `${name} (${by})`;
}

export function isLoopback({ socket }: Request): boolean {
  return /^(::1$|(::ffff:)?127\.)/.test(socket.remoteAddress ?? '');
}

/**
 * Directly from this machine. The name it asked for has to be one of this machine too: a page whose domain was made to point
 * at 127.0.0.1 (DNS rebinding) asks for that domain.
 */
export function isLocal(request: Request): boolean {
  return (
    isLoopback(request) &&
    LOCAL_HOST.test(request.headers.host ?? '') &&
    FORWARDED.every((header) => request.headers[header] === undefined)
  );
}

/** Where a browser says that the request comes from; `none` for programs, and for addresses that a person typed. */
export function pageOf(
  request: Request,
  externalUrl: string | undefined,
): 'none' | 'own' | 'foreign' {
  const { origin, host } = request.headers;
  const site = request.headers['sec-fetch-site'];
  if (site !== undefined && site !== 'same-origin' && site !== 'none') return 'foreign';
  if (origin === undefined) return site === 'same-origin' ? 'own' : 'none';
  const own = [host, externalUrl === undefined ? undefined : URL.parse(externalUrl)?.host];
  const from = URL.parse(origin)?.host;
  return from !== undefined && from !== '' && own.includes(from) ? 'own' : 'foreign';
}
