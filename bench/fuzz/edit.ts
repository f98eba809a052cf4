// Changes that turn a valid input into a nearly valid one, which is where parsers break.

export type Edit =
  /** Places are shares of the length, so that one edit fits every input. */
  | { readonly kind: 'insert'; readonly at: number; readonly text: string }
  | { readonly kind: 'replace'; readonly at: number; readonly span: number; readonly text: string }
  | { readonly kind: 'remove'; readonly at: number; readonly span: number }
  | { readonly kind: 'repeat'; readonly at: number; readonly span: number; readonly times: number }
  | { readonly kind: 'move'; readonly at: number; readonly span: number; readonly to: number };

export const EDIT_KINDS = ['insert', 'replace', 'remove', 'repeat', 'move'] as const;

/** What parsers, pages, shells and queries stumble over. */
export const TOKENS: readonly string[] = [
  ...['', ' ', '\t', '\n', '\r\n', '\r', '\0', '\v', '\u2028', '\u2029', '\u00a0', '\ufeff'],
  ...['\ud800', '\udfff', '\u{1f600}', '\u0301', '\u202e', '\x1b[31m', '\x7f', '\xff', '\x80'],
  ...['"', "'", '`', '\\', '\\"', '\\n', '\\x00', '\\u0000', '\\E', '[\\', '[[:alpha:]]'],
  ...['(', ')', '[', ']', '{', '}', '<', '>', '((', '<<', '{{', '}}', '${', '$(', '<!--', ']]>'],
  ...['<script>', '"><img src=x>', '</style>', '&lt;', '&#0;', "' or 1=1--", '{{.Comm}}'],
  ...['0', '-1', '1e309', '-0', '.5', '1.', '0x10', 'NaN', '+Inf', 'Infinity', '١'],
  ...['4294967296', '9007199254740993', '18446744073709551616', `1${'0'.repeat(400)}`],
  ...['__proto__', 'constructor', 'toString', 'hasOwnProperty', 'null', 'undefined', 'true'],
  ...['..', '../', '/..', '//', '%00', '%2e%2e', '%', '--', '-', '-o', '~', '*', '?', '!', '#'],
  ...['=', ',', ':', ';', '|', '&', '^', '$', '@', '.', '+', '_', '/', ': ', ' - ', '- ', '|-'],
  ...['&a ', '*a', '!!js/function', '? ', '%YAML 1.1', '---', '...', 'a'.repeat(64)],
  ...['constructor-', '\x00\x00\x00\x00', '\xff\xff\xff\xff', '\x80\x80\x80\x80\x10', '\x0a\x80'],
];

/** O(length). Never longer than `maxChars`. */
export function applyEdit(text: string, edit: Edit, maxChars: number): string {
  const at = Math.floor(edit.at * text.length);
  return changed(text, edit, at).slice(0, maxChars);
}

function changed(text: string, edit: Edit, at: number): string {
  if (edit.kind === 'insert') return text.slice(0, at) + edit.text + text.slice(at);
  const end = Math.min(text.length, at + edit.span);
  const part = text.slice(at, end);
  const rest = text.slice(0, at) + text.slice(end);
  switch (edit.kind) {
    case 'replace':
      return text.slice(0, at) + edit.text + text.slice(end);
    case 'remove':
      return rest;
    case 'repeat':
      return text.slice(0, at) + part.repeat(edit.times) + text.slice(end);
    case 'move': {
      const to = Math.floor(edit.to * rest.length);
      return rest.slice(0, to) + part + rest.slice(to);
    }
  }
}
