// Log-in by OpenID Connect: authorization code with PKCE, state and nonce; what the provider says becomes a name and a role.
// Source: OpenID Connect Core 1.0, RFC 7636 (PKCE), RFC 9700 (security best practice)
import { createHash, randomBytes } from 'node:crypto';
import * as client from 'openid-client';
import type { Logger } from '../../service/log.ts';
import type { OidcConfig, OidcSettings } from './auth-config.ts';
import { roleOf } from './oidc-role.ts';
import { ProblemError } from './problem.ts';
import type { User } from './sessions.ts';

export const CALLBACK_PATH = '/auth/callback';
export const LOGIN_SECONDS = 600;
const TIMEOUT_SECONDS = 10;
/** Log-ins that have begun; beyond, the oldest has to begin anew. */
const MAX_PENDING = 1_000;
const MAX_NAME_CHARS = 100;

export interface OidcOptions {
  /** Those of the configuration that holds now; undefined without a provider. */
  readonly settings: () => OidcSettings | undefined;
  /** Unix seconds. */
  readonly clock: () => number;
  readonly log: Pick<Logger, 'info' | 'warn'>;
}

export interface Begun {
  /** The provider's page. */
  readonly url: URL;
  /** For a cookie of the browser that asked: an answer counts only there. */
  readonly binding: string;
}

export interface Finished {
  readonly user: Omit<User, 'source'>;
  /** The one that the role was found by: when the log-in began. */
  readonly config: OidcConfig;
  readonly returnTo: string;
}

/** Every method throws {ProblemError}; nothing of what the provider sent besides its error code is repeated. */
export interface Oidc {
  begin(returnTo: string): Promise<Begun>;
  /** @param search of the address that the provider led the browser to. */
  finish(search: string, binding: string | undefined): Promise<Finished>;
  /** The provider's log-out page; undefined where it has none or cannot be asked. */
  endUrl(): Promise<string | undefined>;
}

interface Pending {
  readonly settings: OidcSettings;
  readonly verifier: string;
  readonly nonce: string;
  readonly returnTo: string;
  readonly bindingHash: string;
  readonly expires: number;
}

export function createOidc({ settings, clock, log }: OidcOptions): Oidc {
  const pending = new Map<string, Pending>();
  const provider = createProvider(log);
  const current = () => {
    const now = settings();
    if (now !== undefined) return now;
    const detail = 'No log-in is configured (auth.oidc)';
    throw new ProblemError({ status: 404, title: 'No log-in', detail });
  };
  return {
    async begin(returnTo) {
      const own = current();
      const found = await provider(own);
      const [verifier, state, nonce] = [
        client.randomPKCECodeVerifier(),
        client.randomState(),
        client.randomNonce(),
      ];
      const binding = randomBytes(32).toString('base64url');
      const [oldest] = pending.keys();
      if (pending.size >= MAX_PENDING && oldest !== undefined) pending.delete(oldest);
      const expires = clock() + LOGIN_SECONDS;
      const bindingHash = hashOf(binding);
      pending.set(state, { settings: own, verifier, nonce, returnTo, bindingHash, expires });
      const url = client.buildAuthorizationUrl(found, {
        redirect_uri: `${own.externalUrl}${CALLBACK_PATH}`,
        scope: own.config.scopes.join(' '),
        code_challenge: await client.calculatePKCECodeChallenge(verifier),
        code_challenge_method: 'S256',
        state,
        nonce,
      });
      return { url, binding };
    },
    async finish(search, binding) {
      current();
      const state = new URLSearchParams(search).get('state') ?? '';
      const begun = pending.get(state);
      pending.delete(state);
      const isOurs = binding !== undefined && begun?.bindingHash === hashOf(binding);
      if (begun === undefined || !isOurs || clock() >= begun.expires) throw notBegun();
      const claims = await redeem(await provider(begun.settings), { search, state, begun }, log);
      const { config } = begun.settings;
      return { user: userOf(claims, config), config, returnTo: begun.returnTo };
    },
    async endUrl() {
      const own = settings();
      if (own === undefined) return undefined;
      const found = await provider(own).catch(() => undefined);
      if (found?.serverMetadata().end_session_endpoint === undefined) return undefined;
      const back = { post_logout_redirect_uri: `${own.externalUrl}/` };
      return client.buildEndSessionUrl(found, back).href;
    },
  };
}

/** Asked for at the first log-in: a provider that is down keeps nobody from starting the analyzer. */
function createProvider(log: OidcOptions['log']) {
  let known: { readonly settings: OidcSettings; readonly found: client.Configuration } | undefined;
  return async (settings: OidcSettings): Promise<client.Configuration> => {
    if (known?.settings === settings) return known.found;
    const { issuer, client_id } = settings.config;
    const secret = settings.clientSecret;
    const method = secret === undefined ? client.None() : client.ClientSecretBasic(secret);
    const isPlain = issuer.startsWith('http:');
    try {
      const found = await client.discovery(new URL(issuer), client_id, undefined, method, {
        timeout: TIMEOUT_SECONDS,
        // The configuration takes plain http of this machine only.
        ...(isPlain ? { execute: [client.allowInsecureRequests] } : {}),
      });
      known = { settings, found };
      return found;
    } catch (error) {
      throw unreachable(error, log);
    }
  };
}

interface Answered {
  readonly search: string;
  readonly state: string;
  readonly begun: Pending;
}

type Claims = Readonly<Record<string, unknown>>;

async function redeem(
  found: client.Configuration,
  { search, state, begun }: Answered,
  log: OidcOptions['log'],
): Promise<Claims> {
  const { externalUrl } = begun.settings;
  try {
    const tokens = await client.authorizationCodeGrant(
      found,
      new URL(`${externalUrl}${CALLBACK_PATH}${search}`),
      {
        pkceCodeVerifier: begun.verifier,
        expectedState: state,
        expectedNonce: begun.nonce,
        idTokenExpected: true,
      },
    );
    const claims = tokens.claims() ?? { sub: '' };
    if (found.serverMetadata().userinfo_endpoint === undefined) return claims;
    // Many providers put groups here alone, so that the token stays small.
    const more = await client.fetchUserInfo(found, tokens.access_token, claims.sub);
    return { ...more, ...claims };
  } catch (error) {
    throw refused(error, log);
  }
}

function userOf(claims: Claims, oidc: OidcConfig): Omit<User, 'source'> {
  const texts = [claims.preferred_username, claims.email, claims.sub].filter(
    (text): text is string => typeof text === 'string' && text.trim() !== '',
  );
  const name = (texts[0] ?? '').replaceAll(/\p{C}/gu, '').slice(0, MAX_NAME_CHARS);
  const role = roleOf(claims, oidc);
  if (name !== '' && role !== undefined) return { name, role };
  const detail = `${name || 'This account'} has no access: none of its groups (${oidc.groups_claim}) has a role here (auth.oidc.roles)`;
  throw new ProblemError({ status: 403, title: 'No access', detail });
}

function notBegun(): ProblemError {
  const detail =
    'This log-in was not begun here in this browser, or took too long: begin again at /auth/login';
  return new ProblemError({ status: 400, title: 'Log-in not known', detail });
}

function unreachable(error: unknown, log: OidcOptions['log']): ProblemError {
  log.warn({ reason: codeOf(error) }, 'identity provider cannot be asked');
  const detail = `The identity provider cannot be asked (${codeOf(error)}): try again, or use a token`;
  return new ProblemError({ status: 502, title: 'Log-in not possible', detail });
}

function refused(error: unknown, log: OidcOptions['log']): ProblemError {
  log.warn({ reason: codeOf(error) }, 'log-in failed');
  const detail = `The identity provider's answer was refused (${codeOf(error)}): begin again at /auth/login`;
  return new ProblemError({ status: 403, title: 'Log-in failed', detail });
}

/** A short word, the nearest to what happened: the texts may quote what was sent. */
function codeOf(error: unknown): string {
  const {
    error: told,
    code,
    cause,
  } = error as { error?: unknown; code?: unknown; cause?: unknown };
  const inner = (Array.isArray(cause) ? cause[0]?.parameters : cause) as
    | { readonly error?: unknown; readonly code?: unknown }
    | undefined;
  const words = [told, inner?.error, inner?.code, code].filter(
    (word): word is string => typeof word === 'string' && /^[\w-]{1,64}$/.test(word),
  );
  return words[0] ?? 'unknown';
}

function hashOf(text: string): string {
  return createHash('sha256').update(text).digest('base64url');
}
