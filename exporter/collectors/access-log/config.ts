// The `access_logs` section: which files, in which format, and whether their sessions are counted.
import { z } from 'zod';
import { duration } from '../../../service/config.ts';
import { TIME_UNITS, type TimeUnit } from './entry.ts';
import { FIELD_NAMES } from './formats.ts';

const MAX_LOGS = 16;
const MAX_NAME_CHARS = 64;
/** About 10 MB of memory at the default. */
const DEFAULT_SESSIONS = 50_000;
const MAX_SESSIONS = 1_000_000;
const UNITS = Object.keys(TIME_UNITS) as [TimeUnit, ...TimeUnit[]];

/** The variables of nginx; other servers name theirs. */
const NGINX_FIELDS = {
  status: 'status',
  method: 'request_method',
  request: 'request',
  bytes: 'body_bytes_sent',
  seconds: 'request_time',
  ip: 'remote_addr',
  cookie: 'cookie',
};

const FIELD_MEANINGS = {
  status: 'status code',
  method: 'method, where request is not there',
  request: 'request line',
  bytes: 'bytes of the answer',
  seconds: 'time of the request',
  ip: 'address of the client',
  cookie: 'cookie that tells a session',
};
const text = () => z.string().min(1);
const sessions = z.strictObject({
  by: z.enum(['ip', 'cookie']).describe('What tells one visitor from another.'),
  window: duration({ min: 1, max: 86_400 })
    .prefault('5m')
    .describe('How long after its last request a session counts as active.'),
  max: z
    .int()
    .min(1)
    .max(MAX_SESSIONS)
    .default(DEFAULT_SESSIONS)
    .describe(
      'Sessions that are remembered, about 200 bytes each; beyond them the count is a lower bound.',
    ),
});
const base = {
  name: text().max(MAX_NAME_CHARS).describe('Label `log` of its series.'),
  path: text()
    .startsWith('/', { error: 'expected an absolute path' })
    .describe('Absolute path of the file.'),
  time_unit: z.enum(UNITS).default('s').describe('Unit of the request times in the log.'),
  sessions: sessions
    .optional()
    .describe('Counts active sessions; without it they are not counted.'),
};
const fields = z.strictObject(
  Object.fromEntries(
    FIELD_NAMES.map((name) => [
      name,
      text().default(NGINX_FIELDS[name]).describe(`Field of the ${FIELD_MEANINGS[name]}.`),
    ]),
  ) as Record<(typeof FIELD_NAMES)[number], z.ZodDefault<z.ZodString>>,
);
const pattern = text().transform((source, context) => {
  try {
    const compiled = new RegExp(`^(?:${source})$`, 'u');
    const groups = new RegExp(`${source}|`, 'u').exec('')?.groups ?? {};
    if ('status' in groups) return { source, compiled, groups: Object.keys(groups) };
    context.addIssue('expected a named group (?<status>…)');
  } catch (error) {
    context.addIssue(`expected a regular expression: ${(error as Error).message}`);
  }
  return z.NEVER;
});

const log = z
  .discriminatedUnion('format', [
    z.strictObject({
      ...base,
      format: z
        .literal('combined')
        .describe(
          'How lines are written: `combined` (also common), `json` (one object per line) or `regex`.',
        ),
    }),
    z.strictObject({
      ...base,
      format: z
        .literal('json')
        .describe(
          'How lines are written: `combined` (also common), `json` (one object per line) or `regex`.',
        ),
      fields: fields
        .prefault({})
        .describe(
          "Where the fields are in each object; dots lead into objects. The names of nginx's variables unless given.",
        ),
    }),
    z.strictObject({
      ...base,
      format: z
        .literal('regex')
        .describe(
          'How lines are written: `combined` (also common), `json` (one object per line) or `regex`.',
        ),
      pattern: pattern.describe(
        'Regular expression of the whole line with named groups status, method, request, bytes, seconds, ip, cookie; status is needed.',
      ),
    }),
  ])
  .superRefine((entry, context) => {
    const by = entry.sessions?.by;
    if (by === undefined) return;
    const path = ['sessions', 'by'];
    if (entry.format === 'combined' && by === 'cookie') {
      const message =
        'the combined format has no cookie: use json, or regex with a group (?<cookie>…)';
      context.addIssue({ code: 'custom', path, message });
    }
    if (entry.format === 'regex' && !entry.pattern.groups.includes(by)) {
      const message = `the pattern has no group (?<${by}>…)`;
      context.addIssue({ code: 'custom', path, message });
    }
  });

export const accessLogConfigSchema = z
  .array(log)
  .max(MAX_LOGS)
  .refine((logs) => new Set(logs.map(({ name }) => name)).size === logs.length, {
    error: 'two logs have the same name',
  })
  .default([]);
export type AccessLogConfig = z.infer<typeof accessLogConfigSchema>;
