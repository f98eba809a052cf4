// A configuration schema as rows of a table: one key, what may be written there, its default and what it is for.
import { z } from 'zod';

/** What JSON Schema says of a part, as far as it is shown. `duration` is our own word (service/config.ts). */
interface Part {
  readonly type?: string | readonly string[];
  readonly description?: string;
  readonly default?: unknown;
  readonly const?: unknown;
  readonly enum?: readonly unknown[];
  readonly minimum?: number;
  readonly maximum?: number;
  readonly exclusiveMinimum?: number;
  readonly exclusiveMaximum?: number;
  readonly minItems?: number;
  readonly maxItems?: number;
  readonly duration?: { readonly min?: number; readonly max?: number };
  readonly properties?: Readonly<Record<string, Part>>;
  readonly required?: readonly string[];
  readonly items?: Part;
  readonly additionalProperties?: Part | boolean;
  readonly anyOf?: readonly Part[];
  readonly oneOf?: readonly Part[];
}

export interface Row {
  /** `ping.targets[].address`; `<name>` stands for a key that the user chooses. */
  readonly path: string;
  readonly form: string;
  /** As it would be written; undefined = there is none. */
  readonly fallback: string | undefined;
  readonly isRequired: boolean;
  readonly description: string | undefined;
}

/** As large integers JSON Schema's own bounds are no bounds that anybody wrote. */
const NO_BOUND = Number.MAX_SAFE_INTEGER;
/** Longer lists of words are shown by their beginning. */
const MAX_WORDS = 24;

/** Every key that may be written, in the order of the schema. */
export function schemaRows(schema: z.ZodType): Row[] {
  const options = { io: 'input', unrepresentable: 'any', override: restoreDefault } as const;
  return rowsOf(z.toJSONSchema(schema, options) as Part, '');
}

/** zod leaves a default out where the value is changed after it; ours read the same before and after. */
function restoreDefault(context: { zodSchema: z.core.$ZodTypes; jsonSchema: object }): void {
  const { def } = context.zodSchema._zod;
  if (def.type === 'default') Object.assign(context.jsonSchema, { default: def.defaultValue });
}

function rowsOf(part: Part, prefix: string): Row[] {
  const own = Object.entries(part.properties ?? {}).flatMap(([key, child]) => {
    const path = `${prefix}${key}`;
    const row = {
      path,
      form: formOf(child),
      fallback: fallbackOf(child),
      isRequired: part.required?.includes(key) === true && child.default === undefined,
      description: child.description,
    };
    return [row, ...rowsOf(child, `${path}.`)];
  });
  return firstOfEach([...own, ...nestedRows(part, prefix)]);
}

/** Parts of a list, of a map, and the alternatives of a choice, below the same path. */
function nestedRows(part: Part, prefix: string): Row[] {
  const stem = prefix.replace(/\.$/, '');
  const { items, additionalProperties: values } = part;
  return [
    ...(items === undefined ? [] : rowsOf(items, `${stem}[].`)),
    ...(typeof values === 'object' ? rowsOf(values, `${stem}.<name>.`) : []),
    ...[...(part.anyOf ?? []), ...(part.oneOf ?? [])].flatMap((choice) => rowsOf(choice, prefix)),
  ];
}

/** Alternatives share keys; what may be written there is put together. */
function firstOfEach(rows: readonly Row[]): Row[] {
  const merged = new Map<string, Row>();
  for (const row of rows) {
    const before = merged.get(row.path);
    if (before === undefined) merged.set(row.path, row);
    else if (!before.form.split(' or ').includes(row.form))
      merged.set(row.path, { ...before, form: `${before.form} or ${row.form}` });
  }
  return [...merged.values()];
}

function formOf(part: Part): string {
  if (part.duration !== undefined) return `duration${spanOf(part.duration)}`;
  if (part.const !== undefined) return word(part.const);
  if (part.enum !== undefined) return words(part.enum);
  const choices = [...(part.anyOf ?? []), ...(part.oneOf ?? [])];
  if (choices.length > 0) return [...new Set(choices.map(formOf))].join(' or ');
  if (part.items !== undefined) return `list of ${plural(formOf(part.items))}`;
  const { type = 'any' } = part;
  if (typeof type !== 'string')
    return type.map((each) => (each === 'string' ? 'text' : each)).join(' or ');
  if (type === 'object') return isMap(part) ? `map of names to ${mapForm(part)}` : 'section';
  if (type === 'string') return 'text';
  if (type === 'boolean') return '`true` or `false`';
  return `${type}${boundsOf(part)}`;
}

const plural = (form: string): string => (form === 'section' ? 'sections' : form);

function isMap({ properties, additionalProperties }: Part): boolean {
  return properties === undefined && additionalProperties !== undefined;
}

function mapForm({ additionalProperties }: Part): string {
  return typeof additionalProperties === 'object' ? formOf(additionalProperties) : 'any';
}

function words(all: readonly unknown[]): string {
  const shown = all.slice(0, MAX_WORDS).map(word).join(', ');
  return all.length > MAX_WORDS ? `${shown}, … (${all.length})` : shown;
}

const word = (value: unknown): string => `\`${String(value)}\``;

function boundsOf(part: Part): string {
  const low = part.minimum ?? part.exclusiveMinimum;
  const high = part.maximum ?? part.exclusiveMaximum;
  const from = low === undefined || low <= -NO_BOUND ? undefined : low;
  const to = high === undefined || high >= NO_BOUND ? undefined : high;
  const above = part.exclusiveMinimum !== undefined ? 'above ' : '';
  if (from !== undefined && to !== undefined) return ` ${above}${from} to ${to}`;
  if (from !== undefined) return above === '' ? ` from ${from}` : ` above ${from}`;
  return to === undefined ? '' : ` up to ${to}`;
}

function spanOf({ min, max }: { readonly min?: number; readonly max?: number }): string {
  if (min !== undefined && max !== undefined) return ` ${spell(min)} to ${spell(max)}`;
  if (min !== undefined) return ` from ${spell(min)}`;
  return max === undefined ? '' : ` up to ${spell(max)}`;
}

const UNITS = [
  ['d', 86_400],
  ['h', 3_600],
  ['m', 60],
  ['s', 1],
] as const;

/** In the largest unit that divides it, as people write it: 86400 → 1d. */
function spell(seconds: number): string {
  if (seconds < 1) return seconds === 0 ? '0s' : `${Math.round(seconds * 1000)}ms`;
  const [unit, size] = UNITS.find(([, each]) => seconds % each === 0) ?? ['s', 1];
  return `${seconds / size}${unit}`;
}

/** Sections have the defaults of their keys. */
function fallbackOf(part: Part): string | undefined {
  const { default: value } = part;
  if (value === undefined) return undefined;
  if (part.properties !== undefined && isEmptyObject(value)) return undefined;
  if (value === '') return "`''`";
  return typeof value === 'string' ? `\`${value}\`` : `\`${JSON.stringify(value)}\``;
}

function isEmptyObject(value: unknown): boolean {
  return typeof value === 'object' && value !== null && Object.keys(value).length === 0;
}
