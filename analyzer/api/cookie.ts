// Cookies of ours: names, attributes, and reading one back (RFC 6265).
import type { Request, Response } from 'express';

const MAX_COOKIE_CHARS = 4_096;

export interface CookieKind {
  readonly name: string;
  readonly path: string;
}

export const SESSION_COOKIE: CookieKind = { name: 'guard_session', path: '/' };
/** Ties an answer of the identity provider to the browser that asked. */
export const LOGIN_COOKIE: CookieKind = { name: 'guard_login', path: '/' };

/** Whether people reach us by https, directly or through a proxy that they name in auth.external_url. */
export function isSecure(request: Request, externalUrl: string | undefined): boolean {
  return request.secure || (externalUrl?.startsWith('https:') ?? false);
}

export function readCookie(
  { headers }: Request,
  kind: CookieKind,
  secure: boolean,
): string | undefined {
  const text = headers.cookie ?? '';
  if (text.length > MAX_COOKIE_CHARS) return undefined;
  const name = nameOf(kind, secure);
  for (const part of text.split(';')) {
    const equals = part.indexOf('=');
    if (equals > 0 && part.slice(0, equals).trim() === name) return part.slice(equals + 1).trim();
  }
  return undefined;
}

/** @param value undefined takes the cookie away. */
export function setCookie(
  response: Response,
  kind: CookieKind & { readonly secure: boolean },
  value: { readonly text: string; readonly maxAgeSeconds: number } | undefined,
): void {
  response.append(
    'Set-Cookie',
    [
      `${nameOf(kind, kind.secure)}=${value?.text ?? ''}`,
      `Path=${kind.path}`,
      `Max-Age=${Math.floor(value?.maxAgeSeconds ?? 0)}`,
      'HttpOnly',
      'SameSite=Lax',
      ...(kind.secure ? ['Secure'] : []),
    ].join('; '),
  );
}

/** The prefix keeps a sister domain, and plain http, from setting one for us. */
function nameOf({ name }: CookieKind, secure: boolean): string {
  return secure ? `__Host-${name}` : name;
}
