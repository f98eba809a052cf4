// What the commands ask of a running analyzer: its JSON API, every answer checked before it is believed.
import { readFileSync } from 'node:fs';
import { z } from 'zod';
import { productVersion } from '../../service/flags.ts';
import { redactUrl } from '../../service/log.ts';
import { CliError, COULD_NOT_TELL } from './terminal.ts';

const TIMEOUT_MS = 10_000;
const MAX_ERROR_CHARS = 200;
const ANALYZER = { name: 'the analyzer', flag: '--analyzer.url' };
const MAX_BODY_BYTES = 32 * 1024 * 1024;

const claims = z.array(z.object({ text: z.string(), promql: z.string() }));
/** What came of a suggestion, and what people said of it. */
export const suggestionRecord = z.object({
  accepted: z.number(),
  rejected: z.number(),
  helpful: z.number(),
  notHelpful: z.number(),
  improved: z.number(),
  noEffect: z.number(),
  worse: z.number(),
  mean: z.number(),
});
const finding = z.object({
  id: z.string().default(''),
  kind: z.string(),
  subject: z.record(z.string(), z.string()),
  score: z.number(),
  confidence: z.number(),
  severity: z.enum(['info', 'warning', 'critical']),
  state: z.enum(['pending', 'firing', 'resolved']),
  /** Unix seconds. */
  since: z.number(),
  evidence: claims,
  /** The rest is there when it is known. */
  victims: claims.nullish(),
  changes: claims.nullish(),
  hints: z
    .array(z.object({ text: z.string(), promql: z.string(), shownBy: z.string().nullish() }))
    .nullish(),
  correlated: claims.nullish(),
  untold: z.array(z.string()).nullish(),
  learned: z
    .object({
      kind: z.string(),
      probability: z.number(),
      agreement: z.number(),
      model: z.number(),
      counts: z.boolean(),
    })
    .nullish(),
  suggestions: z.array(
    z.object({
      id: z.string(),
      text: z.string(),
      reason: z.string(),
      confidence: z.number().nullish(),
      record: suggestionRecord.nullish(),
    }),
  ),
});
const findings = z.object({ findings: z.array(finding) });
const runway = z.object({
  runway: z.array(
    z.object({
      signal: z.string(),
      labels: z.record(z.string(), z.string()),
      unit: z.string(),
      value: z.number().nullable(),
      limit: z.number().nullable(),
      secondsP10: z.number().nullable(),
      secondsP50: z.number().nullable(),
      secondsP90: z.number().nullable(),
    }),
  ),
});
const status = z.object({
  state: z.enum(['warming_up', 'ok', 'degraded']),
  reason: z.string().nullable(),
  groups: z.number(),
  forecasts: z.number(),
});

export type FindingView = z.infer<typeof finding>;
export type SuggestionRecordView = z.infer<typeof suggestionRecord>;
export type RunwayView = z.infer<typeof runway>['runway'][number];
export type StatusView = z.infer<typeof status>;

export interface AnalyzerClient {
  /** Worst first. */
  findings(): Promise<FindingView[]>;
  /** Soonest first. */
  runway(): Promise<RunwayView[]>;
  status(): Promise<StatusView>;
}

/** @param url may carry `user:password@`. Every method throws {CliError} with exit code 2. */
export function createAnalyzerClient(url: string): AnalyzerClient {
  const ask = <T>(path: string, schema: z.ZodType<T>) => askJson({ url, path }, schema);
  return {
    async findings() {
      const answer = await ask('/api/v1/findings', findings);
      return answer.findings.toSorted((a, b) => b.score - a.score);
    },
    runway: async () => (await ask('/api/v1/runway', runway)).runway,
    status: () => ask('/api/v1/status', status),
  };
}

async function askJson<T>(
  { url, path }: { url: string; path: string },
  schema: z.ZodType<T>,
): Promise<T> {
  const text = await fetchText(url, path, ANALYZER);
  const where = `${redactUrl(url)}${path.slice(1)}`;
  let body: unknown;
  try {
    body = JSON.parse(text);
  } catch {
    throw new CliError(`${where} does not answer JSON: is it an analyzer?`, COULD_NOT_TELL);
  }
  const result = schema.safeParse(body);
  if (result.success) return result.data;
  const detail = z.prettifyError(result.error).split('\n', 1)[0];
  throw new CliError(`${where} answers something else than an analyzer: ${detail}`, COULD_NOT_TELL);
}

export interface Server {
  /** Such as `the analyzer`. */
  readonly name: string;
  /** The option that names another one. */
  readonly flag: string;
}

/** The body of a GET request. @throws {CliError} with exit code 2 that says who was asked. */
export async function fetchText(
  url: string,
  path: string,
  { name, flag }: Server,
): Promise<string> {
  const target = new URL(url.replace(/\/+$/, '') + path);
  const headers: Record<string, string> = { 'User-Agent': `guard/${productVersion()}` };
  if (target.username !== '') {
    const pair = `${decodeURIComponent(target.username)}:${decodeURIComponent(target.password)}`;
    headers.Authorization = `Basic ${Buffer.from(pair).toString('base64')}`;
    target.username = '';
    target.password = '';
  }
  if (flag === ANALYZER.flag) Object.assign(headers, tokenHeader());
  const where = redactUrl(target.href);
  try {
    const response = await fetch(target, { headers, signal: AbortSignal.timeout(TIMEOUT_MS) });
    const text = await readText(response);
    if (response.ok) return text;
    throw new Error(`HTTP ${response.status} ${detailOf(text)}`.trim());
  } catch (error) {
    const { message, cause } = error as Error;
    const reason = cause instanceof Error && cause.message !== '' ? cause.message : message;
    const text = `Cannot ask ${name} at ${where}: ${reason} (${flag} names another)`;
    throw new CliError(text, COULD_NOT_TELL);
  }
}

/** Of a problem (RFC 9457), else the first line of whatever it is. */
function detailOf(text: string): string {
  try {
    const { detail } = JSON.parse(text) as { detail?: unknown };
    if (typeof detail === 'string') return detail.slice(0, MAX_ERROR_CHARS);
  } catch {
    // Not JSON: as it is.
  }
  return text.split('\n', 1)[0]?.slice(0, MAX_ERROR_CHARS) ?? '';
}

/** Where reading asks for a role; not in Authorization, which a password in the URL may have. */
function tokenHeader(): Record<string, string> {
  const file = process.env.GUARD_TOKEN_FILE;
  if (file === undefined || file === '') return {};
  try {
    return { 'X-Guard-Token': readFileSync(file, 'utf8').trim() };
  } catch (error) {
    const text = `Cannot read the token that GUARD_TOKEN_FILE names: ${(error as Error).message}`;
    throw new CliError(text, COULD_NOT_TELL);
  }
}

/** @throws {Error} as soon as it is longer than the bound. */
async function readText({ body }: Response): Promise<string> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of body ?? []) {
    size += chunk.length;
    if (size > MAX_BODY_BYTES) throw new Error(`the answer is longer than ${MAX_BODY_BYTES} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}
