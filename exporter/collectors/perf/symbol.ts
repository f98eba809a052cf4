// Names of functions and objects as people read them, without the arguments of functions and types, bounded.

const MAX_OBJECT_CHARS = 64;
/** Whoever may be recorded chooses the names of its functions, and long ones cost their square. */
const MAX_READ_CHARS = 1_000;
/** Parts in brackets that are names and not arguments. */
const NAMES_IN_BRACKETS = /\(anonymous namespace\)|operator(?:\(\)|<=>|<<=?|>>=?|<=?|>=?|->\*?)/g;
/** Stands for one of them meanwhile; printable text has no characters for private use. */
const MARK = /\uE000(\d+)\uE001/g;

/**
 * `std::vector<int>::push_back(int const&) [clone .isra.0]` → `std::vector<…>::push_back`; of a script the path is left out.
 * Names come from symbol tables and from files that the process itself writes: they can be anything.
 */
export function shortenSymbol(symbol: string, maxChars: number): string {
  const kept: string[] = [];
  const marked = printable(symbol.slice(0, MAX_READ_CHARS)).replace(
    NAMES_IN_BRACKETS,
    (name) => `\uE000${kept.push(name) - 1}\uE001`,
  );
  const short = withoutScriptPath(withoutTypeArguments(marked))
    .replace(/\(.*$/, '')
    .replace(/ \[clone .*$/, '')
    .replace(/(\.(isra|part|constprop|cold|lto_priv|llvm)(\.\d+)?)+$/, '')
    .replace(/::h[0-9a-f]{16}$/, '')
    .trim()
    .replace(MARK, (_mark, index: string) => kept[Number(index)] ?? '');
  return bound(short === '' ? '[unknown]' : short, maxChars);
}

/** `/usr/lib/libc.so.6` → `libc.so.6`, `/tmp/perf-12.map` (compiled while it ran) → `[jit]`. */
export function shortenObject(object: string): string {
  const plain = printable(object).replace(/ \(deleted\)$/, '');
  if (/(^|\/)(perf-\d+\.map|jitted-\d+-\d+\.so)$/.test(plain)) return '[jit]';
  if (plain === '' || plain === '//anon') return plain === '' ? '[unknown]' : '[anon]';
  if (plain.startsWith('[kernel.') || /(^|\/)vmlinux/.test(plain)) return '[kernel]';
  return bound(plain.slice(plain.lastIndexOf('/') + 1) || '[unknown]', MAX_OBJECT_CHARS);
}

/** A leading `<` belongs to the name, as in `JS:<anonymous>` or Rust's `<T as Trait>::f`; after a word it opens arguments. */
function withoutTypeArguments(name: string): string {
  let result = '';
  let depth = 0;
  let previous = '';
  for (const character of name) {
    if (character === '<' && (depth > 0 || /\w$/.test(result))) {
      if (depth === 0) result += '<…>';
      depth += 1;
    } else if (depth === 0) result += character;
    else if (character === '>' && previous !== '-') depth -= 1;
    previous = character;
  }
  return result;
}

/** V8 writes `JS:*handle file:///srv/shop/server.js:12:3`, or a path instead of the URL; the sign tells the compiler's tier. */
function withoutScriptPath(name: string): string {
  return name
    .replace(/^([A-Za-z]+:)[*~^+]+/, '$1')
    .replace(/ (?:\w+:\/\/)?\/?(?:[^/ ]*\/)+([^/ ]*)$/, ' $1');
}

function printable(text: string): string {
  return text.replace(/\p{C}/gu, ' ');
}

function bound(text: string, maxChars: number): string {
  return text.length > maxChars ? `${text.slice(0, maxChars - 1)}…` : text;
}
