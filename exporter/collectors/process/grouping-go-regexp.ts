// Regular expressions in Go's syntax (RE2) as those of JavaScript that match the same.
// Source: https://pkg.go.dev/regexp/syntax

export interface GoRegExp {
  /** Undefined when it does not match; otherwise captures by name, '' for the whole match or the last unnamed group. */
  match(text: string): ReadonlyMap<string, string> | undefined;
  /** Of the groups that have one. */
  readonly names: readonly string[];
}

const SPACE = '\\t\\n\\f\\r ';
const POSIX: Readonly<Record<string, string>> = {
  alnum: '0-9A-Za-z',
  alpha: 'A-Za-z',
  ascii: '\\0-\\x7f',
  blank: '\\t ',
  cntrl: '\\0-\\x1f\\x7f',
  digit: '0-9',
  graph: '!-~',
  lower: 'a-z',
  print: ' -~',
  punct: '!-\\/:-@\\[-`{-~',
  space: '\\t-\\r ',
  upper: 'A-Z',
  word: '0-9A-Za-z_',
  xdigit: '0-9A-Fa-f',
};
/** What stands for itself in JavaScript's Unicode mode only behind a backslash. */
const SYNTAX = /[\^$\\.*+?()[\]{}|/]/;

/** @throws {SyntaxError} when the text is no expression of Go's. */
export function compileGoRegExp(expression: string): GoRegExp {
  const { source, names } = translate(expression);
  const regexp = new RegExp(source, 'u');
  return {
    names: names.filter((name) => name !== ''),
    match(text) {
      const match = regexp.exec(text);
      if (match === null) return undefined;
      const captures = new Map([['', match[0]]]);
      for (const [index, name] of names.entries()) captures.set(name, match[index + 1] ?? '');
      return captures;
    },
  };
}

interface Flags {
  readonly i: boolean;
  readonly m: boolean;
  readonly s: boolean;
}

/** An open group; `wrapped` when what stands in it now is within `(?i:`. */
interface Group {
  flags: Flags;
  wrapped: boolean;
}

interface State {
  readonly text: string;
  index: number;
  source: string;
  readonly names: string[];
  readonly groups: Group[];
}

function translate(text: string): { source: string; names: readonly string[] } {
  const flags: Flags = { i: false, m: false, s: false };
  const state: State = {
    text,
    index: 0,
    source: '',
    names: [],
    groups: [{ flags, wrapped: false }],
  };
  while (state.index < text.length) step(state);
  if (state.groups.length > 1) throw refuse(state, 'missing )');
  closeWrap(state);
  return state;
}

function step(state: State): void {
  const { text, index } = state;
  const char = String.fromCodePoint(text.codePointAt(index)!);
  const { flags } = top(state);
  state.index += char.length;
  switch (char) {
    case '\\':
      readBackslash(state);
      break;
    case '[':
      bracket(state);
      break;
    case '(':
      openGroup(state);
      break;
    case ')':
      closeGroup(state);
      break;
    case '|':
      alternate(state);
      break;
    case '.':
      emit(state, flags.s ? '[^]' : '[^\\n]');
      break;
    case '^':
      emit(state, flags.m ? '(?<![^\\n])' : '(?<![^])');
      break;
    case '$':
      emit(state, flags.m ? '(?![^\\n])' : '(?![^])');
      break;
    case '{':
      emit(state, /^\{\d+(?:,\d*)?\}/.test(text.slice(index)) ? '{' : '\\{');
      break;
    case '}':
      emit(state, /\{\d+(?:,\d*)?\}$/.test(text.slice(0, index + 1)) ? '}' : '\\}');
      break;
    case ']':
    case '/':
      emit(state, `\\${char}`);
      break;
    default:
      emit(state, char);
  }
}

function emit(state: State, source: string): void {
  state.source += source;
}

function top({ groups }: State): Group {
  return groups.at(-1)!;
}

function refuse({ text }: State, reason: string): SyntaxError {
  return new SyntaxError(`Invalid regular expression in Go's syntax: ${text}: ${reason}`);
}

/** A flag holds to the end of its group, across `|`, which JavaScript can only say alternative by alternative. */
function alternate(state: State): void {
  const { flags } = top(state);
  closeWrap(state);
  emit(state, '|');
  openWrap(state, flags);
}

function openWrap(state: State, flags: Flags): void {
  const group = top(state);
  group.flags = flags;
  group.wrapped = flags.i;
  if (flags.i) emit(state, '(?i:');
}

function closeWrap(state: State): void {
  if (top(state).wrapped) emit(state, ')');
  top(state).wrapped = false;
}

function openGroup(state: State): void {
  const rest = state.text.slice(state.index);
  const { flags } = top(state);
  const named = /^\?P?<(\w+)>/.exec(rest);
  const flagged = /^\?([imsU]*)(?:-([imsU]+))?([:)])/.exec(rest);
  if (named !== null) state.names.push(named[1]!);
  else if (flagged !== null) {
    openFlagged(state, flagged);
    return;
  } else if (rest.startsWith('?')) throw refuse(state, 'Go knows no such group');
  else state.names.push('');
  state.index += named?.[0].length ?? 0;
  emit(state, '(');
  state.groups.push({ flags, wrapped: false });
}

function openFlagged(state: State, [all, on, off = '', end]: RegExpExecArray): void {
  if (`${on}${off}`.includes('U')) throw refuse(state, 'the flag U is not supported');
  const before = top(state).flags;
  const flag = (name: keyof Flags) => !off.includes(name) && (on!.includes(name) || before[name]);
  const flags: Flags = { i: flag('i'), m: flag('m'), s: flag('s') };
  state.index += all.length;
  if (end === ':') {
    emit(state, flags.i === before.i ? '(?:' : flags.i ? '(?i:' : '(?-i:');
    state.groups.push({ flags, wrapped: false });
    return;
  }
  if (before.i && !flags.i) throw refuse(state, '(?-i) is supported as (?-i:…) only');
  closeWrap(state);
  openWrap(state, flags);
}

function closeGroup(state: State): void {
  if (state.groups.length === 1) throw refuse(state, 'unexpected )');
  closeWrap(state);
  emit(state, ')');
  state.groups.pop();
}

function readBackslash(state: State): void {
  const { text } = state;
  const char = text[state.index];
  if (char === undefined) throw refuse(state, 'trailing backslash');
  if (char === 'Q') {
    quote(state);
    return;
  }
  const assertion = { A: '(?<![^])', z: '(?![^])', b: '\\b', B: '\\B' }[char];
  state.index += assertion === undefined ? 0 : 1;
  emit(state, assertion ?? readEscape(state, false));
}

function quote(state: State): void {
  const end = state.text.indexOf('\\E', state.index);
  const literal = state.text.slice(state.index + 1, end < 0 ? undefined : end);
  for (const char of literal) emit(state, SYNTAX.test(char) ? `\\${char}` : char);
  state.index = end < 0 ? state.text.length : end + 2;
}

/** What stands behind a backslash, in a bracket or outside. */
function readEscape(state: State, inBracket: boolean): string {
  const rest = state.text.slice(state.index);
  const take = (length: number, source: string) => {
    state.index += length;
    return source;
  };
  const hex = /^x(?:\{([0-9A-Fa-f]{1,6})\}|([0-9A-Fa-f]{2}))/.exec(rest);
  if (hex !== null) return take(hex[0].length, `\\u{${hex[1] ?? hex[2]}}`);
  const octal = /^[0-7]{2,3}|^0/.exec(rest);
  if (octal !== null) {
    return take(octal[0].length, `\\u{${Number.parseInt(octal[0], 8).toString(16)}}`);
  }
  const unicode = /^([pP])(?:\{(\^?)(\w+)\}|([A-Z]))/.exec(rest);
  if (unicode !== null) {
    const [all, letter, caret, long, short] = unicode;
    const negated = (letter === 'P') !== (caret === '^');
    return take(all.length, `\\${negated ? 'P' : 'p'}{${unicodeClass(long ?? short!)}}`);
  }
  const char = String.fromCodePoint(rest.codePointAt(0)!);
  if (char === 's') return take(1, inBracket ? SPACE : `[${SPACE}]`);
  if (char === 'S') return take(1, inBracket ? '\\S' : `[^${SPACE}]`);
  if (char === 'a') return take(1, '\\x07');
  if (/[dDwWfnrtv]/.test(char)) return take(1, `\\${char}`);
  if (/[0-9A-Za-z]/.test(char)) throw refuse(state, `Go knows no \\${char}`);
  if (char === '-') return take(1, inBracket ? '\\-' : '-');
  return take(char.length, SYNTAX.test(char) ? `\\${char}` : char);
}

function unicodeClass(name: string): string {
  return /^[CLMNPSZ][a-z]?$/.test(name) ? name : `Script=${name}`;
}

/** A class in brackets; POSIX names become ranges. A bracket first in it stands for itself. */
function bracket(state: State): void {
  const { text } = state;
  emit(state, '[');
  if (text[state.index] === '^') {
    emit(state, '^');
    state.index += 1;
  }
  for (let first = true; ; first = false) {
    const char = text[state.index];
    if (char === undefined) throw refuse(state, 'missing ]');
    if (char === ']' && !first) break;
    readMember(state, char);
  }
  state.index += 1;
  emit(state, ']');
}

function readMember(state: State, char: string): void {
  const posix = /^\[:(\^?)(\w+):\]/.exec(state.text.slice(state.index));
  if (posix !== null) {
    const range = Object.hasOwn(POSIX, posix[2]!) ? POSIX[posix[2]!] : undefined;
    if (range === undefined || posix[1] === '^')
      throw refuse(state, `${posix[0]} is not supported`);
    state.index += posix[0].length;
    emit(state, range);
    return;
  }
  state.index += 1;
  if (char === '\\' && state.index >= state.text.length) throw refuse(state, 'trailing backslash');
  const literal = SYNTAX.test(char) ? `\\${char}` : char;
  emit(state, char === '\\' ? readEscape(state, true) : literal);
}
