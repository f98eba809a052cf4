// What the commands that decide ask of an analyzer: actions, the kill switch and the audit log, with a token from a file.
import { readFileSync } from 'node:fs';
import { userInfo } from 'node:os';
import { Option } from 'commander';
import { z } from 'zod';
import { productVersion } from '../../service/flags.ts';
import { redactUrl } from '../../service/log.ts';
import { suggestionRecord } from './analyzer-client.ts';
import { CliError } from './terminal.ts';

const TIMEOUT_MS = 30_000;
const MAX_ERROR_CHARS = 500;

const action = z.object({
  id: z.string(),
  state: z.string(),
  reason: z.string(),
  waits: z.string().optional(),
  playbook: z.string(),
  kind: z.string(),
  host: z.string(),
  mode: z.string(),
  created: z.number(),
  expires: z.number().optional(),
  steps: z.array(z.string()),
  dryRun: z.string().optional(),
  output: z.string().optional(),
  verdict: z.string().optional(),
  decidedBy: z.string().optional(),
  decisionReason: z.string().optional(),
  record: z
    .object({ improved: z.number(), noEffect: z.number(), worse: z.number(), lower: z.number() })
    .optional(),
});
const actions = z.object({ actions: z.array(action) });
const killSwitch = z.object({
  paused: z.object({ by: z.string(), reason: z.string(), since: z.number() }).nullable(),
});

const judged = z.object({ suggestion: z.string(), record: suggestionRecord });

export type ActionView = z.infer<typeof action>;
export type SwitchView = z.infer<typeof killSwitch>;

export interface OperatorFlags {
  readonly 'analyzer.url': string;
  readonly tokenFile?: string;
}

export function tokenOption(): Option {
  return new Option(
    '--token-file <path>',
    'file with the token; not needed on the analyzer itself when it has none configured',
  ).env('GUARD_TOKEN_FILE');
}

/** Every method throws {CliError} that says who was asked and what the answer was. */
export function createOperatorClient(flags: OperatorFlags) {
  const decided = (reason: string) => ({ reason, by: userInfo().username });
  return {
    list: async (state: string | undefined) =>
      (await ask(flags, `actions${state === undefined ? '' : `?state=${state}`}`, actions)).actions,
    get: (id: string) => ask(flags, `actions/${encodeURIComponent(id)}`, action),
    decide: (id: string, to: 'approve' | 'deny', reason: string) => {
      const path = `actions/${encodeURIComponent(id)}/${to}`;
      return ask(flags, path, action, decided(reason));
    },
    judge: (finding: string, suggestion: string, said: { verdict: string; reason: string }) => {
      const path = `findings/${encodeURIComponent(finding)}/suggestions/${encodeURIComponent(suggestion)}`;
      return ask(flags, path, judged, { ...decided(said.reason), verdict: said.verdict });
    },
    turn: (to: 'pause' | 'resume', reason: string) => ask(flags, to, killSwitch, decided(reason)),
  };
}

/** What a person asks for by the token of the flags. @throws {CliError} */
export function askOperator<T>(
  ...args: [flags: OperatorFlags, path: string, schema: z.ZodType<T>, body?: object]
): Promise<T> {
  return ask(...args);
}

async function ask<T>(
  ...[flags, path, schema, body]: [OperatorFlags, string, z.ZodType<T>, object?]
): Promise<T> {
  const url = `${flags['analyzer.url'].replace(/\/+$/, '')}/api/v1/${path}`;
  const where = redactUrl(url);
  const token = readToken(flags.tokenFile);
  try {
    const response = await fetch(url, {
      method: body === undefined ? 'GET' : 'POST',
      headers: {
        'User-Agent': `guard/${productVersion()}`,
        'Content-Type': 'application/json',
        ...(token === undefined ? {} : { Authorization: `Bearer ${token}` }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      signal: AbortSignal.timeout(TIMEOUT_MS),
    });
    const text = await response.text();
    if (!response.ok) throw new Error(`HTTP ${response.status}: ${detailOf(text)}`);
    return schema.parse(JSON.parse(text));
  } catch (error) {
    const { message, cause } = error as Error;
    const reason = cause instanceof Error && cause.message !== '' ? cause.message : message;
    throw new CliError(`Asking the analyzer at ${where} failed: ${reason}`);
  }
}

function detailOf(text: string): string {
  try {
    return String((JSON.parse(text) as { detail?: unknown }).detail ?? text);
  } catch {
    return text.slice(0, MAX_ERROR_CHARS);
  }
}

function readToken(file: string | undefined): string | undefined {
  if (file === undefined) return undefined;
  try {
    return readFileSync(file, 'utf8').trim();
  } catch (error) {
    throw new CliError(`Cannot read the token: ${(error as Error).message}`);
  }
}
