// How the server that is asked is written in the configuration, in the words of Prometheus' own http_config.
import { isAbsolute } from 'node:path';
import { z } from 'zod';
import { duration, httpUrl } from '../../service/config.ts';
import type { ServerAccess } from './access.ts';
import type { PrometheusClientOptions } from './client.ts';

const MAX_HEADERS = 20;
const file = z.string().refine(isAbsolute, 'expected an absolute path');
/** RFC 9110: a token, and no line end in a value. */
const headerName = z.string().regex(/^[\w!#$%&'*+.^`|~-]+$/, 'expected the name of a header');
const headerValue = z.string().regex(/^[^\r\n]*$/, 'expected one line');

export const prometheusSchema = z
  .strictObject({
    url: httpUrl()
      .default('http://127.0.0.1:9090')
      .describe("Base URL of a server that speaks Prometheus' query API."),
    timeout: duration({ min: 0.1, max: 300 }).prefault('10s').describe('What one query may take.'),
    scrape_interval: duration({ min: 1, max: 600 })
      .prefault('5s')
      .describe('How often the exporters are scraped; sets how short the looks back can be.'),
    tenant: z
      .string()
      .min(1)
      .max(1_000)
      .regex(/^[^\r\n]*$/)
      .optional()
      .describe('Sent as X-Scope-OrgID (Mimir, Cortex); several tenants are a|b.'),
    headers: z
      .record(headerName, headerValue)
      .refine((all) => Object.keys(all).length <= MAX_HEADERS, `at most ${MAX_HEADERS} headers`)
      .optional()
      .describe('More request headers.'),
    bearer_token_file: file
      .optional()
      .describe('File with a token for the header Authorization; not together with basic_auth.'),
    basic_auth: z
      .strictObject({
        username: z.string().min(1).describe('User name.'),
        password_file: file.optional().describe('File with the password.'),
      })
      .optional()
      .describe('User and password.'),
    tls_config: z
      .strictObject({
        ca_file: file.optional().describe("Authorities to trust instead of the system's, PEM."),
        cert_file: file.optional().describe('Our certificate, PEM; together with key_file.'),
        key_file: file.optional().describe('Private key of our certificate, PEM.'),
        server_name: z
          .string()
          .min(1)
          .optional()
          .describe("Name that the server's certificate must have, where it is not the host's."),
      })
      .refine(
        (tls) => (tls.cert_file === undefined) === (tls.key_file === undefined),
        'cert_file and key_file belong together',
      )
      .optional()
      .describe('TLS of an https URL.'),
  })
  .refine(
    (one) => one.bearer_token_file === undefined || one.basic_auth === undefined,
    'bearer_token_file and basic_auth exclude each other',
  );

export type PrometheusConfig = z.infer<typeof prometheusSchema>;

/** What clients and threads are made from. */
export function serverOptions(config: PrometheusConfig): PrometheusClientOptions {
  const access = accessOf(config);
  return {
    url: config.url,
    timeoutMs: config.timeout * 1000,
    ...(access === undefined ? {} : { access }),
  };
}

/** Undefined without any of it. */
function accessOf(config: PrometheusConfig): ServerAccess | undefined {
  const { tenant, headers, bearer_token_file: token, basic_auth: basic, tls_config: tls } = config;
  if (![tenant, headers, token, basic, tls].some((part) => part !== undefined)) return undefined;
  const all = { ...headers, ...(tenant === undefined ? {} : { 'X-Scope-OrgID': tenant }) };
  return {
    ...(Object.keys(all).length === 0 ? {} : { headers: all }),
    bearerTokenFile: token,
    basicAuth: basic && { username: basic.username, passwordFile: basic.password_file },
    tls: tls && {
      caFile: tls.ca_file,
      certFile: tls.cert_file,
      keyFile: tls.key_file,
      serverName: tls.server_name,
    },
  };
}
