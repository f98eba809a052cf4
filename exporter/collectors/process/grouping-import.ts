// The `process_names` of process-exporter 0.7 and 0.8 as rules of ours that mean the same.
// Source: https://github.com/ncabatoff/process-exporter#configuration-and-group-naming; compared with 0.7.10 in a test.
import { z } from 'zod';
import type { GroupRule } from './grouping.ts';
import { compileGoRegExp } from './grouping-go-regexp.ts';
import { checkTemplate } from './grouping-template.ts';

const MAX_RULES = 1000;
const DEFAULT_NAME = '{{.ExeBase}}';
const NO_ENTRY: ReadonlySet<string> = new Set();

/** Go's YAML takes a number for a text. */
const text = z.union([z.string(), z.number()]).transform(String);
const texts = z.array(text).nullish();

/** As there, keys that it does not know mean nothing. */
const matcherSchema = z
  .object({
    name: text.nullish().describe('Name of the group, a template of process-exporter.'),
    comm: texts.describe('Names of commands.'),
    exe: texts.describe('Paths or names of programs.'),
    cmdline: texts.describe('Regular expressions (Go syntax) on the command line; all must match.'),
  })
  .superRefine(checkMatcher)
  .transform(
    ({ name, comm, exe, cmdline }): GroupRule => ({
      name: name || DEFAULT_NAME,
      comm: comm ?? undefined,
      exe: exe ?? undefined,
      cmdline: cmdline ?? undefined,
      children: true,
      dialect: 'process-exporter',
    }),
  );

/**
 * A list of matchers as rules: the first that matches names the group, the processes below belong to it unless they match
 * themselves, and processes that match nothing are not reported.
 */
export const processNamesSchema = z
  .array(matcherSchema)
  .min(1, 'needs at least one matcher: without any, nothing would be reported')
  .max(MAX_RULES)
  .transform((rules): readonly GroupRule[] => [...rules, { name: '', ignoreOthers: true }]);

/** A whole file of process-exporter. */
export const processNamesFileSchema = z.object({
  process_names: processNamesSchema.describe('The list of process-exporter.'),
});

interface Matcher {
  readonly name?: string | null | undefined;
  readonly comm?: readonly string[] | null | undefined;
  readonly exe?: readonly string[] | null | undefined;
  readonly cmdline?: readonly string[] | null | undefined;
}

function checkMatcher(matcher: Matcher, context: z.RefinementCtx): void {
  const { name, comm, exe, cmdline } = matcher;
  if (!comm && !exe && !cmdline) context.addIssue('needs at least one of comm, exe, cmdline');
  const captures = new Set<string>();
  for (const [index, expression] of (cmdline ?? []).entries()) {
    try {
      for (const capture of compileGoRegExp(expression).names) captures.add(capture);
    } catch (error) {
      const { message } = error as Error;
      context.addIssue({ code: 'custom', path: ['cmdline', index], message });
    }
  }
  const more = ['Matches', 'PID', ...missingCaptures(name ?? '', captures)];
  for (const message of checkTemplate({
    template: name || DEFAULT_NAME,
    captures: NO_ENTRY,
    more,
  })) {
    context.addIssue({ code: 'custom', path: ['name'], message });
  }
}

/** A capture that no expression has is empty there, not a mistake. */
function missingCaptures(name: string, captures: ReadonlySet<string>): string[] {
  const used = [...name.matchAll(/\.Matches(?:\.(\w+)|\s+["`]([^"`]*)["`])/g)];
  const all = [...captures, ...used.map(([, field, quoted]) => field ?? quoted!)];
  return all.map((capture) => `Matches.${capture}`);
}
