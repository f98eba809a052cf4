// Who a request comes from, and whether that is enough for the route: tokens, sessions, passwords or this machine itself.
import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import type { Request, RequestHandler, Response } from 'express';
import { type AuthConfig, mayReadAnonymously } from './auth-config.ts';
import { ANONYMOUS, type Caller, callerOf, isLocal, pageOf } from './caller.ts';
import { isSecure, readCookie, SESSION_COOKIE } from './cookie.ts';
import { type Gate, tokenOf } from './operator-token.ts';
import { type Problem, sendProblem } from './problem.ts';
import { ALLOWED_ROLES, type RouteFacts } from './route.ts';
import type { Session, Sessions } from './sessions.ts';

export const CSRF_HEADER = 'x-csrf-token';

export interface AccessOptions {
  /** Those of the configuration that holds now. */
  readonly gate: () => Gate;
  readonly auth: () => AuthConfig;
  readonly sessions: Sessions;
  /** Whether the web configuration has asked every client for a password. */
  readonly isAuthenticated: () => boolean;
}

export interface AccessControl {
  /** Leaves behind what `callerOf` answers; refuses nobody. */
  readonly identify: RequestHandler;
  /** Lets pass who may, else answers 401 or 403. After `identify`. */
  require(route: RouteFacts): RequestHandler;
}

export function createAccess(options: AccessOptions): AccessControl {
  // A page of ours gets it from /api/v1/me; pages of others can send requests here, but read no answer.
  const localToken = randomBytes(32).toString('base64url');
  return {
    identify(request, response, next) {
      response.locals.caller = identify(options, request, localToken);
      next();
    },
    require: (route) =>
      function requireAccess(request, response, next) {
        const problem = judge(options, route, { request, caller: callerOf(response) });
        if (problem === undefined) next();
        else refuse(response, problem);
      },
  };
}

/** How a session of each kind is told apart when the configuration changes. */
export function tokenSource(name: string): string {
  return `token ${name}`;
}

/** Who may do what is part of it: a group that loses its role loses it at once. */
export function oidcSource({ oidc }: Pick<AuthConfig, 'oidc'>): string {
  const { issuer, client_id, groups_claim, allowed_groups, roles } = oidc ?? {};
  return `oidc ${JSON.stringify([issuer, client_id, groups_claim, allowed_groups, roles])}`;
}

/** Without tokens and without a login nobody can say who they are: then this machine itself is trusted, and nobody else. */
function identify(options: AccessOptions, request: Request, localToken: string): Caller {
  const [gate, auth] = [options.gate(), options.auth()];
  if (!gate.hasTokens && auth.oidc === undefined) {
    const isForeign = pageOf(request, auth.external_url) === 'foreign';
    if (isLocal(request) && !isForeign)
      return { name: 'local', role: 'admin', via: 'local', csrfToken: localToken };
  } else {
    const token = tokenOf(request);
    const owner = token === undefined ? undefined : gate.find(token);
    if (token !== undefined) return owner === undefined ? ANONYMOUS : { ...owner, via: 'token' };
    const session = sessionOf(options, request);
    if (session !== undefined) {
      const { name, role, csrfToken, expires } = session;
      return { name, role, csrfToken, expires, via: 'session' };
    }
  }
  if (options.isAuthenticated()) return { ...ANONYMOUS, name: 'password', via: 'password' };
  return ANONYMOUS;
}

/** Only while what made it valid still holds. */
function sessionOf(options: AccessOptions, request: Request): Session | undefined {
  const [gate, auth] = [options.gate(), options.auth()];
  const secure = isSecure(request, auth.external_url);
  const id = readCookie(request, SESSION_COOKIE, secure);
  const session = options.sessions.find(id, auth.session.idle);
  if (session === undefined) return undefined;
  const holds =
    session.source === tokenSource(session.name)
      ? gate.has(session)
      : auth.oidc !== undefined && session.source === oidcSource(auth);
  return holds ? session : undefined;
}

interface Asking {
  readonly request: Request;
  readonly caller: Caller;
}

function judge(options: AccessOptions, route: RouteFacts, asking: Asking): Problem | undefined {
  return judgeRole(options, route, asking.caller) ?? judgePage(options, route, asking);
}

function judgeRole(options: AccessOptions, route: RouteFacts, caller: Caller) {
  const { access } = route;
  if (access === 'open') return undefined;
  const [gate, auth] = [options.gate(), options.auth()];
  if (caller.role !== undefined && ALLOWED_ROLES[access].includes(caller.role)) return undefined;
  if (access === 'read' && (mayReadAnonymously(auth) || caller.via === 'password'))
    return undefined;
  if (route.byPassword && caller.via === 'password') return undefined;
  if (caller.role !== undefined) {
    const expected = ALLOWED_ROLES[access].join(' or ');
    return forbidden(`${caller.name} is ${caller.role}, expected ${expected}`);
  }
  if (!gate.hasTokens && auth.oidc === undefined) {
    const detail =
      'No token is configured (remediation.tokens), nor a login (auth.oidc): only this machine itself may';
    return forbidden(detail);
  }
  const detail =
    'A token (Authorization: Bearer, or X-Guard-Token) or a login (/auth/login) is needed';
  return { status: 401, title: 'Unauthorized', detail };
}

/**
 * A browser sends cookies, and reaches this machine, for every page it shows. What changes something therefore has to come
 * from a page of ours, or from no page; a token in a header is what no foreign page can send.
 */
function judgePage({ auth }: AccessOptions, route: RouteFacts, { request, caller }: Asking) {
  if (route.method === 'get' || caller.via === 'token') return undefined;
  const page = pageOf(request, auth().external_url);
  if (page === 'foreign') return forbidden('Not from a page of another origin');
  if (!route.changes && route.csrf === undefined) return undefined;
  const isNeeded = caller.via === 'session' || (caller.via === 'local' && page === 'own');
  if (!isNeeded || isEqual(request.get(CSRF_HEADER), caller.csrfToken)) return undefined;
  const detail = 'X-CSRF-Token: expected the csrfToken of GET /api/v1/me';
  return { ...forbidden(detail), reason: 'csrf' };
}

function forbidden(detail: string): Problem {
  return { status: 403, title: 'Forbidden', detail };
}

function refuse(response: Response, problem: Problem): void {
  if (problem.status === 401) response.set('WWW-Authenticate', 'Bearer realm="Latency Guard"');
  sendProblem(response, problem);
}

function isEqual(given: string | undefined, expected: string | undefined): boolean {
  if (given === undefined || expected === undefined) return false;
  const digest = (text: string) => createHash('sha256').update(text).digest();
  return timingSafeEqual(digest(given), digest(expected));
}
