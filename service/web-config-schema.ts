// The web configuration file in the format of Prometheus' exporter-toolkit: who may connect, how encrypted, how often.
// Source: https://github.com/prometheus/exporter-toolkit/blob/master/docs/web-configuration.md
import { z } from 'zod';
import { duration } from './config.ts';
import { CURVES, cipherNames } from './web-cipher.ts';

const MAX_USERS = 100;
const MAX_SANS = 100;
const MAX_BURST = 100_000;
/** Each step doubles the time of a comparison; 15 is about three seconds of one core. */
const MAX_BCRYPT_COST = 15;
const BCRYPT = /^\$2[aby]\$(\d\d)\$[./A-Za-z0-9]{53}$/;

export const CLIENT_AUTH_TYPES = [
  'NoClientCert',
  'RequestClientCert',
  'RequireAnyClientCert',
  'RequireClientCert',
  'VerifyClientCertIfGiven',
  'RequireAndVerifyClientCert',
] as const;
export type ClientAuthType = (typeof CLIENT_AUTH_TYPES)[number];
const TLS_VERSIONS = { TLS12: 'TLSv1.2', TLS13: 'TLSv1.3' } as const;
const MUST_PRESENT: readonly ClientAuthType[] = [
  'RequireAnyClientCert',
  'RequireClientCert',
  'RequireAndVerifyClientCert',
];

/** Older versions are broken, so they have no name here. */
const tlsVersion = () => z.enum(['TLS12', 'TLS13']).transform((name) => TLS_VERSIONS[name]);

const tlsSchema = z
  .strictObject({
    cert: z.string().min(1).optional().describe('Certificate as text, PEM; or cert_file.'),
    key: z.string().min(1).optional().describe('Private key as text, PEM; or key_file.'),
    client_ca: z
      .string()
      .min(1)
      .optional()
      .describe("Authorities of clients' certificates as text, PEM; or client_ca_file."),
    cert_file: z
      .string()
      .min(1)
      .optional()
      .describe(
        'File of the certificate and its chain, PEM. Relative paths start at this configuration file.',
      ),
    key_file: z.string().min(1).optional().describe('File of the private key, PEM.'),
    client_ca_file: z
      .string()
      .min(1)
      .optional()
      .describe("File with the authorities of clients' certificates, PEM."),
    client_auth_type: z
      .enum(CLIENT_AUTH_TYPES)
      .default('NoClientCert')
      .describe('Whether clients are asked for a certificate, and what it must be.'),
    client_allowed_sans: z
      .array(z.string().min(1))
      .min(1)
      .max(MAX_SANS)
      .optional()
      .describe("Alternative names, one of which a client's certificate must have."),
    min_version: tlsVersion().prefault('TLS12').describe('Oldest TLS that is spoken.'),
    max_version: tlsVersion().prefault('TLS13').describe('Newest TLS that is spoken.'),
    cipher_suites: z
      .array(z.enum(cipherNames()))
      .min(1)
      .optional()
      .describe("Suites of TLS 1.2, by their Go names; Node.js' own choice unless given."),
    prefer_server_cipher_suites: z
      .boolean()
      .default(true)
      .describe('Whether our order of suites wins.'),
    curve_preferences: z
      .array(z.enum(CURVES))
      .min(1)
      .optional()
      .describe('Curves, the preferred one first.'),
  })
  .superRefine(checkTls);
export type TlsSection = z.infer<typeof tlsSchema>;

const headersSchema = z.strictObject({
  'Content-Security-Policy': headerValue().optional().describe('Header of every answer.'),
  'X-Frame-Options': z
    .enum(['deny', 'sameorigin', ''])
    .optional()
    .describe('Header of every answer.'),
  'X-Content-Type-Options': z.enum(['nosniff', '']).optional().describe('Header of every answer.'),
  'X-XSS-Protection': headerValue().optional().describe('Header of every answer.'),
  'Strict-Transport-Security': headerValue()
    .optional()
    .describe('Header of every answer, over TLS.'),
});

export const webConfigSchema = z.strictObject({
  tls_server_config: tlsSchema.optional().describe('TLS; without it plain HTTP is spoken.'),
  http_server_config: z
    .strictObject({
      http2: z
        .boolean()
        .default(true)
        .describe(
          'Read for compatibility: HTTP/1.1 is what is served, and a client that offers more falls back to it.',
        ),
      headers: headersSchema.prefault({}).describe('Security headers of every answer.'),
    })
    .prefault({})
    .describe('What is said and added over HTTP.'),
  basic_auth_users: z
    .record(userName(), bcryptHash())
    .refine((users) => Object.keys(users).length <= MAX_USERS, `more than ${MAX_USERS} users`)
    .default({})
    .describe('Password hashes (bcrypt) by user name; without any everybody gets in.'),
  rate_limit: z
    .strictObject({
      interval: duration({ max: 86_400 })
        .prefault('0s')
        .describe('Time in which one more request is allowed; 0s = no limit.'),
      burst: z.int().min(0).max(MAX_BURST).default(0).describe('Requests at once.'),
    })
    .refine(({ interval, burst }) => interval === 0 || burst > 0, {
      path: ['burst'],
      error: 'expected at least 1: with 0 every request would be refused',
    })
    .optional()
    .describe('How many requests are answered; without it all are.'),
});
export type WebConfig = z.infer<typeof webConfigSchema>;

function checkTls(tls: TlsFields, context: z.RefinementCtx): void {
  const complain = (key: string, message: string) =>
    context.addIssue({ code: 'custom', path: [key], message });
  for (const name of ['cert', 'key', 'client_ca'] as const) {
    const inline = tls[name] !== undefined;
    const inFile = tls[`${name}_file`] !== undefined;
    if (inline && inFile) complain(name, `give either ${name} or ${name}_file`);
    if (!inline && !inFile && name !== 'client_ca')
      complain(name, `missing ${name} or ${name}_file`);
  }
  const hasCa = tls.client_ca !== undefined || tls.client_ca_file !== undefined;
  if (hasCa && tls.client_auth_type === 'NoClientCert') {
    complain('client_auth_type', 'a client CA does nothing without a client_auth_type');
  }
  if (!hasCa && tls.client_auth_type.includes('Verify')) {
    complain('client_auth_type', `${tls.client_auth_type} needs client_ca or client_ca_file`);
  }
  if (tls.client_allowed_sans && !MUST_PRESENT.includes(tls.client_auth_type)) {
    complain('client_allowed_sans', 'needs RequireAnyClientCert or RequireAndVerifyClientCert');
  }
  if (tls.min_version > tls.max_version) complain('max_version', 'is below min_version');
}

interface TlsFields {
  readonly cert?: string | undefined;
  readonly key?: string | undefined;
  readonly client_ca?: string | undefined;
  readonly cert_file?: string | undefined;
  readonly key_file?: string | undefined;
  readonly client_ca_file?: string | undefined;
  readonly client_auth_type: ClientAuthType;
  readonly client_allowed_sans?: readonly string[] | undefined;
  readonly min_version: string;
  readonly max_version: string;
}

function headerValue() {
  return z.string().regex(/^[\t\x20-\x7e]*$/, 'expected printable ASCII on one line');
}

/** A colon ends the name in basic authentication (RFC 7617). */
function userName() {
  return z.string().regex(/^[^:\p{Cc}]+$/u, 'expected a user name without colon');
}

function bcryptHash() {
  return z.string().superRefine((text, context) => {
    const match = BCRYPT.exec(text);
    if (match === null) {
      context.addIssue(
        'expected a bcrypt hash, as "htpasswd -nBC 10 USER" prints behind the colon',
      );
    } else if (Number(match[1]) < 4 || Number(match[1]) > MAX_BCRYPT_COST) {
      context.addIssue(`bcrypt cost ${match[1]} is out of range: 4 to ${MAX_BCRYPT_COST}`);
    }
  });
}
