// Which group a process belongs to: the configured rules, first match wins, else the default by name and script.
import { z } from 'zod';
import { baseName, defaultGroup, type ProcessIdentity } from './process-interpreters.ts';

export type { ProcessIdentity };

const MAX_RULES = 1000;
const MAX_GROUP_NAME_LENGTH = 128;
/** Expressions see no more of a command line than this. */
const MAX_CMDLINE_LENGTH = 4096;
const TEMPLATE = /\{\{\s*\.([\w.]+)\s*\}\}/g;
const VARIABLES = ['Comm', 'ExeBase', 'ExeFull', 'Username'];
const CONTROL_CHARACTERS = /\p{Cc}/gu;

/** One entry of `process.groups`. All criteria that are given must match; of a list of names one is enough. */
export interface GroupRule {
  readonly name: string;
  readonly comm?: readonly string[] | undefined;
  /** Base names, or whole paths when they contain a slash. */
  readonly exe?: readonly string[] | undefined;
  /** Regular expressions over the arguments joined by blanks; every one must match. */
  readonly cmdline?: readonly string[] | undefined;
}

const names = z.array(z.string().min(1)).min(1).optional();
const groupRuleSchema = z
  .strictObject({ name: z.string().min(1), comm: names, exe: names, cmdline: names })
  .superRefine(checkRule);

/** The `process:` section of exporter.yml. */
export const processConfigSchema = z.strictObject({
  groups: z.array(groupRuleSchema).max(MAX_RULES).default([]),
  max_groups: z.int().min(1).max(10_000).default(500),
  top_processes: z.int().min(0).max(100).default(10),
});

export type Grouping = (identity: ProcessIdentity) => string;

/**
 * A function from a process to the name of its group: at most 128 characters, none of them a control character.
 * @throws {SyntaxError} for an expression that the schema has not checked.
 */
export function createGrouping(rules: readonly GroupRule[]): Grouping {
  const matchers = rules.map(createMatcher);
  return (identity) => {
    for (const match of matchers) {
      const name = match(identity);
      if (name !== undefined) return cleanName(name);
    }
    return cleanName(defaultGroup(identity));
  };
}

/** Whether any rule asks for the user of a process. */
export function needsUsername(rules: readonly GroupRule[]): boolean {
  return rules.some(({ name }) => name.includes('.Username'));
}

type Matcher = (identity: ProcessIdentity) => string | undefined;

function createMatcher({ name, comm, exe, cmdline = [] }: GroupRule): Matcher {
  const expressions = cmdline.map(compile);
  return (identity) => {
    if (comm !== undefined && !comm.includes(identity.comm)) return undefined;
    const exeFull = identity.exe ?? identity.argv[0] ?? '';
    if (exe !== undefined && !exe.some((want) => matchesExe(want, exeFull))) return undefined;
    const text = identity.argv.join(' ').slice(0, MAX_CMDLINE_LENGTH);
    const captures: Record<string, string | undefined> = {};
    for (const expression of expressions) {
      const match = expression.exec(text);
      if (match === null) return undefined;
      Object.assign(captures, match.groups);
    }
    return fillTemplate(name, { identity, exeFull, captures });
  };
}

function matchesExe(want: string, exeFull: string): boolean {
  return want === (want.includes('/') ? exeFull : baseName(exeFull));
}

interface TemplateValues {
  readonly identity: ProcessIdentity;
  readonly exeFull: string;
  readonly captures: Readonly<Record<string, string | undefined>>;
}

function fillTemplate(template: string, values: TemplateValues): string {
  const { identity, exeFull, captures } = values;
  return template.replace(TEMPLATE, (_whole, variable: string) => {
    switch (variable) {
      case 'Comm':
        return identity.comm;
      case 'ExeBase':
        return baseName(exeFull);
      case 'ExeFull':
        return exeFull;
      case 'Username':
        return identity.username;
      default:
        return captures[variable.replace(/^Matches\./, '')] ?? '';
    }
  });
}

/** Cut on whole characters, so that the label stays valid UTF-8. */
function cleanName(name: string): string {
  const clean = name.replace(CONTROL_CHARACTERS, '').trim().toWellFormed();
  const short = clean.length > MAX_GROUP_NAME_LENGTH ? cut(clean) : clean;
  return short === '' ? 'unnamed' : short;
}

function cut(name: string): string {
  const end = MAX_GROUP_NAME_LENGTH;
  const splitsPair = /[\uD800-\uDBFF]/.test(name[end - 1]!);
  return name.slice(0, splitsPair ? end - 1 : end);
}

/** Go's `(?P<name>` is accepted: rules are often brought along from other exporters. */
function compile(expression: string): RegExp {
  return new RegExp(expression.replaceAll('(?P<', '(?<'));
}

function checkRule(rule: GroupRule, context: z.RefinementCtx): void {
  if (rule.comm === undefined && rule.exe === undefined && rule.cmdline === undefined) {
    context.addIssue({ code: 'custom', message: 'needs at least one of comm, exe, cmdline' });
  }
  const captures = new Set<string>();
  for (const [index, expression] of (rule.cmdline ?? []).entries()) {
    try {
      compile(expression);
      for (const [, name] of expression.matchAll(/\(\?P?<(\w+)>/g)) captures.add(name!);
    } catch (error) {
      const message = `"${expression}" is not a regular expression: ${(error as Error).message}`;
      context.addIssue({ code: 'custom', path: ['cmdline', index], message });
    }
  }
  if (rule.name.replace(TEMPLATE, '').includes('{{')) {
    const message =
      'expected {{.Comm}}, {{.ExeBase}}, {{.ExeFull}}, {{.Username}} or {{.Matches.x}}';
    context.addIssue({ code: 'custom', path: ['name'], message });
  }
  const known = [...VARIABLES, ...[...captures].map((name) => `Matches.${name}`)];
  for (const [whole, variable] of rule.name.matchAll(TEMPLATE)) {
    if (known.includes(variable!)) continue;
    const message = `${whole} is not known here; known are ${known.map((name) => `.${name}`).join(', ')}`;
    context.addIssue({ code: 'custom', path: ['name'], message });
  }
}
