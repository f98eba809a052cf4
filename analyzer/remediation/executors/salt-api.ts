// What is asked of salt-api (rest_cherrypy): log in, start a job on one minion, look up what came of it, end it.
// Source: https://docs.saltproject.io/en/latest/ref/netapi/all/salt.netapi.rest_cherrypy.html; answers as Salt 3007 gives them.
import { readFile } from 'node:fs/promises';
import { isAbsolute } from 'node:path';
import { z } from 'zod';
import { httpUrl } from '../../../service/config.ts';
import { ExecutorError } from '../executor.ts';
import { type JsonAnswer, requestJson } from './json-request.ts';

const REQUEST_TIMEOUT_MS = 30_000;
/** A token is given up this share of its life before it ends. */
const TOKEN_USED_RATIO = 0.9;
const MAX_MESSAGE_CHARS = 500;
const LOOPBACK = /^http:\/\/(127(\.\d+){3}|localhost|\[::1\])(:|\/|$)/;

const path = z.string().refine(isAbsolute, 'expected an absolute path');
export const saltSchema = z.strictObject({
  url: httpUrl()
    .refine((url) => url.startsWith('https:') || LOOPBACK.test(url), {
      error: 'a password travels there: expected https, or http on this machine',
    })
    .describe('Base URL; https, or http on this machine.'),
  username: z.string().min(1).describe('User of salt-api.'),
  password_file: path.describe('File with the password.'),
  eauth: z.string().min(1).default('pam').describe('Authentication module of the master.'),
  ca_file: path.optional().describe("Authorities to trust instead of the system's, PEM."),
  minion: z
    .string()
    .regex(/^[A-Za-z0-9_.-]*\{\{host\}\}[A-Za-z0-9_.-]*$/, 'expected {{host}} with a fixed text')
    .default('{{host}}')
    .describe("The minion's id by the host of the alert."),
});
export type SaltConfig = z.infer<typeof saltSchema>;

export interface SaltJob {
  readonly minion: string;
  readonly fun: string;
  readonly arg: readonly unknown[];
  readonly kwarg?: Readonly<Record<string, unknown>>;
  /** Kept with the job by the master: by it the job is found again. */
  readonly metadata?: Readonly<Record<string, string>>;
}

export interface MinionReturn {
  readonly return: unknown;
  readonly retcode: number | undefined;
}

export interface SaltApi {
  /** The job's id. @throws {ExecutorError} also when no minion matches. */
  start(job: SaltJob, signal: AbortSignal): Promise<string>;
  /** Undefined while the minion has not returned. */
  result(jid: string, minion: string, signal: AbortSignal): Promise<MinionReturn | undefined>;
  /** The latest job of `fun` with these metadata. */
  find(
    fun: string,
    metadata: Readonly<Record<string, string>>,
    signal: AbortSignal,
  ): Promise<string | undefined>;
}

const loginAnswer = z.object({
  return: z.tuple([z.object({ token: z.string(), start: z.number(), expire: z.number() })]),
});
const startAnswer = z.object({
  return: z.tuple([
    z.object({ jid: z.string().optional(), minions: z.array(z.string()).default([]) }),
  ]),
});
const minionReturn = z.object({ return: z.unknown(), retcode: z.number().optional() });
const jobAnswer = z.object({
  info: z.tuple([z.object({ Result: z.record(z.string(), minionReturn).default({}) })]),
});
const jobsAnswer = z.object({
  return: z.tuple([z.record(z.string(), z.object({ Function: z.string() }))]),
});

export function createSaltApi(config: SaltConfig): SaltApi {
  const call = createCaller(config);
  return {
    async start(job, signal) {
      const { minion, ...rest } = job;
      const low = { client: 'local_async', tgt: [minion], tgt_type: 'list', ...rest };
      const [{ jid, minions }] = parse(startAnswer, await call('/', [low], signal)).return;
      if (jid !== undefined && minions.length === 1 && minions[0] === minion) return jid;
      const found = minions.length === 0 ? 'no minion' : minions.slice(0, 10).join(', ');
      throw new ExecutorError('no_host_matched', `Salt has ${found} for the target ${minion}`);
    },
    async result(jid, minion, signal) {
      const answer = await call(`/jobs/${encodeURIComponent(jid)}`, undefined, signal);
      const returned = parse(jobAnswer, answer).info[0].Result[minion];
      return returned && { return: returned.return, retcode: returned.retcode };
    },
    async find(fun, metadata, signal) {
      const kwarg = { search_metadata: metadata };
      const low = { client: 'runner', fun: 'jobs.list_jobs', kwarg };
      const [jobs] = parse(jobsAnswer, await call('/', [low], signal)).return;
      const ids = Object.keys(jobs).filter((jid) => jobs[jid]?.Function === fun);
      return ids.sort().at(-1);
    },
  };
}

/** A POST when there is a body, else a GET, with a token that is fetched, kept, and fetched anew when it is refused. */
function createCaller(config: SaltConfig) {
  let session: { readonly token: string; readonly untilMs: number } | undefined;
  const send = async (path: string, body: unknown, options: SendOptions): Promise<JsonAnswer> =>
    requestJson({
      url: config.url + path,
      method: body === undefined ? 'GET' : 'POST',
      headers: options.token === undefined ? {} : { 'X-Auth-Token': options.token },
      body,
      ca: config.ca_file === undefined ? undefined : await readSecret(config.ca_file),
      timeoutMs: REQUEST_TIMEOUT_MS,
      signal: options.signal,
    });

  async function logIn(signal: AbortSignal): Promise<string> {
    const { username, eauth, password_file } = config;
    const password = await readSecret(password_file);
    const answer = await send('/login', { username, password, eauth }, { signal });
    if (answer.status === 401)
      throw new ExecutorError(
        'login_refused',
        `salt-api refuses the login of ${username} by eauth ${eauth}: is ${password_file} right?`,
      );
    const [{ token, start, expire }] = parse(loginAnswer, requireOk(answer)).return;
    // By the length of its life: the clock there may be another.
    const untilMs = performance.now() + (expire - start) * 1000 * TOKEN_USED_RATIO;
    session = { token, untilMs };
    return token;
  }

  return async (path: string, body: unknown, signal: AbortSignal): Promise<unknown> => {
    const kept = session !== undefined && performance.now() < session.untilMs;
    let answer = kept
      ? await send(path, body, { token: session?.token ?? '', signal })
      : await send(path, body, { token: await logIn(signal), signal });
    // Refused means not done: the token may have been revoked, the permission be missing.
    if (answer.status === 401 && kept)
      answer = await send(path, body, { token: await logIn(signal), signal });
    return requireOk(answer);
  };
}

interface SendOptions {
  readonly token?: string;
  readonly signal: AbortSignal;
}

async function readSecret(file: string): Promise<string> {
  try {
    return (await readFile(file, 'utf8')).trim();
  } catch (error) {
    throw new ExecutorError('credentials', `remediation.salt: ${(error as Error).message}`);
  }
}

/** rest_cherrypy tells errors as a page of HTML. */
function requireOk({ status, text, json }: JsonAnswer): unknown {
  if (status === 200) return json;
  const message = (/<p>([^<]*)<\/p>/.exec(text)?.[1] ?? text).slice(0, MAX_MESSAGE_CHARS);
  const what = `salt-api answers ${status}: ${message}`;
  if (status === 401)
    throw new ExecutorError('not_authorized', `${what} (external_auth of the master)`);
  if (/Client disabled/.test(text)) throw new ExecutorError('client_disabled', what);
  // Said before anything is published; any other 503 may come after that.
  if (status === 503 && /Salt Master is not available/.test(text))
    throw new ExecutorError('not_sent', what, true);
  throw new ExecutorError(status >= 500 ? 'unavailable' : 'refused', what);
}

function parse<T>(schema: z.ZodType<T>, answer: unknown): T {
  const parsed = schema.safeParse(answer);
  if (parsed.success) return parsed.data;
  const text = JSON.stringify(answer)?.slice(0, MAX_MESSAGE_CHARS);
  throw new ExecutorError('unexpected_answer', `salt-api answers what is not expected: ${text}`);
}
