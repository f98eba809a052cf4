// Real certificates for tests: authorities, and what they sign, made by openssl in a folder of their own.
import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';

export interface CertificateFiles {
  readonly cert: string;
  readonly key: string;
}

/** A self-signed authority. */
export function makeAuthority(folder: string, name: string): CertificateFiles {
  const files = filesOf(folder, name);
  openssl(
    'req',
    '-x509',
    ...newKey(files.key),
    '-out',
    files.cert,
    '-days',
    '2',
    '-subj',
    `/CN=${name}`,
  );
  return files;
}

export interface SignedOptions {
  readonly folder: string;
  readonly name: string;
  readonly authority: CertificateFiles;
  /** As openssl writes it, such as `DNS:a.example,IP:127.0.0.1`. */
  readonly names: string;
  /** What it may be used for. */
  readonly usage?: string;
  /** Negative: it has expired already. */
  readonly days?: number;
}

/** A certificate for servers and clients, signed by the authority. */
export function makeCertificate(options: SignedOptions): CertificateFiles {
  const { folder, name, authority, names, days = 2 } = options;
  const { usage = 'serverAuth,clientAuth' } = options;
  const files = filesOf(folder, name);
  const request = join(folder, `${name}.csr`);
  const extensions = join(folder, `${name}.ext`);
  writeFileSync(extensions, `subjectAltName=${names}\nextendedKeyUsage=${usage}\n`);
  openssl('req', ...newKey(files.key), '-out', request, '-subj', `/CN=${name}`);
  const signer = ['-CA', authority.cert, '-CAkey', authority.key, '-CAcreateserial'];
  const output = ['-out', files.cert, '-days', String(days), '-extfile', extensions];
  openssl('x509', '-req', '-in', request, ...signer, ...output);
  return files;
}

function filesOf(folder: string, name: string): CertificateFiles {
  return { cert: join(folder, `${name}.pem`), key: join(folder, `${name}.key`) };
}

function newKey(file: string): string[] {
  return ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-keyout', file];
}

function openssl(...args: readonly string[]): void {
  execFileSync('openssl', args, { stdio: 'pipe' });
}
