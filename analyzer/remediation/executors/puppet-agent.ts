// A Puppet run on one host, by ssh or here: `puppet agent --test` with its own catalog, or `puppet apply` of one manifest.
// Source: https://www.puppet.com/docs/puppet/7/man/agent.html and apply.html (--detailed-exitcodes).
import type { ExecutorAction, Outcome } from '../executor.ts';
import { type ChildResult, runChild } from './child.ts';
import { commandOn, judgeStart, type SshConfig } from './ssh.ts';

export type PuppetRun =
  | { readonly mode: 'agent'; readonly tag?: string | undefined }
  | { readonly mode: 'apply'; readonly manifest: string };

export interface PuppetTransport {
  readonly program: string;
  readonly sudo: boolean;
  readonly ssh: SshConfig;
}

/** 2: with changes; 4 and 6: with failures; 1: no run at all, or stopped. */
const NO_RUN = 1;
const BUSY = /already in progress/;
const DISABLED = /administratively disabled/;
const NO_SERVER = /No more routes to|Failed to open TCP connection|Could not connect to/;
/** A resource that would change, in a run that should have changed it. */
const NOOP = /^Notice: .*\(noop\)$/m;

export async function runPuppet(
  run: PuppetRun & { readonly noop: boolean },
  { program, sudo, ssh }: PuppetTransport,
  { action, signal }: { readonly action: ExecutorAction; readonly signal: AbortSignal },
): Promise<Outcome> {
  const words = [...(sudo ? ['sudo', '-n'] : []), program, ...argumentsOf(run, action)];
  const command = commandOn(action.host, words, ssh);
  const result = await runChild(command.argv, { timeoutMs: action.timeoutSeconds * 1000, signal });
  return judgeStart(result, command) ?? judge(result, run.noop);
}

/** --test is --onetime, --no-daemonize, --verbose, --show_diff, --detailed-exitcodes, and no cached catalog. */
function argumentsOf(
  run: PuppetRun & { readonly noop: boolean },
  { timeoutSeconds }: ExecutorAction,
): string[] {
  const noop = run.noop ? ['--noop'] : [];
  if (run.mode === 'apply') return ['apply', '--test', '--color=false', ...noop, run.manifest];
  const tag = run.tag === undefined ? [] : ['--tags', run.tag];
  // The agent ends itself: nobody else does when the connection is lost.
  const bound = `--runtimeout=${Math.max(1, Math.ceil(timeoutSeconds))}`;
  return ['agent', '--test', '--color=false', bound, ...noop, ...tag];
}

function judge({ status, output }: ChildResult, noop: boolean): Outcome {
  if (status === 0 && !noop && NOOP.test(output))
    return { result: 'permanent', reason: 'noop', output: `it is configured to noop\n${output}` };
  if (status === 0) return { result: 'done', reason: 'unchanged', output };
  if (status === 2) return { result: 'done', reason: 'done', output };
  if (status === NO_RUN) return judgeNoRun(output);
  return {
    result: 'permanent',
    reason: 'resource_failed',
    output: `exit code ${status}\n${output}`,
  };
}

function judgeNoRun(output: string): Outcome {
  if (DISABLED.test(output)) return { result: 'permanent', reason: 'disabled', output };
  if (BUSY.test(output)) return { result: 'retryable', reason: 'busy', output };
  if (NO_SERVER.test(output)) return { result: 'retryable', reason: 'unreachable', output };
  return { result: 'permanent', reason: 'run_failed', output };
}
