// The `postgresql` section: which servers are asked, and as whom. Passwords come from files only.
import { z } from 'zod';
import { duration } from '../../../service/config.ts';
import { type PostgresqlTarget, SSL_MODES } from '../../sources/postgresql-target.ts';

const MAX_SERVERS = 16;
const MAX_NAME_CHARS = 64;
const DEFAULT_PORT = 5432;
/** What a connection string says already. */
const URL_PARTS = ['host', 'port', 'user', 'database', 'password_file'] as const;

const text = () => z.string().min(1);
const server = z
  .strictObject({
    name: text().max(MAX_NAME_CHARS).describe('Label `database_server`.'),
    url_file: text()
      .optional()
      .describe(
        'File with a connection URL, in place of host, port, user, database and password_file.',
      ),
    host: text().optional().describe('Host name, address, or directory of the socket.'),
    port: z
      .int()
      .min(1)
      .max(65_535)
      .optional()
      .describe('TCP port or suffix of the socket; 5432 unless given.'),
    user: text().optional().describe('Role; one with pg_monitor sees everything.'),
    database: text().optional().describe('Database to connect to; postgres unless given.'),
    password_file: text()
      .optional()
      .describe('File with the password, read anew at each connection.'),
    sslmode: z
      .enum(SSL_MODES)
      .optional()
      .describe('How TLS is used; without it disable on loopback, else verify-full.'),
    ca_file: text().optional().describe("Authorities to trust instead of the system's, PEM."),
    interval: duration({ min: 1, max: 600 }).prefault('15s').describe('Time between two looks.'),
    timeout: duration({ min: 0.1, max: 60 })
      .prefault('5s')
      .describe('Time to connect, and for each statement.'),
  })
  .transform((entry, context) => {
    const { name, interval, timeout, url_file: urlFile, host, user } = entry;
    const { port = DEFAULT_PORT, database = 'postgres', password_file: passwordFile } = entry;
    const rest = { name, interval, timeout };
    const security = { sslmode: entry.sslmode, caFile: entry.ca_file };
    if (urlFile !== undefined) {
      const doubled = URL_PARTS.filter((part) => entry[part] !== undefined);
      if (doubled.length === 0) return { ...rest, target: toTarget({ urlFile }, security) };
      context.addIssue(`url_file and ${doubled.join(', ')} exclude each other`);
      return z.NEVER;
    }
    if (host === undefined || user === undefined) {
      context.addIssue('expected url_file, or host and user');
      return z.NEVER;
    }
    const parts = { host, port, user, database, passwordFile };
    return { ...rest, target: toTarget(parts, security) };
  });

export const postgresqlConfigSchema = z
  .array(server)
  .max(MAX_SERVERS)
  .refine((servers) => new Set(servers.map(({ name }) => name)).size === servers.length, {
    error: 'two servers have the same name',
  })
  .default([]);
export type PostgresqlConfig = z.infer<typeof postgresqlConfigSchema>;

function toTarget(
  server: PostgresqlTarget['server'],
  security: Omit<PostgresqlTarget, 'server'>,
): PostgresqlTarget {
  return { server, ...security };
}
