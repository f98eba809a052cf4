// JSON lines and regular expressions with named groups, for logs that are not in the combined format.
import {
  type AccessLogEntry,
  inSeconds,
  methodOf,
  type ParseAccessLogLine,
  parseAmount,
  parseStatus,
  presence,
  type TimeUnit,
} from './entry.ts';

/** What an entry is made of; in a regular expression these are the names of the groups. */
export const FIELD_NAMES = [
  'status',
  'method',
  'request',
  'bytes',
  'seconds',
  'ip',
  'cookie',
] as const;
export type FieldName = (typeof FIELD_NAMES)[number];

export interface FieldParserOptions {
  readonly unit: TimeUnit;
  readonly session: 'ip' | 'cookie' | undefined;
}

type ReadField = (name: FieldName) => string | undefined;

/** @param paths which key holds the field; dots lead into objects unless there is a key with the dots. */
export function createJsonParser(
  paths: Readonly<Partial<Record<FieldName, string>>>,
  options: FieldParserOptions,
): ParseAccessLogLine {
  return (line) => {
    const root = parseObject(line);
    if (root === undefined) return undefined;
    return toEntry((name) => textAt(root, paths[name]), options);
  };
}

/** @param pattern matches the whole line and has at least the group `status`. */
export function createRegexParser(
  pattern: RegExp,
  options: FieldParserOptions,
): ParseAccessLogLine {
  return (line) => {
    const groups = pattern.exec(line)?.groups;
    return groups === undefined ? undefined : toEntry((name) => groups[name], options);
  };
}

function toEntry(
  read: ReadField,
  { unit, session }: FieldParserOptions,
): AccessLogEntry | undefined {
  const status = parseStatus(read('status'));
  if (status === undefined) return undefined;
  return {
    status,
    method: presence(read('method')) ?? methodOf(read('request') ?? ''),
    responseBytes: parseAmount(read('bytes')),
    seconds: inSeconds(parseAmount(read('seconds')), unit),
    session: session === undefined ? undefined : presence(read(session)),
  };
}

type JsonObject = Readonly<Record<string, unknown>>;

function parseObject(line: string): JsonObject | undefined {
  try {
    const value: unknown = JSON.parse(line);
    return isObject(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

function textAt(root: JsonObject, path: string | undefined): string | undefined {
  if (path === undefined) return undefined;
  let value: unknown = Object.hasOwn(root, path) ? root[path] : root;
  if (value === root) {
    for (const key of path.split('.')) {
      value = isObject(value) && Object.hasOwn(value, key) ? value[key] : undefined;
    }
  }
  if (typeof value === 'number') return formatNumber(value);
  return typeof value === 'string' ? value : undefined;
}

/** Never with an exponent: 1e-7 seconds is a number of the log like any other. */
function formatNumber(value: number): string {
  const text = String(value);
  return text.includes('e') ? value.toFixed(9) : text;
}

function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
