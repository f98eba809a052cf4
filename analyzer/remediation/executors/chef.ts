// `chef`: chef-client on one host, by ssh or by `knife ssh`, first with --why-run. No server call starts a run.
// Sources: https://docs.chef.io/ctl_chef_client/, https://docs.chef.io/workstation/knife_ssh/, RFC 062 (exit codes), and chef's own
// lib/chef/formatters/doc.rb and run_lock.rb for what is printed.
import { isAbsolute } from 'node:path';
import { z } from 'zod';
import {
  type Executor,
  type ExecutorAction,
  ExecutorError,
  type Outcome,
  toOutcome,
} from '../executor.ts';
import { type ChildResult, runChild } from './child.ts';
import { parseParameters, problemsOf } from './parameters.ts';
import {
  commandOn,
  HOST,
  type HostCommand,
  judgeStart,
  program,
  type SshConfig,
  safe,
} from './ssh.ts';

const path = z.string().refine(isAbsolute, 'expected an absolute path');
export const chefSchema = z.strictObject({
  program: program('chef-client').describe("The client's program on the hosts."),
  sudo: z.boolean().default(false).describe('Puts sudo -n in front, for a user that is not root.'),
  knife_program: program('knife').describe('knife beside the analyzer.'),
  knife_config: path
    .optional()
    .describe('Configuration of knife, with the server and the key to search with.'),
});
export type ChefConfig = z.infer<typeof chefSchema>;

const recipe = z
  .string()
  .regex(/^[a-z0-9_][a-z0-9_-]*(::[a-z0-9_-]+)?$/i, 'expected a recipe such as shop::restart');
/** `run_list` is the node's own; else a recipe instead of it. */
export const chefAllowSchema = z.array(recipe).max(1_000).default([]);
const schema = z.strictObject({
  by: z.enum(['ssh', 'knife']).default('ssh'),
  recipe: recipe.optional(),
});
type Parameters = z.infer<typeof schema>;

/** RFC 062. */
const REBOOT = new Map([
  [35, 'a reboot is scheduled'],
  [37, 'a reboot is needed'],
]);
const FAILURES = new Map([
  [2, 'interrupted'],
  [3, 'terminated'],
  [41, 'reboot_failed'],
  [42, 'audit_failed'],
  [43, 'configuration'],
  [173, 'license'],
  [174, 'license'],
  [213, 'client_upgraded'],
]);
const KNIFE_NO_NODE = 10;
const BUSY = /Unable to acquire lock/;
/** Chef Client, Chef Infra Client, Cinc Client; since 17 `Infra Phase complete`. */
const FINISHED = /(?:Client finished|Infra Phase complete), (\d+)\/\d+ resources/;

export interface ChefExecutorOptions {
  /** Recipes, and `run_list`. */
  readonly allowed: readonly string[];
  readonly config: ChefConfig;
  readonly ssh: SshConfig;
}

export function createChefExecutor(options: ChefExecutorOptions): Executor {
  const perform = async (whyRun: boolean, action: ExecutorAction, signal: AbortSignal) => {
    const parsed = parseParameters(schema, action.parameters);
    const subject = parsed.recipe ?? 'run_list';
    if (!options.allowed.includes(subject))
      throw new ExecutorError('not_allowed', `remediation.allow.chef does not have ${subject}`);
    if (!HOST.test(action.host))
      throw new ExecutorError('not_allowed', `"${action.host}" is not the name of one host`);
    const command = commandOf({ ...parsed, whyRun }, options, action.host);
    const timeoutMs = action.timeoutSeconds * 1000;
    const result = await runChild(command.argv, { timeoutMs, signal });
    return judgeStart(result, command) ?? judge(result, parsed.by);
  };
  return {
    check: (parameters) => problemsOf(schema, parameters),
    async plan(action, signal) {
      const outcome = await perform(true, action, signal);
      if (outcome.result === 'done') return outcome.output;
      throw new ExecutorError(outcome.reason, outcome.output, outcome.result === 'retryable');
    },
    run: (action, signal) => toOutcome(() => perform(false, action, signal)),
  };
}

function commandOf(
  { by, recipe, whyRun }: Parameters & { readonly whyRun: boolean },
  { config, ssh }: ChefExecutorOptions,
  host: string,
): HostCommand {
  const words = [
    ...(config.sudo ? ['sudo', '-n'] : []),
    config.program,
    '--no-color',
    '--no-fork',
    // Another run: come again later instead of waiting for it.
    '--run-lock-timeout',
    '0',
    ...(whyRun ? ['--why-run'] : []),
    ...(recipe === undefined ? [] : ['--override-runlist', recipe]),
  ];
  if (by === 'ssh') return commandOn(host, words, ssh);
  const file = config.knife_config === undefined ? [] : ['--config', config.knife_config];
  const options = ['--concurrency', '1', '--exit-on-error', '--no-color', ...file];
  // A shell reads the command at the other end here too.
  const argv = [config.knife_program, 'ssh', `name:${host}`, safe(words).join(' '), ...options];
  return { argv, remote: true };
}

/** knife answers 0 as well when it could not connect: what chef-client says at its end has to be there. */
function judge({ status, output }: ChildResult, by: Parameters['by']): Outcome {
  const told = `exit code ${status}\n${output}`;
  if (by === 'knife' && status === KNIFE_NO_NODE)
    return { result: 'permanent', reason: 'no_host_matched', output };
  const reboot = REBOOT.get(status ?? -1);
  if (status === 0 || reboot !== undefined) {
    const changed = FINISHED.exec(output)?.[1];
    if (changed === undefined) return { result: 'permanent', reason: 'no_end', output: told };
    const reason = changed === '0' ? 'unchanged' : 'done';
    return {
      result: 'done',
      reason,
      output: reboot === undefined ? output : `${reboot}\n${output}`,
    };
  }
  if (BUSY.test(output)) return { result: 'retryable', reason: 'busy', output: told };
  return { result: 'permanent', reason: FAILURES.get(status ?? -1) ?? 'run_failed', output: told };
}
