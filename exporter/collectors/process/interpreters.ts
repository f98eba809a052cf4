// The default group of a process: its name, or the script that an interpreter runs. No argument behind the script is ever used.
import type { CgroupMembership } from './cgroup.ts';

/** What grouping may look at. */
export interface ProcessIdentity {
  readonly comm: string;
  /** Undefined when it cannot be read: kernel thread, zombie, no permission. */
  readonly exe: string | undefined;
  readonly argv: readonly string[];
  readonly kernel: boolean;
  readonly username: string;
  /** What the rules for control groups and containers look at. */
  readonly membership?: CgroupMembership | undefined;
  readonly containerNames?: readonly string[] | undefined;
  readonly pid?: number | undefined;
}

/** The kernel cuts names of processes to this many bytes. */
const COMM_LENGTH = 15;
const MAX_SCRIPT_LENGTH = 256;
const SHELL = /^(?:sh|bash|dash|ash|ksh|mksh|zsh|fish)$/;
/** Node.js 24 names its main thread so, until process.title is set. */
const MAIN_THREAD = /MainThread$/;
/** npm writes its arguments into its title. */
const PACKAGE_RUNNER = /^(?:npm|npx)(?:-cli\.js)?(?: |$)/;
const SAYS_NOTHING =
  /^(?:main|index|app|server|run|cli|manage|start|bootstrap|entrypoint|wsgi|asgi|__main__|__init__)$/i;

/** Short options by letter, as getopt reads them; an option without an entry takes no value. */
interface Interpreter {
  readonly name: string;
  readonly match: RegExp;
  /** Program text or standard input: there is no script. */
  readonly code?: string;
  readonly module?: string;
  /** Takes the rest of the word, else the next word. */
  readonly value?: string;
  /** Takes the rest of the word only. */
  readonly attached?: string;
  readonly long?: Readonly<Record<string, 'code' | 'value' | 'module' | 'script'>>;
  /** A first word that is a command, not a script. */
  readonly command?: RegExp;
  /** Options are words behind one dash, as in `java -cp x`. */
  readonly wordOptions?: boolean;
}

const VALUE = 'value' as const;
const INTERPRETERS: readonly Interpreter[] = [
  {
    name: 'node',
    match: /^(?:node|nodejs)[\d.]*$/,
    code: 'epi',
    value: 'rC',
    long: {
      eval: 'code',
      print: 'code',
      interactive: 'code',
      run: 'code',
      require: VALUE,
      import: VALUE,
      loader: VALUE,
      'experimental-loader': VALUE,
      conditions: VALUE,
      'env-file': VALUE,
      'env-file-if-exists': VALUE,
      title: VALUE,
      'input-type': VALUE,
      'watch-path': VALUE,
      'inspect-port': VALUE,
      'test-reporter': VALUE,
      'test-name-pattern': VALUE,
    },
    command: /^(?:inspect|debug)$/,
  },
  { name: 'python', match: /^python[\d.]*[a-z]?$/, code: 'c', module: 'm', value: 'WXQ' },
  { name: 'pypy', match: /^pypy[\d.]*$/, code: 'c', module: 'm', value: 'WXQ' },
  {
    name: 'java',
    match: /^java$/,
    wordOptions: true,
    long: {
      jar: 'script',
      m: 'module',
      module: 'module',
      cp: VALUE,
      classpath: VALUE,
      'class-path': VALUE,
      p: VALUE,
      'module-path': VALUE,
      'upgrade-module-path': VALUE,
      'add-modules': VALUE,
      'add-exports': VALUE,
      'add-opens': VALUE,
      'add-reads': VALUE,
      'limit-modules': VALUE,
      'patch-module': VALUE,
      'enable-native-access': VALUE,
      source: VALUE,
    },
  },
  {
    name: 'sh',
    match: SHELL,
    code: 'cs',
    value: 'oO',
    long: { rcfile: VALUE, 'init-file': VALUE },
  },
  { name: 'perl', match: /^perl[\d.]*$/, code: 'eE', value: 'I', attached: 'MmxDFCiV' },
  { name: 'ruby', match: /^ruby[\d.]*$/, code: 'e', value: 'rICE', attached: 'FKTWxi0' },
  { name: 'php', match: /^php[\d.]*$/, code: 'rBRE', value: 'dcztS' },
  { name: 'dotnet', match: /^dotnet$/, command: /^(?:exec|run)$/ },
  { name: 'deno', match: /^deno$/, command: /^(?:run|test|serve)$/, code: 'e' },
  { name: 'bun', match: /^bun$/, command: /^(?:run|test)$/, code: 'ep', value: 'r' },
];

/** Name of the group of a process for which no rule was written. */
export function defaultGroup(identity: ProcessIdentity): string {
  if (identity.kernel) return `kernel:${kernelFamily(identity.comm)}`;
  if (PACKAGE_RUNNER.test(identity.comm)) return 'node';
  const interpreter =
    findInterpreter(baseName(identity.exe ?? '')) ?? findInterpreter(programName(identity));
  if (interpreter === undefined) return fullName(identity);
  const script = findScript(interpreter, identity.argv);
  if (hasOwnTitle(identity.comm, script)) return ownTitle(identity);
  const name = interpreter.name === 'sh' ? shellName(identity) : interpreter.name;
  if (script === undefined || PACKAGE_RUNNER.test(baseName(script))) return name;
  return `${name}:${describeScript(script)}`;
}

/** The name of a process as a label: without arguments. */
export function labelName(comm: string): string {
  return PACKAGE_RUNNER.test(comm) ? comm.split(' ', 1)[0]! : comm;
}

/** Path without its folders; " (deleted)" is what Linux appends when the file was replaced. */
export function baseName(path: string): string {
  return path.replace(/ \(deleted\)$/, '').replace(/^.*\//s, '');
}

/** kworker/0:1-events → kworker, ksoftirqd/1 → ksoftirqd, kswapd0 → kswapd, jbd2/vda-8 → jbd2. */
function kernelFamily(comm: string): string {
  const name = comm.includes('/') ? comm.slice(0, comm.indexOf('/')) : comm.replace(/\d.*$/s, '');
  return name.replace(/[-_:.]+$/, '') || comm;
}

function findInterpreter(name: string): Interpreter | undefined {
  return INTERPRETERS.find(({ match }) => match.test(name));
}

/** The name a process was started by; a login shell has a dash before it. */
function programName({ argv }: ProcessIdentity): string {
  return baseName((argv[0] ?? '').split(' ', 1)[0]!.replace(/^-/, ''));
}

/** The kernel cut the name? Then the file's name, if it begins so, is the whole of it; names of memory files are random. */
function fullName(identity: ProcessIdentity): string {
  const { comm, exe } = identity;
  if (exe?.startsWith('/memfd:')) return comm;
  const whole = exe === undefined ? programName(identity) : baseName(exe);
  return isNameOf(comm, whole) ? whole : comm;
}

function isNameOf(comm: string, whole: string): boolean {
  return whole === comm || (whole.startsWith(comm) && Buffer.byteLength(comm) === COMM_LENGTH);
}

/** A script started by its first line (#!) is named after the script by the kernel: that is no title of its own. */
function hasOwnTitle(comm: string, script: string | undefined): boolean {
  if (findInterpreter(comm) !== undefined || MAIN_THREAD.test(comm)) return false;
  return script === undefined || !isNameOf(comm, baseName(script));
}

/** A title stands in the arguments too, and there it is not cut; its first word only, the rest may be arguments. */
function ownTitle(identity: ProcessIdentity): string {
  const whole = programName(identity);
  return isNameOf(identity.comm, whole) ? whole : identity.comm;
}

function shellName({ comm, exe, argv }: ProcessIdentity): string {
  const names = [comm, baseName(exe ?? ''), baseName((argv[0] ?? '').replace(/^-/, ''))];
  return names.find((name) => SHELL.test(name)) ?? 'sh';
}

function describeScript(script: string): string {
  const parts = script.split('/');
  const base = parts.pop() ?? '';
  const folder = parts.filter((part) => part !== '' && part !== '.' && part !== '..').pop();
  return folder !== undefined && SAYS_NOTHING.test(base.replace(/\.[^.]*$/, ''))
    ? `${folder}/${base}`
    : base;
}

/** The script, jar, class or module of a command line; undefined for program text, standard input or nothing. */
function findScript(interpreter: Interpreter, argv: readonly string[]): string | undefined {
  let index = 1;
  while (index < argv.length) {
    const word = argv[index]!;
    index += 1;
    if (interpreter.command?.test(word)) continue;
    if (word === '--') return plausibleScript(argv[index]);
    if (word.startsWith('@') && interpreter.wordOptions) continue;
    if (!/^[-+]./.test(word)) return plausibleScript(word);
    const option = readOption(interpreter, word);
    if (option.kind === 'code') return undefined;
    if (option.kind === 'module') return plausibleScript(option.rest || argv[index]);
    if (option.kind === 'value' && option.rest === '') index += 1;
  }
  return undefined;
}

interface OptionMeaning {
  readonly kind: 'flag' | 'code' | 'module' | 'value';
  /** The value when it is in the same word. */
  readonly rest: string;
}

function readOption(interpreter: Interpreter, word: string): OptionMeaning {
  if (interpreter.wordOptions || word.startsWith('--')) return readLongOption(interpreter, word);
  for (let index = 1; index < word.length; index += 1) {
    const letter = word[index]!;
    const rest = word.slice(index + 1);
    if (interpreter.code?.includes(letter)) return { kind: 'code', rest };
    if (interpreter.module?.includes(letter)) return { kind: 'module', rest };
    if (interpreter.value?.includes(letter)) return { kind: 'value', rest };
    if (interpreter.attached?.includes(letter)) break;
  }
  return { kind: 'flag', rest: '' };
}

function readLongOption(interpreter: Interpreter, word: string): OptionMeaning {
  const [, name, rest] = /^--?([^=]*)=?(.*)$/s.exec(word) ?? [];
  const kind = interpreter.long?.[name ?? ''] ?? 'flag';
  return { kind: kind === 'script' ? 'module' : kind, rest: rest ?? '' };
}

/**
 * A word that can be a path, a class or a module; anything else may be an argument, and arguments may be secrets.
 * Of a URL only the file is kept: the rest may hold a password.
 */
function plausibleScript(word: string | undefined): string | undefined {
  if (word === undefined || word === '' || word === '-' || word.length > MAX_SCRIPT_LENGTH) {
    return undefined;
  }
  if (/^\/(?:dev|proc)\//.test(word)) return undefined;
  const path = word.replace(/[?#].*$/s, '').replace(/^\w+:\/\/.*\//s, '');
  return path === '' || /[\s=;|&<>$"'`]/.test(path) ? undefined : path;
}
