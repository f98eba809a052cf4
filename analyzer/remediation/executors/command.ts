// `command`: an allow-listed program on the analyzer's own host, such as systemctl restart.
import { isAbsolute } from 'node:path';
import { z } from 'zod';
import { type Executor, ExecutorError, type Outcome, toOutcome } from '../executor.ts';
import { type ChildResult, runChild } from './child.ts';
import { parseParameters, problemsOf } from './parameters.ts';

const MAX_WORDS = 64;
const words = z
  .array(z.string().min(1).max(4_096))
  .min(1)
  .max(MAX_WORDS)
  .refine(([program = '']) => isAbsolute(program), 'the program needs an absolute path')
  .refine(([program = '']) => !program.includes('{{'), 'the program itself is never a template');
const schema = z.strictObject({
  argv: words,
  /** A command that changes nothing and shows what would be changed. */
  dry_run: words.optional(),
});

/** @param allowed lists of words; `*` stands for any one word but the first. */
export function createCommandExecutor(allowed: readonly (readonly string[])[]): Executor {
  const parse = (parameters: unknown) => {
    const parsed = parseParameters(schema, parameters);
    for (const argv of [parsed.argv, ...(parsed.dry_run ? [parsed.dry_run] : [])]) {
      if (allowed.some((pattern) => isAllowed(pattern, argv))) continue;
      throw new ExecutorError(
        'not_allowed',
        `remediation.allow.commands does not have ${JSON.stringify(argv)}`,
      );
    }
    return parsed;
  };
  return {
    check: (parameters) => problemsOf(schema, parameters),
    async plan({ parameters, timeoutSeconds }, signal) {
      const { argv, dry_run } = parse(parameters);
      const would = `Would run ${JSON.stringify(argv)} on the analyzer's host`;
      if (dry_run === undefined) return would;
      const result = await runChild(dry_run, { timeoutMs: timeoutSeconds * 1000, signal });
      if (result.ended !== 'exit')
        throw new ExecutorError(result.ended, `the dry run ended by ${result.ended}`, true);
      return `${would}\n${JSON.stringify(dry_run)} exits ${result.status}:\n${result.output}`;
    },
    run: ({ parameters, timeoutSeconds }, signal) =>
      toOutcome(async () => {
        const { argv } = parse(parameters);
        return judge(await runChild(argv, { timeoutMs: timeoutSeconds * 1000, signal }));
      }),
  };
}

export function isAllowed(pattern: readonly string[], argv: readonly string[]): boolean {
  if (pattern.length !== argv.length || pattern[0] !== argv[0]) return false;
  return pattern.every((word, index) => word === '*' || word === argv[index]);
}

/** Only a program that never started has surely changed nothing. */
function judge({ status, ended, output }: ChildResult): Outcome {
  if (ended === 'not_started') return { result: 'retryable', reason: ended, output };
  if (ended !== 'exit') return { result: 'permanent', reason: ended, output };
  return status === 0
    ? { result: 'done', reason: 'done', output }
    : { result: 'permanent', reason: 'exit_code', output: `exit code ${status}\n${output}` };
}
