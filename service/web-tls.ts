// TLS of the HTTP face: the secure context from the web configuration, and which clients' certificates are let in.
import { constants } from 'node:crypto';
import { isIP } from 'node:net';
import { createSecureContext, type SecureContextOptions, type TLSSocket } from 'node:tls';
import { toOpensslCiphers, toOpensslCurves } from './web-cipher.ts';
import type { TlsSection } from './web-config-schema.ts';

const SAN = /(?:^|, )([A-Za-z ]+):("(?:[^"\\]|\\.)*"|[^,"]*)/y;

/** The PEM texts that the section names, read or inline. */
export interface TlsMaterial {
  readonly cert: string;
  readonly key: string;
  readonly clientCa: string | undefined;
}

/**
 * What Node.js needs for one generation of certificates.
 * @throws when certificate, key or CA are unusable or do not fit together.
 */
export function secureContextOptions(tls: TlsSection, pem: TlsMaterial): SecureContextOptions {
  const options: SecureContextOptions = {
    cert: pem.cert,
    key: pem.key,
    minVersion: tls.min_version,
    maxVersion: tls.max_version,
    honorCipherOrder: tls.prefer_server_cipher_suites,
    ...(pem.clientCa !== undefined && { ca: pem.clientCa }),
    ...(tls.cipher_suites && { ciphers: toOpensslCiphers(tls.cipher_suites) }),
    ...(tls.curve_preferences && { ecdhCurve: toOpensslCurves(tls.curve_preferences) }),
    // A resumed session would carry an old verdict on the client's certificate past a change of the CA.
    ...(asksForCertificate(tls) && { secureOptions: constants.SSL_OP_NO_TICKET }),
  };
  createSecureContext(options);
  return options;
}

export function asksForCertificate(tls: TlsSection): boolean {
  return tls.client_auth_type !== 'NoClientCert';
}

/** Why a client that has shaken hands is refused; undefined when it is welcome. */
export function refuseClient(tls: TlsSection, socket: TLSSocket): string | undefined {
  if (!asksForCertificate(tls)) return undefined;
  const certificate = socket.getPeerX509Certificate();
  if (certificate === undefined) {
    return tls.client_auth_type.startsWith('Require') ? 'no client certificate' : undefined;
  }
  if (tls.client_auth_type.includes('Verify') && !socket.authorized) {
    return `client certificate: ${String(socket.authorizationError)}`;
  }
  const allowed = tls.client_allowed_sans;
  if (allowed === undefined) return undefined;
  const names = subjectAltNames(certificate.subjectAltName ?? '');
  return names.some((name) => allowed.map(canonical).includes(name))
    ? undefined
    : `no allowed name among those of the client certificate: ${names.join(', ') || 'none'}`;
}

/**
 * The DNS, IP, e-mail and URI names in Node.js' text form of the extension. Values with commas or quotes come as JSON
 * strings; where the text is not understood, what follows is not a name.
 */
export function subjectAltNames(text: string): string[] {
  const names: string[] = [];
  SAN.lastIndex = 0;
  for (let match = SAN.exec(text); match !== null; match = SAN.exec(text)) {
    const [, kind = '', value = ''] = match;
    if (!['DNS', 'IP Address', 'email', 'URI'].includes(kind)) continue;
    names.push(canonical(value.startsWith('"') ? unquote(value) : value));
  }
  return names;
}

function unquote(text: string): string {
  try {
    return String(JSON.parse(text));
  } catch {
    return '';
  }
}

/** IPv6 addresses have many spellings; a URL has one. */
function canonical(name: string): string {
  return isIP(name) === 6 ? (URL.parse(`http://[${name}]`)?.hostname.slice(1, -1) ?? name) : name;
}
