// `webhook`: posts JSON to an allowed address, for whatever has an interface of its own.
import { readFile } from 'node:fs/promises';
import { z } from 'zod';
import { redactUrl } from '../../../service/log.ts';
import { sendRequest } from '../../../service/outbound.ts';
import { type Executor, type ExecutorAction, ExecutorError, toOutcome } from '../executor.ts';
import { parseParameters, problemsOf } from './parameters.ts';

const MAX_ANSWER_BYTES = 64 * 1024;
/** Answered before anything was done: the sender may come again. */
const RETRYABLE_STATUS = [429, 503];
/** The request never left. */
const NOT_SENT = ['ECONNREFUSED', 'ENOTFOUND', 'EHOSTUNREACH', 'ENETUNREACH', 'EAI_AGAIN'];

const schema = z.strictObject({
  url: z
    .url({ protocol: /^https?$/ })
    .refine((url) => !/[{}]|%7B/i.test(url), {
      error: 'labels belong in the body, not in the address',
    })
    // Some servers take these for what they stand for, and would leave the path that is allowed.
    .refine((url) => !/%2f|%5c|%2e|\\/i.test(url), {
      error: 'a slash, a backslash or a dot may not be written by percent signs',
    }),
  body: z.record(z.string(), z.unknown()).default({}),
  bearer_token_file: z.string().startsWith('/').optional(),
});

/** @param allowed base URLs: same origin, and the path begins with theirs. */
export function createWebhookExecutor(allowed: readonly string[]): Executor {
  const parse = (parameters: unknown) => {
    const parsed = parseParameters(schema, parameters);
    if (allowed.some((base) => isBelow(base, parsed.url))) return parsed;
    throw new ExecutorError(
      'not_allowed',
      `remediation.allow.webhooks does not have ${redactUrl(parsed.url)}`,
    );
  };
  return {
    check: (parameters) => problemsOf(schema, parameters),
    async plan(action) {
      const { url } = parse(action.parameters);
      return `Would POST to ${redactUrl(url)}:\n${bodyOf(action, parse(action.parameters).body)}`;
    },
    run: (action, signal) => toOutcome(() => post(action, parse(action.parameters), signal)),
  };
}

function isBelow(base: string, url: string): boolean {
  const [from, to] = [new URL(base), new URL(url)];
  const path = from.pathname.replace(/\/+$/, '');
  return from.origin === to.origin && (to.pathname === path || to.pathname.startsWith(`${path}/`));
}

function bodyOf({ id, host }: ExecutorAction, body: Readonly<Record<string, unknown>>): string {
  return JSON.stringify({ ...body, action_id: id, host });
}

async function post(
  action: ExecutorAction,
  { url, body, bearer_token_file }: z.infer<typeof schema>,
  signal: AbortSignal,
) {
  const token = bearer_token_file && (await readFile(bearer_token_file, 'utf8')).trim();
  try {
    const response = await sendRequest(url, {
      method: 'POST',
      size: MAX_ANSWER_BYTES,
      headers: {
        'Content-Type': 'application/json',
        'Idempotency-Key': action.id,
        ...(token ? { Authorization: `Bearer ${token}` } : {}),
      },
      body: bodyOf(action, body),
      signal: AbortSignal.any([signal, AbortSignal.timeout(action.timeoutSeconds * 1000)]),
    });
    const output = `HTTP ${response.status}\n${await response.text()}`;
    if (response.ok) return { result: 'done', reason: 'done', output } as const;
    const result = RETRYABLE_STATUS.includes(response.status) ? 'retryable' : 'permanent';
    return { result, reason: 'http_status', output } as const;
  } catch (error) {
    const { code = '', name, message } = error as Error & { code?: string };
    if (NOT_SENT.includes(code)) throw new ExecutorError('not_sent', message, true);
    const ended = name === 'AbortError' || name === 'TimeoutError';
    throw new ExecutorError(ended ? 'timeout' : 'no_answer', `${redactUrl(url)}: ${message}`);
  }
}
