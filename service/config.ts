// Strict YAML configuration: unknown keys, wrong types and duplicate keys are all reported at once, each with file, line and path.
import { readFileSync } from 'node:fs';
import { type Document, isMap, LineCounter, parseDocument } from 'yaml';
import { z } from 'zod';
import { ConfigError } from './config-error.ts';
import { parseDuration } from './duration.ts';

const MAX_CONFIG_BYTES = 4 * 1024 * 1024;
const MAX_ALIASES = 100;

export { ConfigError };

/** A Prometheus duration in YAML, seconds in the parsed value. Its bounds are told to whoever describes the schema. */
export const duration = (bounds: { min?: number; max?: number } = {}) =>
  z
    .string({ error: 'expected a duration such as 15s, 5m or 1h30m' })
    .meta({ duration: bounds })
    .transform((text, context) => {
      const seconds = parseDuration(text);
      const { min = 0, max = Number.POSITIVE_INFINITY } = bounds;
      if (seconds === undefined) {
        context.addIssue(`"${text}" is not a duration such as 15s, 5m or 1h30m`);
        return z.NEVER;
      }
      if (seconds < min || seconds > max) {
        context.addIssue(`"${text}" is out of range: ${min}s to ${max}s`);
        return z.NEVER;
      }
      return seconds;
    });

/** An http(s) base URL without trailing slash. */
export const httpUrl = () =>
  z
    .url({ protocol: /^https?$/, error: 'expected a URL such as http://127.0.0.1:9090' })
    .transform((text) => text.replace(/\/+$/, ''));

/**
 * Parses and validates one YAML text. An empty text means "all defaults".
 * @throws {ConfigError} with every problem found.
 */
export function parseConfig<T>(schema: z.ZodType<T>, text: string, file: string): T {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, uniqueKeys: true, logLevel: 'error' });
  if (document.errors.length > 0) {
    throw new ConfigError(
      document.errors.map(
        (error) => `${file}:${lines.linePos(error.pos[0]).line}: ${firstLine(error.message)}`,
      ),
    );
  }
  const result = schema.safeParse(toValue(document, file) ?? {});
  if (result.success) return result.data;
  const where = (path: readonly PropertyKey[]) =>
    `${file}:${lineOf(document, lines, path)}: ${formatPath(path)}`;
  throw new ConfigError(result.error.issues.flatMap((issue) => describe(issue, where)));
}

/**
 * Reads, parses and validates a configuration file; without a file, the schema's defaults.
 * @throws {ConfigError} also when the file cannot be read.
 */
export function loadConfig<T>(schema: z.ZodType<T>, file: string | undefined): T {
  if (file === undefined) return parseConfig(schema, '', 'defaults');
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (cause) {
    throw new ConfigError([`${file}: cannot be read: ${(cause as Error).message}`]);
  }
  if (text.length > MAX_CONFIG_BYTES) {
    throw new ConfigError([`${file}: larger than ${MAX_CONFIG_BYTES} bytes`]);
  }
  return parseConfig(schema, text, file);
}

/** An alias to nothing, or to too much (a few lines can mean gigabytes), is known only now. */
function toValue(document: Document, file: string): unknown {
  try {
    return document.toJS({ maxAliasCount: MAX_ALIASES });
  } catch (cause) {
    throw new ConfigError([`${file}: ${firstLine((cause as Error).message)}`]);
  }
}

type Issue = z.core.$ZodIssue;

function describe(issue: Issue, where: (path: readonly PropertyKey[]) => string): string[] {
  switch (issue.code) {
    case 'unrecognized_keys':
      return issue.keys.map((key) => `${where([...issue.path, key])}: unknown key`);
    case 'invalid_value':
      return [`${where(issue.path)}: expected ${issue.values.map(String).join(', ')}`];
    case 'invalid_key':
      return [`${where(issue.path)}: ${issue.issues[0]?.message ?? issue.message}`];
    default:
      return [`${where(issue.path)}: ${issue.message.replace(/^Invalid input: /, '')}`];
  }
}

function formatPath(path: readonly PropertyKey[]): string {
  const text = path
    .map((part) => (typeof part === 'number' ? `[${part}]` : `.${String(part)}`))
    .join('');
  return text.replace(/^\./, '') || '(top level)';
}

/** The line of the deepest part of the path that the document has: a missing key points at its parent. */
function lineOf(document: Document, lines: LineCounter, path: readonly PropertyKey[]): number {
  for (let depth = path.length; depth > 0; depth -= 1) {
    const parent = document.getIn(path.slice(0, depth - 1), true);
    const pair = isMap(parent)
      ? parent.items.find((item) => String(item.key) === String(path[depth - 1]))
      : undefined;
    const node = (pair?.key ?? document.getIn(path.slice(0, depth), true)) as
      | { range?: [number, number, number] }
      | undefined;
    if (node?.range) return lines.linePos(node.range[0]).line;
  }
  return 1;
}

function firstLine(text: string): string {
  return text.split('\n', 1)[0]!.replace(/ at line \d+, column \d+:?$/, '');
}
