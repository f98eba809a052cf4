// What may be written in the section `probe` of the configuration, and what the probes are made of.
import { isIP } from 'node:net';
import { z } from 'zod';
import { duration } from '../../../service/config.ts';
import { redactUrl } from '../../../service/log.ts';
import { validateHeaderName, validateHeaderValue } from '../../../service/node-http.ts';
import type { ProbeTls } from '../../sources/probe-connection.ts';
import { DNS_RECORDS } from '../../sources/probe-dns.ts';
import type { ProbeTarget } from '../../sources/probe-run.ts';

const MAX_PROBES = 100;
const MAX_REDIRECTS = 10;
const MAX_BODY_BYTES = 64 * 1024 * 1024;
const DEFAULT_BODY_BYTES = 1024 * 1024;

export interface ProbeSettings {
  readonly name: string;
  readonly intervalSeconds: number;
  readonly timeoutSeconds: number;
  readonly target: ProbeTarget;
  /** What is probed, without user, password and query. */
  readonly shown: string;
}

const name = () =>
  z.string().regex(/^[\p{L}\p{N}_.:/ -]{1,100}$/u, {
    error: 'expected a name of up to 100 letters, digits and _ . : / - or spaces',
  });
const file = () => z.string().min(1, { error: 'expected the path of a file' });

const tlsSchema = () =>
  z
    .strictObject({
      ca_file: file().optional().describe("Authorities to trust instead of the system's, PEM."),
      insecure_skip_verify: z.boolean().default(false).describe('Takes any certificate.'),
      server_name: z
        .string()
        .min(1)
        .optional()
        .describe("Name that the certificate must have, where it is not the host's."),
    })
    .transform(
      (tls): ProbeTls => ({
        caFile: tls.ca_file,
        insecureSkipVerify: tls.insecure_skip_verify,
        serverName: tls.server_name,
      }),
    );

const probeUrl = () =>
  z.string().superRefine((text, context) => {
    const url = URL.parse(text);
    if (url === null || !/^https?:$/.test(url.protocol)) {
      context.addIssue('expected a URL such as https://shop.example/health');
    } else if (url.username !== '' || url.password !== '') {
      context.addIssue('credentials in the URL are refused: use headers or bearer_token_file');
    }
  });

const header = () => z.record(z.string(), z.string()).superRefine(checkHeaders);

function checkHeaders(headers: Record<string, string>, context: z.RefinementCtx): void {
  for (const [key, value] of Object.entries(headers)) {
    try {
      validateHeaderName(key);
      validateHeaderValue(key, value);
    } catch {
      context.addIssue({ code: 'custom', path: [key], message: 'no legal HTTP header' });
    }
  }
}

const status = () => z.int({ error: 'expected a status such as 200' }).min(200).max(599);

const httpSchema = z
  .strictObject({
    url: probeUrl().describe('What is asked; without credentials.'),
    method: z.enum(['GET', 'HEAD', 'OPTIONS', 'POST']).default('GET').describe('HTTP method.'),
    expected_status: z
      .union([status().transform((only) => [only]), z.array(status()).min(1)])
      .optional()
      .describe('One status or a list; any 2xx unless given.'),
    headers: header().default({}).describe('Request headers.'),
    bearer_token_file: file()
      .optional()
      .describe('File with a token for the header Authorization.'),
    body_limit: z
      .int()
      .min(0)
      .max(MAX_BODY_BYTES)
      .default(DEFAULT_BODY_BYTES)
      .describe('Bytes of the answer that are read; more is a failure.'),
    max_redirects: z
      .int()
      .min(0)
      .max(MAX_REDIRECTS)
      .default(0)
      .describe('Redirects that are followed.'),
    tls: tlsSchema().prefault({}).describe('TLS of an https URL.'),
  })
  .transform(
    (http): ProbeTarget => ({
      kind: 'http',
      url: http.url,
      method: http.method,
      expectedStatus: http.expected_status,
      headers: http.headers,
      bearerTokenFile: http.bearer_token_file,
      bodyLimitBytes: http.body_limit,
      maxRedirects: http.max_redirects,
      tls: http.tls,
    }),
  );

const tcpSchema = z
  .strictObject({
    address: z.string().describe('host:port, with brackets around an IPv6 address.'),
    tls: tlsSchema().optional().describe('Also shakes hands; without it the connection is all.'),
  })
  .transform((tcp, context): ProbeTarget => {
    const [, bracketed, plain, port] =
      /^(?:\[([\da-fA-F:.%\w]+)\]|([^\s[\]:/]+)):(\d{1,5})$/.exec(tcp.address) ?? [];
    const host = bracketed ?? plain;
    if (host === undefined || Number(port) < 1 || Number(port) > 65_535) {
      context.addIssue({
        code: 'custom',
        path: ['address'],
        message: 'expected host:port, with brackets around an IPv6 address',
      });
      return z.NEVER;
    }
    return { kind: 'tcp', host, port: Number(port), tls: tcp.tls };
  });

const dnsServer = () =>
  z.string().refine((text) => isIP(text) !== 0 || isAddressWithPort(text), {
    error: 'expected an address such as 192.0.2.53, 192.0.2.53:5353 or [2001:db8::53]:5353',
  });

function isAddressWithPort(text: string): boolean {
  const [, six, four, port] = /^(?:\[([^\]]+)\]|([\d.]+)):(\d{1,5})$/.exec(text) ?? [];
  return isIP(six ?? four ?? '') !== 0 && Number(port) >= 1 && Number(port) <= 65_535;
}

const dnsSchema = z
  .strictObject({
    name: z
      .string()
      .regex(/^[^\s]{1,253}$/, { error: 'expected a domain name' })
      .describe('Domain name to look up.'),
    record: z.enum(DNS_RECORDS).default('A').describe('Type of the record.'),
    server: dnsServer()
      .optional()
      .describe('Resolver as address or address:port; those of the host unless given.'),
  })
  .transform((dns): ProbeTarget => ({ kind: 'dns', ...dns, server: dns.server }));

const probeSchema = z
  .strictObject({
    name: name().describe('Label `probe`.'),
    interval: duration({ min: 1, max: 86_400 }).prefault('30s').describe('Time between two runs.'),
    timeout: duration({ min: 0.01, max: 60 })
      .prefault('5s')
      .describe('What one run may take, at most the interval.'),
    http: httpSchema
      .optional()
      .describe('An HTTP(S) request. Every probe has exactly one of http, tcp and dns.'),
    tcp: tcpSchema.optional().describe('A TCP connection.'),
    dns: dnsSchema.optional().describe('A DNS query.'),
  })
  .transform((probe, context): ProbeSettings => {
    const [target, second] = [probe.http, probe.tcp, probe.dns].filter(
      (kind) => kind !== undefined,
    );
    if (target === undefined || second !== undefined) {
      context.addIssue('expected exactly one of http, tcp and dns');
      return z.NEVER;
    }
    if (probe.timeout > probe.interval) {
      context.addIssue({ code: 'custom', path: ['timeout'], message: 'longer than the interval' });
    }
    return {
      name: probe.name,
      intervalSeconds: probe.interval,
      timeoutSeconds: probe.timeout,
      target,
      shown: show(target),
    };
  });

function show(target: ProbeTarget): string {
  if (target.kind === 'http') return redactUrl(target.url);
  if (target.kind === 'dns') return `${target.record} ${target.name}`;
  return isIP(target.host) === 6
    ? `[${target.host}]:${target.port}`
    : `${target.host}:${target.port}`;
}

export const probeConfigSchema = z
  .strictObject({
    max_concurrent: z
      .int()
      .min(1)
      .max(50)
      .default(10)
      .describe('Probes that run at the same time.'),
    probes: z
      .array(probeSchema)
      .max(MAX_PROBES)
      .refine((probes) => new Set(probes.map((probe) => probe.name)).size === probes.length, {
        error: 'two probes have the same name',
      })
      .default([])
      .describe('What is probed; nothing unless it is named here.'),
  })
  .prefault({});
export type ProbeConfig = z.infer<typeof probeConfigSchema>;
