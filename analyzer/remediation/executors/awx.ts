// `awx`: launches a job template of AWX or Automation Controller, limited to the one host, and follows the job to its end.
// Source: https://docs.ansible.com/ansible-tower/latest/html/towerapi/api_ref.html (job_templates/ID/launch, jobs, inventories)
import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';
import {
  type Executor,
  type ExecutorAction,
  ExecutorError,
  type Outcome,
  toOutcome,
} from '../executor.ts';
import { type Caller, createCaller, type JsonServer, parseAnswer } from './http-json.ts';
import { parseParameters, problemsOf } from './parameters.ts';

const MAX_OUTPUT_CHARS = 64 * 1024;
/** One name: no pattern such as `all:!db`, `~web.*` or `@file`. */
const HOST = /^[A-Za-z0-9_][A-Za-z0-9_.-]*$/;
const DEFAULT_POLL_MS = 2_000;

const CANCEL_TIMEOUT_MS = 10_000;
const ENDS = ['successful', 'failed', 'error', 'canceled'];

const schema = z.strictObject({
  job_template: z.int().min(1),
  extra_vars: z.record(z.string(), z.union([z.string(), z.number(), z.boolean()])).default({}),
});
type Parameters = z.infer<typeof schema>;

const launchInfo = z.object({
  ask_limit_on_launch: z.boolean(),
  ask_job_type_on_launch: z.boolean().default(false),
  ask_diff_mode_on_launch: z.boolean().default(false),
  ask_variables_on_launch: z.boolean().default(false),
  survey_enabled: z.boolean().default(false),
  defaults: z.object({ inventory: z.object({ id: z.int().optional() }).optional() }).optional(),
  job_template_data: z.object({ name: z.string() }).optional(),
});
type LaunchInfo = z.infer<typeof launchInfo>;
const launched = z.object({
  job: z.int(),
  ignored_fields: z.record(z.string(), z.unknown()).default({}),
});
const job = z.object({ status: z.string(), limit: z.string().default('') });
const counted = z.object({ count: z.int() });
const summaries = z.object({
  results: z.array(
    z.object({ host_name: z.string(), changed: z.int().default(0), dark: z.int().default(0) }),
  ),
});

export interface AwxOptions {
  /** Undefined: nothing can be launched. */
  readonly server: JsonServer | undefined;
  /** Numbers of job templates; an empty list allows nothing. */
  readonly allowed: readonly number[];
  readonly pollMs?: number;
}

interface Run {
  readonly call: Caller;
  readonly action: ExecutorAction;
  readonly parameters: Parameters;
  readonly info: LaunchInfo;
  readonly pollMs: number;
  readonly signal: AbortSignal;
  /** Ends what the run has started, when its own signal has ended already. */
  readonly cancel: (id: number) => Promise<string>;
}

export function createAwxExecutor({
  server,
  allowed,
  pollMs = DEFAULT_POLL_MS,
}: AwxOptions): Executor {
  const open = async (action: ExecutorAction, outer: AbortSignal): Promise<Run> => {
    const parameters = parseParameters(schema, action.parameters);
    const { job_template: template } = parameters;
    if (server === undefined)
      throw new ExecutorError('not_allowed', 'remediation.awx has no url and token_file');
    if (!allowed.includes(template))
      throw new ExecutorError(
        'not_allowed',
        `remediation.allow.awx_job_templates does not have ${template}`,
      );
    if (!HOST.test(action.host))
      throw new ExecutorError('not_allowed', `"${action.host}" is not the name of one host`);
    const signal = AbortSignal.any([outer, AbortSignal.timeout(action.timeoutSeconds * 1000)]);
    const call = createCaller(server, signal);
    const info = await readTemplate(call, parameters);
    await requireOneHost(call, info, action.host);
    const cancel = (id: number) => cancelJob(server, id);
    return { call, action, parameters, info, pollMs, signal, cancel };
  };
  return {
    check: (parameters) => [
      ...problemsOf(schema, parameters),
      ...(server === undefined
        ? ['job_template: remediation.awx is missing in the configuration']
        : []),
    ],
    async plan(action, signal) {
      const run = await open(action, signal);
      const would = describeLaunch(run);
      if (!run.info.ask_job_type_on_launch)
        return `${would}\nThe template does not ask for its job type: it cannot be checked first`;
      const { result, reason, output } = await followJob(run, 'check');
      if (result === 'done') return `${would}\nCheck mode says:\n${output}`;
      throw new ExecutorError(reason, output, result === 'retryable');
    },
    run: (action, signal) => toOutcome(async () => followJob(await open(action, signal), 'run')),
  };
}

/** What a template does not ask for is ignored by AWX in silence: then it would run everywhere. */
async function readTemplate(call: Caller, parameters: Parameters): Promise<LaunchInfo> {
  const path = `/api/v2/job_templates/${parameters.job_template}/launch/`;
  const info = parseAnswer(launchInfo, await call({ method: 'GET', path }), 'the job template');
  if (!info.ask_limit_on_launch)
    throw new ExecutorError(
      'limit_ignored',
      `Job template ${parameters.job_template} does not ask for a limit on launch: it would run on every host`,
    );
  const asksVariables = info.ask_variables_on_launch || info.survey_enabled;
  if (Object.keys(parameters.extra_vars).length > 0 && !asksVariables)
    throw new ExecutorError(
      'variables_ignored',
      `Job template ${parameters.job_template} does not ask for variables on launch`,
    );
  return info;
}

/** A limit can name a group as well: the host has to be one, and no group may be called the same. */
async function requireOneHost(call: Caller, info: LaunchInfo, host: string): Promise<void> {
  const id = info.defaults?.inventory?.id;
  if (id === undefined)
    throw new ExecutorError('no_inventory', 'The job template has no inventory of its own');
  const count = async (what: 'hosts' | 'groups') => {
    const path = `/api/v2/inventories/${id}/${what}/?name=${encodeURIComponent(host)}`;
    return parseAnswer(counted, await call({ method: 'GET', path }), `${what} of the inventory`)
      .count;
  };
  const [hosts, groups] = [await count('hosts'), await count('groups')];
  if (hosts === 1 && groups === 0) return;
  throw new ExecutorError(
    'no_host_matched',
    `Inventory ${id} has ${hosts} hosts and ${groups} groups named ${host}, expected that one host`,
  );
}

function describeLaunch({ action, parameters, info }: Run): string {
  const name = info.job_template_data?.name ?? 'unnamed';
  const variables = JSON.stringify(parameters.extra_vars);
  return `Would launch job template ${parameters.job_template} (${name}) on ${action.host} with ${variables}`;
}

async function followJob(run: Run, jobType: 'run' | 'check'): Promise<Outcome> {
  const id = await launch(run, jobType);
  try {
    const status = await waitForEnd(run, id);
    const output = `job ${id} ${status}\n${await readOutput(run, id)}`;
    return await judge(run, { id, status, output });
  } catch (error) {
    if (!run.signal.aborted) {
      // It was launched: whatever cannot be read now, another try would be a second run.
      const { reason, message } = error as ExecutorError;
      return { result: 'permanent', reason: reason ?? 'error', output: `job ${id}: ${message}` };
    }
    const output = `job ${id} did not end in time; ${await run.cancel(id)}`;
    return { result: 'permanent', reason: 'timeout', output };
  }
}

/** Fails closed: a job that AWX started with other fields than ours is cancelled at once. */
async function launch(run: Run, jobType: 'run' | 'check'): Promise<number> {
  const { call, action, parameters, info } = run;
  const body = {
    limit: action.host,
    ...(info.ask_job_type_on_launch ? { job_type: jobType } : {}),
    ...(info.ask_diff_mode_on_launch ? { diff_mode: true } : {}),
    ...(Object.keys(parameters.extra_vars).length > 0 ? { extra_vars: parameters.extra_vars } : {}),
  };
  const path = `/api/v2/job_templates/${parameters.job_template}/launch/`;
  const answer = parseAnswer(launched, await call({ method: 'POST', path, body }), 'the launch');
  const ignored = Object.keys(body).filter((field) => Object.hasOwn(answer.ignored_fields, field));
  if (ignored.length === 0) return answer.job;
  const ended = await run.cancel(answer.job);
  throw new ExecutorError(
    ignored.includes('limit') ? 'limit_ignored' : 'fields_ignored',
    `AWX ignored ${ignored.join(', ')} of job ${answer.job}; ${ended}`,
  );
}

async function waitForEnd({ call, action, pollMs, signal, cancel }: Run, id: number) {
  for (;;) {
    const read = await call({ method: 'GET', path: `/api/v2/jobs/${id}/` })
      .then((answer) => parseAnswer(job, answer, `job ${id}`))
      .catch((error: ExecutorError) => {
        if (error.retryable && !signal.aborted) return undefined;
        throw error;
      });
    if (read !== undefined && read.limit !== action.host)
      throw new ExecutorError(
        'limit_ignored',
        `runs with limit "${read.limit}" instead of ${action.host}; ${await cancel(id)}`,
      );
    if (read !== undefined && ENDS.includes(read.status)) return read.status;
    await sleep(pollMs, undefined, { signal });
  }
}

async function readOutput({ call }: Run, id: number): Promise<string> {
  const path = `/api/v2/jobs/${id}/stdout/?format=txt`;
  const { status, text } = await call({ method: 'GET', path, accept: 'text/plain' });
  if (status !== 200) return `[its output cannot be read: HTTP ${status}]`;
  return text.length <= MAX_OUTPUT_CHARS ? text : `[cut]\n${text.slice(-MAX_OUTPUT_CHARS)}`;
}

/** "successful" also stands for "no host matched": the summaries have to name the host, and no other. */
async function judge(
  { call, action }: Run,
  { id, status, output }: { id: number; status: string; output: string },
): Promise<Outcome> {
  const path = `/api/v2/jobs/${id}/job_host_summaries/?page_size=50`;
  const { results } = parseAnswer(
    summaries,
    await call({ method: 'GET', path }),
    `hosts of job ${id}`,
  );
  const own = results.find((one) => one.host_name === action.host);
  const others = results.filter((one) => one.host_name !== action.host);
  if (others.length > 0) {
    const names = others.map((one) => one.host_name).join(', ');
    return {
      result: 'permanent',
      reason: 'limit_ignored',
      output: `also ran on ${names}\n${output}`,
    };
  }
  if (status !== 'successful') {
    const untouched = own !== undefined && own.dark > 0 && own.changed === 0;
    return untouched
      ? { result: 'retryable', reason: 'unreachable', output }
      : { result: 'permanent', reason: `job_${status}`, output };
  }
  return own === undefined
    ? { result: 'permanent', reason: 'no_host_matched', output }
    : { result: 'done', reason: 'done', output };
}

async function cancelJob(server: JsonServer, id: number): Promise<string> {
  try {
    const call = createCaller(server, AbortSignal.timeout(CANCEL_TIMEOUT_MS));
    const { status } = await call({ method: 'POST', path: `/api/v2/jobs/${id}/cancel/`, body: {} });
    return status === 202 ? 'it is cancelled' : `AWX does not cancel it: HTTP ${status}`;
  } catch (error) {
    return `it cannot be cancelled: ${(error as Error).message}`;
  }
}
