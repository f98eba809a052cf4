// The web configuration as it is now: read again when one of its files has changed, and kept as it was when the new one is broken.
import { readFileSync, statSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import type { SecureContextOptions } from 'node:tls';
import { ConfigError, loadConfig } from './config.ts';
import { type TlsSection, type WebConfig, webConfigSchema } from './web-config-schema.ts';
import { asksForCertificate, secureContextOptions } from './web-tls.ts';

const CHECK_INTERVAL_MS = 1_000;
const MAX_PEM_BYTES = 1024 * 1024;

export interface WebSettings {
  readonly config: WebConfig;
  readonly tls: TlsSettings | undefined;
}

export interface TlsSettings {
  readonly section: TlsSection;
  readonly context: SecureContextOptions;
}

export interface WebConfigWatch {
  /** The newest settings that were valid, after at most one look per second at the files. */
  current(): WebSettings;
}

export interface WatchOptions {
  readonly onChange: (settings: WebSettings) => void;
  /** The files have changed and are refused; the old settings stay. */
  readonly onBroken: (error: Error) => void;
  /** Milliseconds that never go back. */
  readonly now?: () => number;
}

/** Reads the file and what it names. @throws {ConfigError} with every problem. */
export function loadWebConfig(file: string): WebSettings {
  const config = loadConfig(webConfigSchema, file);
  const section = config.tls_server_config;
  if (section === undefined) return { config, tls: undefined };
  const pem = {
    cert: pemText(file, section, 'cert') ?? '',
    key: pemText(file, section, 'key') ?? '',
    clientCa: pemText(file, section, 'client_ca'),
  };
  try {
    return { config, tls: { section, context: secureContextOptions(section, pem) } };
  } catch (cause) {
    const problem = `${file}: tls_server_config: certificate, key or client CA cannot be used`;
    throw new ConfigError([`${problem}: ${(cause as Error).message}`]);
  }
}

/** @throws {ConfigError} when the file is broken at the start. */
export function watchWebConfig(file: string, options: WatchOptions): WebConfigWatch {
  const { onChange, onBroken, now = () => performance.now() } = options;
  let settings = loadWebConfig(file);
  let seen = signatureOf(file, settings);
  let checkedAt = now();
  let problem: string | undefined;
  const reread = (): void => {
    try {
      const next = loadWebConfig(file);
      refuseRestart(file, settings, next);
      settings = next;
    } catch (error) {
      const { message } = error as Error;
      if (message !== problem) onBroken(error as Error);
      problem = message;
      return;
    }
    problem = undefined;
    onChange(settings);
  };
  return {
    current() {
      if (now() - checkedAt < CHECK_INTERVAL_MS) return settings;
      checkedAt = now();
      const signature = signatureOf(file, settings);
      // A broken configuration is tried again and again: what it lacks may be a file that is not watched yet.
      if (signature === seen && problem === undefined) return settings;
      seen = signature;
      reread();
      return settings;
    },
  };
}

/** What the open port cannot change while it is open. */
function refuseRestart(file: string, before: WebSettings, next: WebSettings): void {
  const problem = (what: string) => new ConfigError([`${file}: ${what} needs a restart`]);
  if ((before.tls === undefined) !== (next.tls === undefined)) {
    throw problem('turning TLS on or off');
  }
  if (before.tls === undefined || next.tls === undefined) return;
  if (asksForCertificate(before.tls.section) !== asksForCertificate(next.tls.section)) {
    throw problem('starting or ceasing to ask clients for certificates');
  }
}

/** Equal as long as no file was written or replaced. Files of the settings in force and of no others: a new name is in the web file. */
function signatureOf(file: string, { tls }: WebSettings): string {
  const named = tls === undefined ? [] : [tls.section.cert_file, tls.section.key_file];
  const files = [...named, tls?.section.client_ca_file].flatMap((name) =>
    name === undefined ? [] : resolve(dirname(file), name),
  );
  return [file, ...files].map(stamp).join('|');
}

function stamp(file: string): string {
  const stat = statSync(file, { throwIfNoEntry: false, bigint: true });
  return stat === undefined ? 'missing' : `${stat.ino}:${stat.size}:${stat.mtimeNs}`;
}

type PemName = 'cert' | 'key' | 'client_ca';

/** Paths are relative to the web configuration file, as in exporter-toolkit. */
function pemText(file: string, section: TlsSection, name: PemName): string | undefined {
  const path = section[`${name}_file`];
  if (path === undefined) return section[name];
  const problem = (what: string) =>
    new ConfigError([`${file}: tls_server_config.${name}_file: ${path} ${what}`]);
  try {
    const full = resolve(dirname(file), path);
    if (statSync(full).size > MAX_PEM_BYTES) throw problem(`is larger than ${MAX_PEM_BYTES} bytes`);
    return readFileSync(full, 'utf8');
  } catch (cause) {
    if (cause instanceof ConfigError) throw cause;
    throw problem(`cannot be read: ${(cause as Error).message}`);
  }
}
