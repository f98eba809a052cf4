// Series as promtool's unit tests write them: `metric{label="value"}` and `1+2x3 _ 4x2 stale`.
// Source: https://prometheus.io/docs/prometheus/latest/configuration/unit_testing_rules/#series
const NUMBER = String.raw`[+-]?(?:\d+\.?\d*(?:e[+-]?\d+)?|Inf|NaN)`;
const REPEATED = new RegExp(`^(${NUMBER})(?:([+-])(${NUMBER}))?x(\\d+)$`, 'i');
const MAX_SAMPLES = 10_000;

export interface NamedLabels {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
}

/** @throws {Error} on what is no series. */
export function parseSelector(text: string): NamedLabels {
  const match = /^([A-Za-z_:][\w:]*)?\s*(?:\{(.*)\})?$/.exec(text.trim());
  if (match === null) throw new Error(`"${text}" is no series`);
  const pairs = [...(match[2] ?? '').matchAll(/(\w+)\s*=\s*("(?:[^"\\]|\\.)*")/g)];
  const labels = pairs.map(([, name = '', value = '']) => [name, JSON.parse(value) as string]);
  return { name: match[1] ?? '', labels: Object.fromEntries(labels) };
}

/** One entry for each step; undefined where there is no sample. @throws {Error} on another notation. */
export function parseValues(text: string): (number | undefined)[] {
  const values = text.trim().split(/\s+/).flatMap(parseValue);
  if (values.length > MAX_SAMPLES) throw new Error(`More than ${MAX_SAMPLES} samples in "${text}"`);
  return values;
}

function parseValue(token: string): (number | undefined)[] {
  if (token === '_' || token === 'stale') return [undefined];
  const gap = /^_x(\d+)$/.exec(token);
  if (gap !== null) return Array.from({ length: Number(gap[1]) }, () => undefined);
  const match = REPEATED.exec(token);
  if (match === null) return [parseNumber(token)];
  const [, first = '', sign, step = '0', times = '0'] = match;
  const change = (sign === '-' ? -1 : 1) * parseNumber(step);
  // `axn` is a and n more.
  return Array.from({ length: Number(times) + 1 }, (_, n) => parseNumber(first) + n * change);
}

function parseNumber(text: string): number {
  if (!new RegExp(`^${NUMBER}$`, 'i').test(text)) throw new Error(`"${text}" is no value`);
  return Number(text.replace(/inf/i, 'Infinity'));
}
