// Who am I, log in and log out: by the identity provider, or with a token for who has one.
import type { Request, Response } from 'express';
import { z } from 'zod';
import { escapeHtml } from '../report/html.ts';
import { oidcSource, tokenSource } from './access.ts';
import { logoutAnswer, meAnswer } from './answers.ts';
import { type AuthConfig, mayReadAnonymously } from './auth-config.ts';
import type { Caller } from './caller.ts';
import { isSecure, LOGIN_COOKIE, readCookie, SESSION_COOKIE, setCookie } from './cookie.ts';
import { LOGIN_SECONDS, type Oidc } from './oidc.ts';
import type { Gate } from './operator-token.ts';
import { ProblemError } from './problem.ts';
import { type ApiRoute, type Call, defineRoute } from './route.ts';
import type { Sessions, User } from './sessions.ts';

const MAX_PATH_CHARS = 500;
/** Of one browser; a log-in or log-out is nothing that one does often. */
const rate = 'login';

export interface AuthRouteOptions {
  readonly auth: () => AuthConfig;
  readonly gate: () => Gate;
  readonly sessions: Sessions;
  readonly oidc: Oidc;
}

/** A path of ours: another origin would make the log-in page a helper of whoever sent the link. */
const returnTo = z
  .string()
  .max(MAX_PATH_CHARS)
  .regex(/^\/(?![/\\])[\x21-\x7e]*$/, 'expected a path such as /findings')
  .refine((path) => new URL(path, 'http://own').origin === 'http://own', 'expected a path')
  .default('/');

export function createAuthRoutes(options: AuthRouteOptions): ApiRoute[] {
  const { oidc, sessions } = options;
  const secureOf = (request: Request) => isSecure(request, options.auth().external_url);
  return [
    defineRoute({
      ...{ method: 'get', path: '/api/v1/me', access: 'open', changes: false },
      summary: 'Who asks, what they may do, and what a page needs to send along',
      query: z.strictObject({}),
      answer: meAnswer,
      handle: ({ caller }) => toMe(caller, options),
    }),
    defineRoute({
      ...{ method: 'get', path: '/auth/login', access: 'open', changes: false, status: 302, rate },
      summary: "Leads to the identity provider's log-in page",
      query: z.strictObject({ return_to: returnTo }),
      handle: ({ query, request, response }) =>
        orPage({ request, response }, async () => {
          const { url, binding } = await oidc.begin(query.return_to);
          const kind = { ...LOGIN_COOKIE, secure: secureOf(request) };
          setCookie(response, kind, { text: binding, maxAgeSeconds: LOGIN_SECONDS });
          response.redirect(302, url.href);
        }),
    }),
    defineRoute({
      ...{ method: 'get', path: '/auth/callback', access: 'open', changes: false, rate },
      summary: 'Where the identity provider leads back to',
      status: 302,
      // Providers add parameters of their own.
      query: z.looseObject({ state: z.string().min(1).max(1_024) }),
      handle: (call) => finishLogin(options, call),
    }),
    defineRoute({
      ...{ method: 'post', path: '/auth/session', access: 'open', changes: false, rate },
      summary: 'Logs a browser in with a token',
      status: 204,
      body: z.strictObject({ token: z.string().min(1).max(1_024) }),
      handle({ body, request, response }) {
        const owner = options.gate().find(body.token.trim());
        if (owner === undefined) {
          const detail = 'There is no such token (remediation.tokens)';
          throw new ProblemError({ status: 401, title: 'Unauthorized', detail });
        }
        open(options, { request, response }, { ...owner, source: tokenSource(owner.name) });
      },
    }),
    defineRoute({
      ...{ method: 'post', path: '/auth/logout', access: 'open', changes: false, rate, csrf: true },
      summary: 'Ends the session of this browser',
      answer: logoutAnswer,
      async handle({ request, response, caller }) {
        const secure = secureOf(request);
        sessions.close(readCookie(request, SESSION_COOKIE, secure));
        setCookie(response, { ...SESSION_COOKIE, secure }, undefined);
        const redirect = caller.via === 'session' ? await oidc.endUrl() : undefined;
        return { redirect: redirect ?? null };
      },
    }),
  ];
}

type Exchange = Pick<Call, 'request' | 'response'>;

function finishLogin(options: AuthRouteOptions, { request, response }: Exchange): Promise<void> {
  const secure = isSecure(request, options.auth().external_url);
  const { search } = new URL(request.url, 'http://own');
  const binding = readCookie(request, LOGIN_COOKIE, secure);
  setCookie(response, { ...LOGIN_COOKIE, secure }, undefined);
  return orPage({ request, response }, async () => {
    const { user, config, returnTo } = await options.oidc.finish(search, binding);
    const source = oidcSource({ oidc: config });
    open(options, { request, response }, { ...user, source });
    response.redirect(302, returnTo);
  });
}

/** Who stands before these addresses is mostly a person: what went wrong is a page for them. */
async function orPage({ request, response }: Exchange, work: () => Promise<void>): Promise<void> {
  try {
    await work();
  } catch (error) {
    if (!(error instanceof ProblemError) || !prefersPage(request)) throw error;
    sendPage(response, error);
  }
}

/** A new number at every log-in: one that was known before is worth nothing afterwards. */
function open({ auth, sessions }: AuthRouteOptions, { request, response }: Exchange, user: User) {
  const { external_url, session } = auth();
  const secure = isSecure(request, external_url);
  sessions.close(readCookie(request, SESSION_COOKIE, secure));
  const text = sessions.open(user, session.ttl);
  setCookie(response, { ...SESSION_COOKIE, secure }, { text, maxAgeSeconds: session.ttl });
}

function toMe(caller: Caller, { auth, gate }: AuthRouteOptions): z.infer<typeof meAnswer> {
  const { name, role, via, csrfToken, expires } = caller;
  return {
    name: name ?? null,
    role: role ?? null,
    via,
    csrfToken: csrfToken ?? null,
    expires: expires ?? null,
    login: { oidc: auth().oidc !== undefined, token: gate().hasTokens },
    mayRead:
      mayReadAnonymously(auth()) ||
      via === 'password' ||
      (role !== undefined && role !== 'alertmanager'),
  };
}

function prefersPage(request: Request): boolean {
  return request.accepts(['json', 'html']) === 'html';
}

function sendPage(response: Response, { problem }: ProblemError): void {
  response
    .status(problem.status)
    .type('html')
    .send(`<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>${escapeHtml(problem.title)}</title></head>
<body><h1>${escapeHtml(problem.title)}</h1><p>${escapeHtml(problem.detail)}</p>
<p><a href="/auth/login">Log in again</a> or <a href="/">go to the console</a></p></body></html>
`);
}
