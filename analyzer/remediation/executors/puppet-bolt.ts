// Puppet Bolt: one task or manifest on exactly one target, asked before whether its name means that target alone.
// Source: https://www.puppet.com/docs/bolt/latest/bolt_command_reference (exit codes 0 success, 1 error, 2 failed on a target).
import { z } from 'zod';
import { type ExecutorAction, ExecutorError, type Outcome } from '../executor.ts';
import { runChild } from './child.ts';
import { judgeStart } from './ssh.ts';

export type BoltRun =
  | {
      readonly mode: 'bolt_task';
      readonly task: string;
      readonly params: Readonly<Record<string, unknown>>;
    }
  | { readonly mode: 'bolt_apply'; readonly manifest: string };

export interface BoltConfig {
  readonly bolt_program: string;
  readonly bolt_project?: string | undefined;
}

const TARGET_FAILED = 2;
const inventoryAnswer = z.object({ targets: z.array(z.string()) });

interface Context {
  readonly action: ExecutorAction;
  readonly signal: AbortSignal;
}

/** @throws {ExecutorError} when the host is a group, or is not known. */
export async function runBolt(
  run: BoltRun & { readonly noop: boolean },
  config: BoltConfig,
  context: Context,
): Promise<Outcome> {
  await requireOneTarget(config, context);
  const what =
    run.mode === 'bolt_task'
      ? ['task', 'run', run.task, '--params', JSON.stringify(run.params)]
      : ['apply', run.manifest];
  const noop = run.noop ? ['--noop'] : [];
  const words = [...what, ...commonOf(config, context), '--format', 'human', '--verbose', ...noop];
  const argv = [config.bolt_program, ...words];
  const result = await bolt(argv, context);
  const early = judgeStart(result, { argv, remote: false });
  if (early !== undefined) return early;
  const { status, output } = result;
  if (status === 0) return { result: 'done', reason: 'done', output };
  const reason = status === TARGET_FAILED ? 'target_failed' : 'exit_code';
  return { result: 'permanent', reason, output: `exit code ${status}\n${output}` };
}

function commonOf({ bolt_project }: BoltConfig, { action }: Context): string[] {
  const project = bolt_project === undefined ? [] : ['--project', bolt_project];
  return ['--targets', action.host, ...project, '--no-color', '--log-level', 'error'];
}

function bolt(argv: readonly string[], { action, signal }: Context) {
  const env = { BOLT_DISABLE_ANALYTICS: 'true', BOLT_GEM: 'true' };
  return runChild(argv, { timeoutMs: action.timeoutSeconds * 1000, signal, env });
}

async function requireOneTarget(config: BoltConfig, context: Context): Promise<void> {
  const { host } = context.action;
  const words = ['inventory', 'show', ...commonOf(config, context), '--format', 'json'];
  const argv = [config.bolt_program, ...words];
  const result = await bolt(argv, context);
  const early = judgeStart(result, { argv, remote: false });
  if (early !== undefined) throw new ExecutorError(early.reason, early.output);
  const targets = result.status === 0 ? targetsOf(result.output) : undefined;
  if (targets?.length === 1 && targets[0] === host) return;
  const found = targets === undefined ? 'something else' : targets.slice(0, 10).join(', ');
  throw new ExecutorError(
    'no_host_matched',
    `bolt inventory show: ${host} means ${found || 'nothing'}, expected that one target: ${result.output}`,
  );
}

function targetsOf(output: string): readonly string[] | undefined {
  try {
    const json: unknown = JSON.parse(
      output.slice(output.indexOf('{'), output.lastIndexOf('}') + 1),
    );
    return inventoryAnswer.safeParse(json).data?.targets;
  } catch {
    return undefined;
  }
}
