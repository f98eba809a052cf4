// `ansible`: ansible-playbook, first with --check --diff, always limited to the one host, refused when that does not match.
// Source: https://docs.ansible.com/ansible/latest/cli/ansible-playbook.html
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

const PROGRAM = 'ansible-playbook';
const ENVIRONMENT = {
  ANSIBLE_NOCOLOR: '1',
  ANSIBLE_STDOUT_CALLBACK: 'default',
  ANSIBLE_RETRY_FILES_ENABLED: 'False',
};
/** One name: no pattern such as `all:!db`, `~web.*` or `@file`. */
const HOST = /^[A-Za-z0-9_][A-Za-z0-9_.-]*$/;
/** ansible-playbook's exit code when hosts could not be reached. */
const UNREACHABLE = 4;

const path = z
  .string()
  .refine(isAbsolute, 'expected an absolute path')
  .refine((text) => !text.includes('{{'), 'a path is never a template');
const schema = z.strictObject({
  playbook: path,
  inventory: path,
  extra_vars: z.record(z.string(), z.union([z.string(), z.number(), z.boolean()])).default({}),
});
/** The limit is the action's host, which the allow-list was asked about: a playbook cannot name another. */
type Parameters = z.infer<typeof schema> & { readonly limit: string };

/** @param allowed absolute paths of playbooks. */
export function createAnsibleExecutor(allowed: readonly string[]): Executor {
  const parse = ({ parameters, host }: ExecutorAction): Parameters => {
    const parsed = { ...parseParameters(schema, parameters), limit: host };
    if (!allowed.includes(parsed.playbook))
      throw new ExecutorError(
        'not_allowed',
        `remediation.allow.ansible_playbooks does not have ${parsed.playbook}`,
      );
    if (!HOST.test(parsed.limit))
      throw new ExecutorError('not_allowed', `"${parsed.limit}" is not the name of one host`);
    return parsed;
  };
  return {
    check: (parameters) => problemsOf(schema, parameters),
    async plan(action, signal) {
      const parameters = parse(action);
      await requireOneHost(parameters, action, signal);
      const result = await play([...argvOf(parameters), '--check', '--diff'], action, signal);
      const outcome = judge(result, parameters.limit);
      if (outcome.result === 'done') return outcome.output;
      throw new ExecutorError(outcome.reason, outcome.output, outcome.result === 'retryable');
    },
    run: (action, signal) =>
      toOutcome(async () => {
        const parameters = parse(action);
        await requireOneHost(parameters, action, signal);
        const result = await play([...argvOf(parameters), '--diff'], action, signal);
        return judge(result, parameters.limit);
      }),
  };
}

function argvOf({ playbook, inventory, limit, extra_vars }: Parameters): string[] {
  const variables = JSON.stringify(extra_vars);
  return [PROGRAM, '--inventory', inventory, '--limit', limit, '--extra-vars', variables, playbook];
}

function play(argv: readonly string[], { timeoutSeconds }: ExecutorAction, signal: AbortSignal) {
  return runChild(argv, { timeoutMs: timeoutSeconds * 1000, signal, env: ENVIRONMENT });
}

/** A limit that names a group, or nothing, would run elsewhere or nowhere: asked before anything is done. */
async function requireOneHost(
  parameters: Parameters,
  action: ExecutorAction,
  signal: AbortSignal,
): Promise<void> {
  const result = await play([...argvOf(parameters), '--list-hosts'], action, signal);
  if (result.ended !== 'exit')
    throw new ExecutorError(result.ended, `${PROGRAM} --list-hosts: ${result.output}`, true);
  const hosts = listedHosts(result.output);
  if (result.status === 0 && hosts.length === 1 && hosts[0] === parameters.limit) return;
  const found = hosts.length === 0 ? 'no host' : hosts.slice(0, 10).join(', ');
  throw new ExecutorError(
    'no_host_matched',
    `--limit ${parameters.limit} matches ${found}, expected that one host: ${result.output}`,
  );
}

/** The hosts below each `hosts (N):` of --list-hosts, each once. */
export function listedHosts(output: string): string[] {
  const blocks = output.split(/^\s+hosts \(\d+\):\n/m).slice(1);
  const names = blocks.flatMap((block) => /^(?: {6}\S+\n?)*/.exec(block)?.[0].split('\n') ?? []);
  return [...new Set(names.map((name) => name.trim()).filter(Boolean))];
}

/** Exit code 0 also stands for "no host matched": the recap has to name the host. */
function judge({ status, ended, output }: ChildResult, host: string): Outcome {
  if (ended === 'not_started')
    return { result: 'permanent', reason: 'not_installed', output: `${PROGRAM}: ${output}` };
  if (ended !== 'exit') return { result: 'permanent', reason: ended, output };
  const recap = output.slice(output.lastIndexOf('PLAY RECAP'));
  const line = recap.split('\n').find((text) => text.split(/\s*:\s/)[0] === host);
  if (status === UNREACHABLE && /\bchanged=0\b/.test(line ?? ''))
    return { result: 'retryable', reason: 'unreachable', output };
  if (status !== 0) return { result: 'permanent', reason: 'exit_code', output };
  return line === undefined
    ? { result: 'permanent', reason: 'no_host_matched', output }
    : { result: 'done', reason: 'done', output };
}
