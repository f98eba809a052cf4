// The names of cipher suites and curves as Go has them, which exporter-toolkit's format uses, and as OpenSSL has them.

/** TLS 1.2 suites of Go's `tls.CipherSuites()`. Source: https://pkg.go.dev/crypto/tls#pkg-constants */
const OPENSSL_NAMES = {
  TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA: 'ECDHE-ECDSA-AES128-SHA',
  TLS_ECDHE_ECDSA_WITH_AES_256_CBC_SHA: 'ECDHE-ECDSA-AES256-SHA',
  TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA: 'ECDHE-RSA-AES128-SHA',
  TLS_ECDHE_RSA_WITH_AES_256_CBC_SHA: 'ECDHE-RSA-AES256-SHA',
  TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256: 'ECDHE-ECDSA-AES128-GCM-SHA256',
  TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384: 'ECDHE-ECDSA-AES256-GCM-SHA384',
  TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256: 'ECDHE-RSA-AES128-GCM-SHA256',
  TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384: 'ECDHE-RSA-AES256-GCM-SHA384',
  TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256: 'ECDHE-RSA-CHACHA20-POLY1305',
  TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256: 'ECDHE-ECDSA-CHACHA20-POLY1305',
} as const;
/** Not configurable in Go: all three are always offered where TLS 1.3 is. */
const TLS13_SUITES = [
  'TLS_AES_256_GCM_SHA384',
  'TLS_CHACHA20_POLY1305_SHA256',
  'TLS_AES_128_GCM_SHA256',
] as const;
const OPENSSL_CURVES = {
  CurveP256: 'P-256',
  CurveP384: 'P-384',
  CurveP521: 'P-521',
  X25519: 'X25519',
} as const;

type Tls12Suite = keyof typeof OPENSSL_NAMES;
export type CipherName = Tls12Suite | (typeof TLS13_SUITES)[number];
export type CurveName = keyof typeof OPENSSL_CURVES;
export const CURVES = Object.keys(OPENSSL_CURVES) as CurveName[];

export function cipherNames(): CipherName[] {
  return [...(Object.keys(OPENSSL_NAMES) as Tls12Suite[]), ...TLS13_SUITES];
}

/** OpenSSL's cipher list, in the order given. TLS 1.3 suites stay on, as in Go. */
export function toOpensslCiphers(names: readonly CipherName[]): string {
  const tls12 = names.flatMap((name) =>
    name in OPENSSL_NAMES ? OPENSSL_NAMES[name as Tls12Suite] : [],
  );
  return [...TLS13_SUITES, ...tls12].join(':');
}

export function toOpensslCurves(names: readonly CurveName[]): string {
  return names.map((name) => OPENSSL_CURVES[name]).join(':');
}
