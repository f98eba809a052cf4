// Which group a process belongs to: the configured rules, first match wins, else the default by name and script.
import { NO_MEMBERSHIP } from './cgroup.ts';
import { compileGoRegExp } from './grouping-go-regexp.ts';
import { fillTemplate } from './grouping-template.ts';
import { baseName, defaultGroup, type ProcessIdentity } from './interpreters.ts';

export type { ProcessIdentity };

const MAX_GROUP_NAME_LENGTH = 128;
/** Expressions see no more of a command line than this. */
const MAX_CMDLINE_LENGTH = 4096;
const CONTROL_CHARACTERS = /\p{Cc}/gu;
/** Container ids are shown with 12 digits, and written with at least as many. */
const CONTAINER_ID = /^[0-9a-f]{12,64}$/;

/** The group of the processes that are not to be reported: no group has an empty name. */
export const IGNORED_GROUP = '';

/** One entry of `process.groups`. All criteria that are given must match. Plain data: it can be sent to a thread. */
export interface GroupRule {
  readonly name: string;
  /** Names; one is enough. */
  readonly comm?: readonly string[] | undefined;
  /** Base names, or whole paths when they contain a slash; one is enough. */
  readonly exe?: readonly string[] | undefined;
  /** Regular expressions over the arguments joined by blanks; every one must match. */
  readonly cmdline?: readonly string[] | undefined;
  /** Regular expressions over the paths of the process' control groups; every one must match one of them. */
  readonly cgroup?: readonly string[] | undefined;
  /** Regular expressions for the whole name of the systemd unit, with or without `.service`; one is enough. */
  readonly unit?: readonly string[] | undefined;
  /** Regular expressions for the whole name of the container, or 12 to 64 digits of its id; one is enough. */
  readonly container?: readonly string[] | undefined;
  /** Processes below a matching one that match no rule themselves belong to its group too. */
  readonly children?: boolean | undefined;
  /** The rule is one of process-exporter: the program is argv[0], expressions are Go's. */
  readonly dialect?: 'process-exporter' | undefined;
  /** Not a rule: processes that match none of the others are not reported. */
  readonly ignoreOthers?: true | undefined;
}

export interface GroupMatch {
  /** At most 128 characters, none of them a control character. */
  readonly name: string;
  /** Whether the processes below belong to it too. */
  readonly children: boolean;
}

export type Matching = (identity: ProcessIdentity) => GroupMatch | undefined;
export type Grouping = (identity: ProcessIdentity) => string;

/**
 * The first rule that a process matches.
 * @throws {SyntaxError} for an expression that the schema has not checked.
 */
export function createMatching(rules: readonly GroupRule[]): Matching {
  const matchers = rules.filter(({ ignoreOthers }) => !ignoreOthers).map(createMatcher);
  return (identity) => {
    for (const { match, children } of matchers) {
      const name = match(identity);
      if (name !== undefined) return { name: cleanName(name), children };
    }
    return undefined;
  };
}

/** The group of a process that matches no rule: IGNORED_GROUP when there is a rule that says so. */
export function createDefaultGrouping(rules: readonly GroupRule[]): Grouping {
  if (rules.some(({ ignoreOthers }) => ignoreOthers)) return () => IGNORED_GROUP;
  return (identity) => cleanName(defaultGroup(identity));
}

/** A function from a process to the name of its group; of the processes above it nothing is known. */
export function createGrouping(rules: readonly GroupRule[]): Grouping {
  const matching = createMatching(rules);
  const otherwise = createDefaultGrouping(rules);
  return (identity) => matching(identity)?.name ?? otherwise(identity);
}

/** Whether any rule asks for the user of a process. */
export function needsUsername(rules: readonly GroupRule[]): boolean {
  return rules.some(({ name }) => name.includes('.Username'));
}

/** Whether any rule asks for the control groups of a process. */
export function needsMembership(rules: readonly GroupRule[]): boolean {
  return (
    needsContainers(rules) ||
    rules.some(({ cgroup, unit, name }) => cgroup ?? unit ?? /\.Cgroups|\.Unit/.test(name))
  );
}

/** Whether any rule asks for the names of containers. */
export function needsContainers(rules: readonly GroupRule[]): boolean {
  return rules.some(({ container, name }) => container ?? name.includes('.Container'));
}

interface Matcher {
  readonly match: (identity: ProcessIdentity) => string | undefined;
  readonly children: boolean;
}

type Captures = Map<string, string>;
/** Whether it matches; captures are added. */
type Criterion = (identity: ProcessIdentity, captures: Captures) => boolean;

function createMatcher(rule: GroupRule): Matcher {
  const criteria = criteriaOf(rule);
  const exeOf = rule.dialect === undefined ? programOf : firstArgumentOf;
  const missing = rule.dialect === undefined ? '' : '<no value>';
  const match: Matcher['match'] = (identity) => {
    const captures: Captures = new Map();
    if (!criteria.every((criterion) => criterion(identity, captures))) return undefined;
    return fillTemplate(rule.name, { identity, exeFull: exeOf(identity), captures, missing });
  };
  return { match, children: rule.children ?? false };
}

/** Cheap ones first. */
function criteriaOf(rule: GroupRule): Criterion[] {
  const { comm, exe, cmdline, cgroup, unit, container, dialect } = rule;
  const criteria: Criterion[] = [];
  if (comm !== undefined) criteria.push((identity) => comm.includes(identity.comm));
  if (exe !== undefined) criteria.push(exeCriterion(exe, dialect));
  if (cmdline !== undefined) {
    const compile = dialect === undefined ? compileExpression : compileGoExpression;
    criteria.push(everyMatches(cmdline.map(compile), (identity) => [joinArguments(identity)]));
  }
  if (cgroup !== undefined) {
    const pathsOf = ({ membership = NO_MEMBERSHIP }: ProcessIdentity) => membership.paths;
    criteria.push(everyMatches(cgroup.map(compileExpression), pathsOf));
  }
  if (unit !== undefined) criteria.push(oneMatches(unit.map(compileWhole), unitNames));
  if (container !== undefined) criteria.push(containerCriterion(container));
  return criteria;
}

function exeCriterion(exe: readonly string[], dialect: GroupRule['dialect']): Criterion {
  return (identity) => {
    if (dialect !== undefined && identity.argv.length === 0) return false;
    const full = dialect === undefined ? programOf(identity) : firstArgumentOf(identity);
    const base = baseName(full);
    return exe.some((want) => want === (want.includes('/') ? full : base));
  };
}

/** Program file, or what the process was called by where the file cannot be known. */
function programOf({ exe, argv }: ProcessIdentity): string {
  return exe ?? argv[0] ?? '';
}

function firstArgumentOf({ argv, comm }: ProcessIdentity): string {
  return argv[0] ?? comm;
}

function joinArguments({ argv }: ProcessIdentity): string {
  return argv.join(' ').slice(0, MAX_CMDLINE_LENGTH);
}

type Expression = (text: string, captures: Captures) => boolean;
type Texts = (identity: ProcessIdentity) => readonly string[];

/** Every expression must match one of the texts. */
function everyMatches(expressions: readonly Expression[], textsOf: Texts): Criterion {
  return (identity, captures) => {
    const texts = textsOf(identity);
    return expressions.every((matches) => texts.some((text) => matches(text, captures)));
  };
}

/** One expression must match one of the texts. */
function oneMatches(expressions: readonly Expression[], textsOf: Texts): Criterion {
  return (identity, captures) => {
    const texts = textsOf(identity);
    return expressions.some((matches) => texts.some((text) => matches(text, captures)));
  };
}

function unitNames({ membership }: ProcessIdentity): string[] {
  const unit = membership?.unit;
  if (unit === undefined) return [];
  return unit.endsWith('.service') ? [unit, unit.slice(0, -'.service'.length)] : [unit];
}

function containerCriterion(wanted: readonly string[]): Criterion {
  const ids = wanted.filter((text) => CONTAINER_ID.test(text));
  const namesOf = ({ containerNames = [] }: ProcessIdentity) => containerNames;
  const byName = oneMatches(wanted.map(compileWhole), namesOf);
  return (identity, captures) => {
    const id = identity.membership?.containerId;
    return ids.some((wanted) => id?.startsWith(wanted)) || byName(identity, captures);
  };
}

/** Go's `(?P<name>` is accepted: rules are often brought along from other exporters. */
function compileExpression(expression: string): Expression {
  const regexp = new RegExp(expression.replaceAll('(?P<', '(?<'));
  return (text, captures) => {
    const match = regexp.exec(text);
    for (const [name, value] of Object.entries(match?.groups ?? {})) {
      captures.set(name, value ?? '');
    }
    return match !== null;
  };
}

function compileWhole(expression: string): Expression {
  return compileExpression(`^(?:${expression})$`);
}

function compileGoExpression(expression: string): Expression {
  const regexp = compileGoRegExp(expression);
  return (text, captures) => {
    const found = regexp.match(text);
    for (const [name, value] of found ?? []) captures.set(name, value);
    return found !== undefined;
  };
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
