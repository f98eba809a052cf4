// The part of analyzer.yml that says where the store is. Without a URL it is SQLite in the analyzer's own folder.
import { readFileSync } from 'node:fs';
import { isAbsolute } from 'node:path';
import { z } from 'zod';
import { duration } from '../../service/config.ts';

const PARAMETERS = ['host', 'sslmode', 'sslrootcert', 'sslcert', 'sslkey'];
/** node-postgres has others too, which mean verify-full today and less tomorrow. */
const SSL_MODES = ['disable', 'no-verify', 'verify-full'];
const path = z.string().refine(isAbsolute, 'expected an absolute path');

const url = z
  .string()
  .refine(
    (text) => /^postgres(ql)?:$/.test(URL.parse(text)?.protocol ?? ''),
    'expected a URL such as postgresql://guard@db.example:5432/guard',
  )
  .superRefine((text, context) => {
    for (const message of problemsOf(URL.parse(text)))
      context.addIssue({ code: 'custom', message });
  })
  .transform(withTls);

export const storeSchema = z.strictObject({
  url: url
    .optional()
    .describe(
      'PostgreSQL, such as postgresql://guard@db.example:5432/guard; without a password in it.',
    ),
  password_file: path
    .optional()
    .describe('File with the password, read anew after each failure to connect.'),
  timeout: duration({ min: 0.1, max: 60 })
    .prefault('5s')
    .describe('Time to connect, and for each statement.'),
  lease: duration({ min: 1, max: 300 })
    .prefault('15s')
    .describe('After the holder of the lease to act was heard of last, another takes over.'),
});

export type StoreConfig = z.infer<typeof storeSchema>;

function problemsOf(parsed: URL | null): string[] {
  if (parsed === null) return [];
  const { username, password, searchParams } = parsed;
  const mode = searchParams.get('sslmode');
  const unknown = [...searchParams.keys()].filter((name) => !PARAMETERS.includes(name));
  return [
    ...(username === '' ? ['the user is missing: postgresql://USER@host/database'] : []),
    ...(password === '' ? [] : ['the password belongs into the file of password_file']),
    ...(hostOf(parsed) === '' ? ['the host is missing'] : []),
    ...(mode === null || SSL_MODES.includes(mode)
      ? []
      : [`sslmode: expected ${SSL_MODES.join(', ')}`]),
    ...(unknown.length === 0
      ? []
      : [`unknown parameter ${unknown.join(', ')}: expected ${PARAMETERS.join(', ')}`]),
    ...['sslrootcert', 'sslcert', 'sslkey'].flatMap((name) =>
      unreadable(name, searchParams.get(name)),
    ),
  ];
}

function unreadable(name: string, file: string | null): string[] {
  if (file === null) return [];
  try {
    readFileSync(file);
    return [];
  } catch (error) {
    return [`${name}: ${(error as Error).message}`];
  }
}

/** Over a network nothing goes in the clear unless the URL says so. */
function withTls(text: string): string {
  const parsed = new URL(text);
  const host = hostOf(parsed);
  const isLocal = /^(\/|localhost$|::1$|127\.)/.test(host);
  if (!parsed.searchParams.has('sslmode'))
    parsed.searchParams.set('sslmode', isLocal ? 'disable' : 'verify-full');
  return parsed.href;
}

function hostOf({ hostname, searchParams }: URL): string {
  return searchParams.get('host') ?? hostname.replace(/^\[(.*)\]$/, '$1');
}
