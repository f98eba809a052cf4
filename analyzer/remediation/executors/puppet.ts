// `puppet`: an agent run or a manifest on one host by ssh, a task or a manifest by Bolt, a run by Puppet Enterprise; first with noop.
import { isAbsolute } from 'node:path';
import { z } from 'zod';
import {
  type Executor,
  type ExecutorAction,
  ExecutorError,
  type Outcome,
  toOutcome,
} from '../executor.ts';
import { parseParameters, problemsOf } from './parameters.ts';
import { runPuppet } from './puppet-agent.ts';
import { runBolt } from './puppet-bolt.ts';
import { deploy, orchestratorSchema } from './puppet-orchestrator.ts';
import { HOST, program, type SshConfig } from './ssh.ts';

const path = z.string().refine(isAbsolute, 'expected an absolute path');
export const puppetSchema = z.strictObject({
  program: program('puppet').describe("The agent's program on the hosts."),
  sudo: z.boolean().default(false).describe('Puts sudo -n in front, for a user that is not root.'),
  bolt_program: program('bolt').describe("Bolt's program beside the analyzer."),
  bolt_project: path.optional().describe('Folder of the Bolt project.'),
  orchestrator: orchestratorSchema.optional().describe("Puppet Enterprise's orchestrator."),
});
export type PuppetConfig = z.infer<typeof puppetSchema>;

const MAX_ALLOWED = 1_000;
export const puppetAllowSchema = z
  .array(
    z
      .string()
      .regex(
        /^(agent(:[a-z0-9_:.-]+)?|(apply|bolt_apply):\/.+|(bolt_task|orchestrator):.+)$/,
        'expected agent, agent:TAG, apply:/PATH, bolt_apply:/PATH, bolt_task:NAME or orchestrator:ENVIRONMENT',
      ),
  )
  .max(MAX_ALLOWED)
  .default([]);

const manifest = path.refine((text) => !text.includes('{{'), 'a path is never a template');
const tag = z
  .string()
  .regex(/^[a-z0-9_][a-z0-9_:.-]*$/, 'expected one tag')
  .optional();
const scalar = z.union([z.string(), z.number(), z.boolean()]);
const schema = z.discriminatedUnion('mode', [
  z.strictObject({ mode: z.literal('agent'), tag }),
  z.strictObject({ mode: z.literal('apply'), manifest }),
  z.strictObject({
    mode: z.literal('bolt_task'),
    task: z.string().regex(/^[a-z][a-z0-9_]*(::[a-z][a-z0-9_]*)*$/, 'expected module::task'),
    params: z.record(z.string(), scalar).default({}),
  }),
  z.strictObject({ mode: z.literal('bolt_apply'), manifest }),
  z.strictObject({
    mode: z.literal('orchestrator'),
    environment: z
      .string()
      .regex(/^[a-z0-9_]+$/)
      .default('production'),
    tag,
  }),
]);
type Parameters = z.infer<typeof schema>;

export interface PuppetExecutorOptions {
  /** What may be run: `agent`, `agent:TAG`, `apply:/PATH`, … */
  readonly allowed: readonly string[];
  readonly config: PuppetConfig;
  readonly ssh: SshConfig;
}

export function createPuppetExecutor(options: PuppetExecutorOptions): Executor {
  const { allowed, config } = options;
  const perform = async (noop: boolean, action: ExecutorAction, signal: AbortSignal) => {
    const run = parseParameters(schema, action.parameters);
    if (!allowed.includes(subjectOf(run)))
      throw new ExecutorError(
        'not_allowed',
        `remediation.allow.puppet does not have ${subjectOf(run)}`,
      );
    if (!HOST.test(action.host))
      throw new ExecutorError('not_allowed', `"${action.host}" is not the name of one host`);
    return start({ ...run, noop }, options, { action, signal });
  };
  return {
    check: (parameters) => [
      ...problemsOf(schema, parameters),
      ...(parameters.mode === 'orchestrator' && config.orchestrator === undefined
        ? ['mode: remediation.puppet.orchestrator is missing in the configuration']
        : []),
    ],
    async plan(action, signal) {
      const outcome = await perform(true, action, signal);
      if (outcome.result === 'done') return outcome.output;
      throw new ExecutorError(outcome.reason, outcome.output, outcome.result === 'retryable');
    },
    run: (action, signal) => toOutcome(() => perform(false, action, signal)),
  };
}

/** As the allow-list names it. */
function subjectOf(run: Parameters): string {
  switch (run.mode) {
    case 'agent':
      return run.tag === undefined ? 'agent' : `agent:${run.tag}`;
    case 'apply':
    case 'bolt_apply':
      return `${run.mode}:${run.manifest}`;
    case 'bolt_task':
      return `bolt_task:${run.task}`;
    case 'orchestrator':
      return `orchestrator:${run.environment}${run.tag === undefined ? '' : `:${run.tag}`}`;
  }
}

async function start(
  run: Parameters & { readonly noop: boolean },
  { config, ssh }: PuppetExecutorOptions,
  context: { readonly action: ExecutorAction; readonly signal: AbortSignal },
): Promise<Outcome> {
  switch (run.mode) {
    case 'agent':
    case 'apply': {
      const { program, sudo } = config;
      return runPuppet(run, { program, sudo, ssh }, context);
    }
    case 'bolt_task':
    case 'bolt_apply':
      return runBolt(run, config, context);
    case 'orchestrator':
      if (config.orchestrator !== undefined) return deploy(run, config.orchestrator, context);
      throw new ExecutorError('not_allowed', 'remediation.puppet.orchestrator is missing');
  }
}
