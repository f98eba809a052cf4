// ServiceNow's Table API: incidents of ours, opened once by correlation_id, and all incidents of a time for the report.
// Source: https://www.servicenow.com/docs/r/api-reference/rest-apis/c_TableAPI.html
import { z } from 'zod';
import { httpUrl } from '../../service/config.ts';
import { requestJson } from './http-request.ts';
import { NotifyError } from './notify-error.ts';
import { readSecret, secretFile } from './secret.ts';
import type { Ticket, TicketDraft, TicketSystem } from './ticket.ts';

const PAGE = 200;
const MAX_PAGES = 25;
/** Dates in a query may be taken in the time zone of the user: asked for more widely, then compared exactly. */
const ZONE_SECONDS = 15 * 3_600;
/** Impact and urgency; the priority follows from both. */
const LEVELS = { critical: '1', warning: '2', info: '3' } as const;
const FIELDS =
  'number,short_description,state,priority,opened_at,resolved_at,correlation_id,cmdb_ci';

export const servicenowSchema = z
  .strictObject({
    url: httpUrl().describe('Base URL of the instance.'),
    user: z.string().min(1).optional().describe('User name, with password_file.'),
    password_file: secretFile.optional().describe('File with the password.'),
    token_file: secretFile
      .optional()
      .describe('File with an OAuth token, instead of user and password.'),
    table: z.string().regex(/^\w+$/).default('incident').describe('Table of the incidents.'),
    fields: z
      .record(z.string().regex(/^\w+$/), z.string())
      .default({})
      .describe('Fields of every new incident, such as assignment_group (its sys_id).'),
    ca_file: secretFile.optional().describe("Authorities to trust instead of the system's, PEM."),
  })
  .refine(
    ({ user, password_file, token_file }) =>
      (token_file === undefined) !== (user === undefined || password_file === undefined),
    'expected token_file, or user and password_file',
  );
export type ServicenowConfig = z.infer<typeof servicenowSchema>;

const both = z.object({ value: z.string(), display_value: z.string().nullish() });
const field = z.union([both, z.string().transform((value) => ({ value, display_value: value }))]);
const incidentSchema = z.object({
  number: field,
  short_description: field,
  state: field,
  priority: field,
  opened_at: field,
  resolved_at: field.optional(),
  correlation_id: field.optional(),
  cmdb_ci: field.optional(),
});
const created = z.object({ result: z.object({ sys_id: z.string(), number: z.string() }) });
const found = z.object({ result: z.array(created.shape.result) });
const listed = z.object({ result: z.array(incidentSchema) });

export interface ReadIncident {
  readonly number: string;
  readonly title: string;
  readonly state: string;
  readonly priority: string;
  readonly opened: number;
  readonly resolved: number | undefined;
  readonly correlationId: string;
  readonly item: string;
}

export interface Servicenow extends TicketSystem {
  /** Opened from `from` until before `to` (Unix seconds), the oldest first. @throws {NotifyError} */
  incidents(span: { from: number; to: number }, signal: AbortSignal): Promise<ReadIncident[]>;
}

export function createServicenow(config: ServicenowConfig): Servicenow {
  const table = `${config.url}/api/now/table/${config.table}`;
  const ask = async <T>(call: Call, schema: z.ZodType<T>): Promise<T> => {
    const headers = { Authorization: await authorization(config) };
    const { query = {}, path = '', method = 'GET', json, signal } = call;
    const url = `${table}${path}?${new URLSearchParams(query)}`;
    const answer = await requestJson({
      method,
      url,
      headers,
      json,
      signal,
      caFile: config.ca_file,
    });
    const parsed = schema.safeParse(answer);
    if (parsed.success) return parsed.data;
    throw new NotifyError('malformed', `ServiceNow: ${z.prettifyError(parsed.error)}`);
  };
  return {
    open: (draft, signal) => open(draft, { config, ask, signal }),
    incidents: (span, signal) => readAll(span, { ask, signal }),
  };
}

interface Call {
  readonly method?: 'GET' | 'POST' | 'PATCH';
  readonly path?: string;
  readonly query?: Readonly<Record<string, string>>;
  readonly json?: unknown;
  readonly signal: AbortSignal;
}
type Ask = <T>(call: Call, schema: z.ZodType<T>) => Promise<T>;

async function authorization(config: ServicenowConfig): Promise<string> {
  const { user = '', password_file: passwordFile, token_file: tokenFile } = config;
  if (tokenFile !== undefined) return `Bearer ${await readSecret(tokenFile)}`;
  const password = await readSecret(passwordFile!);
  return `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`;
}

interface OpenDeps {
  readonly config: ServicenowConfig;
  readonly ask: Ask;
  readonly signal: AbortSignal;
}

/** What is open gets a work note; what is closed stays closed, and a new incident begins. */
async function open(draft: TicketDraft, { config, ask, signal }: OpenDeps): Promise<Ticket> {
  const { correlationId, title, text, severity } = draft;
  const sysparm_query = `correlation_id=${correlationId}^active=true`;
  const query = { sysparm_query, sysparm_fields: 'sys_id,number', sysparm_limit: '1' };
  const [before] = (await ask({ query, signal }, found)).result;
  const fields = { sysparm_fields: 'sys_id,number' };
  if (before !== undefined) {
    const json = { work_notes: text };
    await ask({ method: 'PATCH', path: `/${before.sys_id}`, query: fields, json, signal }, created);
    return toTicket(config, before, false);
  }
  const level = LEVELS[severity];
  const json = {
    ...config.fields,
    ...{ short_description: title, description: text, correlation_id: correlationId },
    ...{ correlation_display: 'Latency Guard', impact: level, urgency: level },
  };
  const { result } = await ask({ method: 'POST', query: fields, json, signal }, created);
  return toTicket(config, result, true);
}

function toTicket(
  { url, table }: ServicenowConfig,
  { number, sys_id }: { number: string; sys_id: string },
  isNew: boolean,
): Ticket {
  const page = `${url}/nav_to.do?uri=${encodeURIComponent(`${table}.do?sys_id=${sys_id}`)}`;
  return { system: 'servicenow', id: number, url: page, isNew };
}

async function readAll(
  { from, to }: { from: number; to: number },
  { ask, signal }: { ask: Ask; signal: AbortSignal },
): Promise<ReadIncident[]> {
  const wide = `opened_at>=${toText(from - ZONE_SECONDS)}^opened_at<${toText(to + ZONE_SECONDS)}`;
  const all: ReadIncident[] = [];
  for (let page = 0; page < MAX_PAGES; page += 1) {
    const query = {
      // A second order keeps the pages apart where several were opened at the same time.
      sysparm_query: `${wide}^ORDERBYopened_at^ORDERBYnumber`,
      sysparm_fields: FIELDS,
      sysparm_display_value: 'all',
      sysparm_exclude_reference_link: 'true',
      sysparm_limit: String(PAGE),
      sysparm_offset: String(page * PAGE),
    };
    const { result } = await ask({ query, signal }, listed);
    all.push(...result.map(toIncident));
    if (result.length < PAGE) return all.filter(({ opened }) => opened >= from && opened < to);
  }
  const most = PAGE * MAX_PAGES;
  throw new NotifyError('too_many', `ServiceNow has more than ${most} incidents of this time`);
}

function toIncident(one: z.infer<typeof incidentSchema>): ReadIncident {
  const shown = ({ value, display_value }: z.infer<typeof both>) => display_value ?? value;
  const resolved = one.resolved_at === undefined ? Number.NaN : toSeconds(one.resolved_at.value);
  return {
    number: one.number.value,
    title: one.short_description.value,
    state: shown(one.state),
    priority: shown(one.priority),
    opened: toSeconds(one.opened_at.value),
    resolved: Number.isNaN(resolved) ? undefined : resolved,
    correlationId: one.correlation_id?.value ?? '',
    item: one.cmdb_ci === undefined ? '' : shown(one.cmdb_ci),
  };
}

/** `2026-11-20 19:53:37`; values (not display values) are in UTC. */
function toSeconds(text: string): number {
  return text === '' ? Number.NaN : Date.parse(`${text.replace(' ', 'T')}Z`) / 1000;
}

function toText(seconds: number): string {
  return new Date(seconds * 1000).toISOString().slice(0, 19).replace('T', ' ');
}
