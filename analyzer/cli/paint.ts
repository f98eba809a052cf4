// Colour where it helps, and only there: a terminal that wants it (https://no-color.org).

export type Paint = (text: string, style: Style) => string;
export type Style = keyof typeof CODES;

const CODES = { bold: 1, dim: 2, red: 31, green: 32, yellow: 33, blue: 34, cyan: 36 } as const;

interface Output {
  readonly isTTY?: boolean;
  readonly columns?: number;
}
type Environment = Readonly<Record<string, string | undefined>>;

/** Answers the text as it is where there is no terminal, NO_COLOR is set or the terminal is a dumb one. */
export function createPaint({ isTTY = false }: Output, env: Environment): Paint {
  const off = !isTTY || (env.NO_COLOR ?? '') !== '' || env.TERM === 'dumb';
  return off ? (text) => text : (text, style) => `\u001b[${CODES[style]}m${text}\u001b[0m`;
}

const DEFAULT_COLUMNS = 80;
const MIN_COLUMNS = 60;
const MAX_COLUMNS = 200;

/** Columns to write in: the terminal's, COLUMNS, or 80. */
export function columnsOf({ columns }: Output, env: Environment): number {
  const wanted = columns ?? Number(env.COLUMNS ?? DEFAULT_COLUMNS);
  if (!Number.isInteger(wanted) || wanted <= 0) return DEFAULT_COLUMNS;
  return Math.min(MAX_COLUMNS, Math.max(MIN_COLUMNS, wanted));
}

/** The locale says that only ASCII is understood. */
export function wantsAscii(env: Environment): boolean {
  const locale = env.LC_ALL || env.LC_CTYPE || env.LANG || '';
  return env.TERM === 'dumb' || /^(C|POSIX)$/.test(locale);
}
