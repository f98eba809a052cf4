// Calls of one server that speaks JSON, configured once: its token and CA read anew each time, its answers checked.
import { readFile } from 'node:fs/promises';
import { isAbsolute } from 'node:path';
import { z } from 'zod';
import { httpUrl } from '../../../service/config.ts';
import { ExecutorError } from '../executor.ts';
import { type JsonAnswer, requestJson } from './json-request.ts';

const MAX_ERROR_CHARS = 500;
/** One call; a whole action has its own time. */
const CALL_TIMEOUT_MS = 30_000;
const AGAIN = ['no_answer', 'timeout'];

const file = z.string().refine(isAbsolute, 'expected an absolute path');

/** Where it is, and what opens it; playbooks cannot name another. */
export const serverSchema = z.strictObject({
  url: httpUrl().describe('Base URL.'),
  token_file: file.describe('File with a bearer token, read anew for each call.'),
  ca_file: file.optional().describe("Authorities to trust instead of the system's, PEM."),
});
export type JsonServer = z.infer<typeof serverSchema>;

export interface JsonCall {
  readonly method: 'GET' | 'POST' | 'PATCH';
  /** With its query; every part from outside encoded by the caller. */
  readonly path: string;
  readonly body?: unknown;
  readonly contentType?: string;
  readonly accept?: string;
}

export type Caller = (call: JsonCall) => Promise<JsonAnswer>;

/** @param signal ends the call. Answers of every status are returned; @throws {ExecutorError} without one. */
export function createCaller(server: JsonServer, signal: AbortSignal): Caller {
  return async ({ method, path, body, contentType = 'application/json', accept }) => {
    const token = (await readSecret(server.token_file)).trim();
    const ca = server.ca_file === undefined ? undefined : await readSecret(server.ca_file);
    const headers = {
      Accept: accept ?? 'application/json',
      'Content-Type': contentType,
      Authorization: `Bearer ${token}`,
    };
    const url = `${server.url}${path}`;
    try {
      return await requestJson({
        url,
        method,
        headers,
        body,
        ca,
        timeoutMs: CALL_TIMEOUT_MS,
        signal,
      });
    } catch (error) {
      // What only reads may be asked again, whatever became of it.
      if (error instanceof ExecutorError && method === 'GET' && AGAIN.includes(error.reason))
        throw new ExecutorError(error.reason, error.message, true);
      throw error;
    }
  };
}

async function readSecret(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    throw new ExecutorError('no_credentials', `${file}: ${(error as Error).message}`);
  }
}

/** @throws {ExecutorError} unless the answer has the status of success and the wanted form. */
export function parseAnswer<T>(
  schema: z.ZodType<T>,
  { status, text, json }: JsonAnswer,
  what: string,
): T {
  if (status < 200 || status > 299) throw statusError(status, text, what);
  if (json === undefined) throw new ExecutorError('answer', `${what}: the answer is not JSON`);
  const parsed = schema.safeParse(json);
  if (parsed.success) return parsed.data;
  throw new ExecutorError('answer', `${what}: ${z.prettifyError(parsed.error)}`);
}

/** Refused before anything was done, and it may be taken later: too many requests, a conflict, not available. */
const RETRYABLE_STATUS = [409, 429, 503];

function statusError(status: number, text: string, what: string): ExecutorError {
  const reason =
    status === 401 || status === 403 ? 'forbidden' : status === 404 ? 'not_found' : 'http_status';
  const message = `${what}: HTTP ${status}: ${text.slice(0, MAX_ERROR_CHARS)}`;
  return new ExecutorError(reason, message, RETRYABLE_STATUS.includes(status));
}
