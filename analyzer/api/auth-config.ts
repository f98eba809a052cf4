// The part of analyzer.yml that says how people log in, and who of them is what.
import { readFileSync } from 'node:fs';
import { isAbsolute } from 'node:path';
import { z } from 'zod';
import { ConfigError, duration, httpUrl } from '../../service/config.ts';

const MAX_GROUPS = 1_000;
const MAX_SECRET_CHARS = 4_096;
const groups = z.array(z.string().min(1).max(256)).max(MAX_GROUPS).default([]);
const path = z.string().refine(isAbsolute, 'expected an absolute path');

const oidc = z.strictObject({
  issuer: z
    .url({ protocol: /^https?$/, error: 'expected a URL such as https://login.example.org' })
    .refine(isProtected, 'expected https; plain http is for this machine only')
    .describe('URL of the identity provider; https, or http on this machine.'),
  client_id: z.string().min(1).max(256).describe('Our id there.'),
  client_secret_file: path
    .optional()
    .describe(
      'File with the secret; without it this is a public client, which PKCE alone protects.',
    ),
  scopes: z
    .array(z.string().regex(/^[\x21\x23-\x5b\x5d-\x7e]+$/, 'expected a scope without blanks'))
    .max(20)
    .refine((scopes) => scopes.includes('openid'), 'expected openid among them')
    .default(['openid', 'profile', 'email'])
    .describe('What is asked for; openid among them.'),
  groups_claim: z
    .string()
    .min(1)
    .max(256)
    .default('groups')
    .describe("The claim with a user's groups; dots lead into objects."),
  allowed_groups: groups.describe(
    'Only who is in one of them gets in; empty = everybody who has a role.',
  ),
  roles: z
    .strictObject({
      viewer: groups.describe('Groups that may read.'),
      operator: groups.describe('Groups that may decide.'),
      admin: groups.describe('Groups that may also change.'),
    })
    .refine(
      ({ viewer, operator, admin }) => viewer.length + operator.length + admin.length > 0,
      'expected groups of at least one role: nobody could log in',
    )
    .describe(
      'Groups of each role; * is everybody. The highest that fits is taken, without any there is no access.',
    ),
});

export const authSchema = z
  .strictObject({
    anonymous_read: z
      .boolean()
      .optional()
      .describe(
        'Whether findings, forecasts and anomalies are for everybody, as /metrics is; yes unless there is a log-in.',
      ),
    external_url: httpUrl()
      .optional()
      .describe(
        'What people type to reach the console; the identity provider sends them back there.',
      ),
    session: z
      .strictObject({
        ttl: duration({ min: 60, max: 30 * 86_400 })
          .prefault('12h')
          .describe('In all.'),
        idle: duration({ min: 60, max: 30 * 86_400 })
          .prefault('2h')
          .describe('Without a request.'),
      })
      .prefault({})
      .describe('How long a browser stays logged in.'),
    oidc: oidc.optional().describe('Log-in by OpenID Connect.'),
  })
  .refine(({ oidc, external_url }) => oidc === undefined || external_url !== undefined, {
    path: ['external_url'],
    error: 'needed with oidc: the provider sends people back to it, such as https://guard.example',
  });

export type AuthConfig = z.infer<typeof authSchema>;
export type OidcConfig = NonNullable<AuthConfig['oidc']>;

/** The configuration with what lies in other files. */
export interface Login {
  readonly auth: AuthConfig;
  readonly oidc: OidcSettings | undefined;
}

export interface OidcSettings {
  readonly config: OidcConfig;
  /** Without trailing slash. */
  readonly externalUrl: string;
  readonly clientSecret: string | undefined;
}

/** Read at the start and at every reload. @throws {ConfigError} */
export function loadLogin(auth: AuthConfig): Login {
  const { oidc: config, external_url: externalUrl } = auth;
  if (config === undefined || externalUrl === undefined) return { auth, oidc: undefined };
  return { auth, oidc: { config, externalUrl, clientSecret: readSecret(config) } };
}

function readSecret({ client_secret_file: file }: OidcConfig): string | undefined {
  if (file === undefined) return undefined;
  let secret: string;
  try {
    secret = readFileSync(file, 'utf8').trim();
  } catch (error) {
    throw new ConfigError([`auth.oidc.client_secret_file: ${(error as Error).message}`]);
  }
  if (secret.length > 0 && secret.length <= MAX_SECRET_CHARS) return secret;
  throw new ConfigError([`${file}: expected a secret of 1 to ${MAX_SECRET_CHARS} characters`]);
}

export function mayReadAnonymously({ anonymous_read, oidc }: AuthConfig): boolean {
  return anonymous_read ?? oidc === undefined;
}

function isProtected(text: string): boolean {
  const url = URL.parse(text);
  if (url?.protocol === 'https:') return true;
  return /^(localhost|127\.\d+\.\d+\.\d+|\[::1\])$/.test(url?.hostname ?? '');
}
