// Puppet Enterprise's orchestrator: a run of the agent on one node, started by its REST API and asked until it has ended.
// Source: https://help.puppet.com/pe/current/topics/orchestrator_api_commands_endpoint.htm and the pages of /jobs.
import { readFile } from 'node:fs/promises';
import { isAbsolute } from 'node:path';
import { z } from 'zod';
import { httpUrl } from '../../../service/config.ts';
import { type ExecutorAction, ExecutorError, type Outcome } from '../executor.ts';
import { type JsonAnswer, requestJson } from './json-request.ts';
import { poll } from './poll.ts';
import { HOST } from './ssh.ts';

const BASE = '/orchestrator/v1';
const REQUEST_TIMEOUT_MS = 30_000;
/** The analyzer itself has four seconds to stop. */
const STOP_TIMEOUT_MS = 3_000;
const MAX_MESSAGE_CHARS = 500;
const ENDED = ['finished', 'failed', 'stopped'];

const path = z.string().refine(isAbsolute, 'expected an absolute path');
export const orchestratorSchema = z.strictObject({
  url: httpUrl()
    .refine((url) => /^(https:|http:\/\/127\.0\.0\.1(:|$))/.test(url), {
      error: 'a token travels there: expected https',
    })
    .describe('Base URL, https.'),
  token_file: path.describe('File with the token.'),
  ca_file: path.optional().describe("Authorities to trust instead of the system's, PEM."),
  certname: z
    .string()
    .regex(/^[A-Za-z0-9_.-]*\{\{host\}\}[A-Za-z0-9_.-]*$/, 'expected {{host}} with a fixed text')
    .default('{{host}}')
    .describe('The certname by the host of the alert.'),
});
export type OrchestratorConfig = z.infer<typeof orchestratorSchema>;

export interface Deployment {
  readonly environment: string;
  readonly tag?: string | undefined;
  readonly noop: boolean;
}

const deployAnswer = z.object({ job: z.object({ name: z.string().regex(/^\d+$/) }) });
const jobAnswer = z.object({ state: z.string() });
const nodesAnswer = z.object({
  items: z.array(z.object({ name: z.string(), state: z.string(), details: z.unknown() })),
});
const errorAnswer = z.object({ kind: z.string(), msg: z.string() });

interface Context {
  readonly action: ExecutorAction;
  readonly signal: AbortSignal;
}

/** @throws {ExecutorError} */
export async function deploy(
  deployment: Deployment,
  config: OrchestratorConfig,
  { action, signal }: Context,
): Promise<Outcome> {
  const node = config.certname.replace('{{host}}', () => action.host);
  if (!HOST.test(action.host) || !HOST.test(node))
    throw new ExecutorError('not_allowed', `"${node}" is not the name of one node`);
  const timeoutMs = action.timeoutSeconds * 1000;
  const call = createCaller(config);
  const body = bodyOf(deployment, { node, id: action.id });
  const { name } = (await call('/command/deploy', { body, schema: deployAnswer, signal })).job;
  const polled = await poll(
    async (either) => {
      const { state } = await call(`/jobs/${name}`, { schema: jobAnswer, signal: either });
      return ENDED.includes(state) ? state : undefined;
    },
    { timeoutMs, signal },
  );
  const job = `orchestrator job ${name} on ${node}`;
  if (polled.ended !== 'answer') {
    const stopped = await stop(call, name);
    const why = polled.lastError === undefined ? '' : `; last error: ${polled.lastError}`;
    const output = `${job}: no end before the ${polled.ended}${why}; ${stopped}`;
    return { result: 'permanent', reason: polled.ended, output };
  }
  // It has run: through an outage it is asked again, and never run again.
  const nodes = await poll(
    (either) => call(`/jobs/${name}/nodes`, { schema: nodesAnswer, signal: either }),
    { timeoutMs: REQUEST_TIMEOUT_MS, signal },
  );
  if (nodes.ended === 'answer') return judge(polled.value, nodes.value.items, { node, job });
  const output = `${job} ${polled.value}, its node cannot be read: ${nodes.lastError ?? nodes.ended}`;
  return { result: 'permanent', reason: 'state_unknown', output };
}

function bodyOf(
  { environment, tag, noop }: Deployment,
  { node, id }: { node: string; id: string },
) {
  return {
    environment,
    scope: { nodes: [node] },
    noop,
    concurrency: 1,
    description: `Latency Guard action ${id}`,
    ...(tag === undefined ? {} : { tags: [tag] }),
  };
}

type Nodes = z.infer<typeof nodesAnswer>['items'];

function judge(state: string, nodes: Nodes, { node, job }: { node: string; job: string }): Outcome {
  const lines = nodes.map(
    (one) => `${one.name} ${one.state}: ${JSON.stringify(one.details ?? {})}`,
  );
  const output = [`${job} ${state}`, ...lines.slice(0, 10)].join('\n');
  const [only] = nodes;
  if (nodes.length !== 1 || only?.name !== node)
    return { result: 'permanent', reason: 'no_host_matched', output };
  if (state === 'finished' && only.state === 'finished')
    return { result: 'done', reason: 'done', output };
  return { result: 'permanent', reason: 'node_failed', output };
}

interface Call<T> {
  /** A POST when there is one. */
  readonly body?: unknown;
  readonly schema: z.ZodType<T>;
  readonly signal: AbortSignal;
}
type Caller = <T>(path: string, call: Call<T>) => Promise<T>;

function createCaller(config: OrchestratorConfig): Caller {
  return async (path, { body, schema, signal }) => {
    const answer = await requestJson({
      url: config.url + BASE + path,
      method: body === undefined ? 'GET' : 'POST',
      headers: { 'X-Authentication': await readSecret(config.token_file) },
      body,
      ca: config.ca_file === undefined ? undefined : await readSecret(config.ca_file),
      timeoutMs: REQUEST_TIMEOUT_MS,
      signal,
    });
    const parsed = schema.safeParse(requireOk(answer));
    if (parsed.success) return parsed.data;
    const text = answer.text.slice(0, MAX_MESSAGE_CHARS);
    throw new ExecutorError('unexpected_answer', `the orchestrator answers ${path}: ${text}`);
  };
}

async function readSecret(file: string): Promise<string> {
  try {
    return (await readFile(file, 'utf8')).trim();
  } catch (error) {
    const { message } = error as Error;
    throw new ExecutorError('credentials', `remediation.puppet.orchestrator: ${message}`);
  }
}

function requireOk({ status, text, json }: JsonAnswer): unknown {
  if (status >= 200 && status < 300) return json;
  const { kind = '', msg = text.slice(0, MAX_MESSAGE_CHARS) } =
    errorAnswer.safeParse(json).data ?? {};
  const what = `the orchestrator answers ${status} ${kind}: ${msg}`;
  if (status === 401 || status === 403) throw new ExecutorError('not_authorized', what);
  if (kind.endsWith('/empty-target')) throw new ExecutorError('no_host_matched', what);
  throw new ExecutorError(status >= 500 ? 'unavailable' : 'refused', what);
}

async function stop(call: Caller, job: string): Promise<string> {
  const signal = AbortSignal.timeout(STOP_TIMEOUT_MS);
  try {
    await call('/command/stop', { body: { job }, schema: z.unknown(), signal });
    return 'it was asked to stop, a run that has begun goes on to its end';
  } catch (error) {
    return `it may still run, because it could not be stopped: ${(error as Error).message}`;
  }
}
