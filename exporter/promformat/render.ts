// Metric families → Prometheus' text format 0.0.4.
import type { Labels, MetricFamily } from './family.ts';
import { escapeHelp, formatLabels } from './labels.ts';

/** All are made anew when there are more. */
const MAX_KEPT_HEADS = 2000;
const FIRST_BYTES = 64 * 1024;
/** Of one UTF-16 unit in UTF-8. */
const MAX_BYTES_PER_UNIT = 3;

/** The body of /metrics: families by name, samples in the order of their collector, families without samples left out. */
export function render(families: readonly MetricFamily[]): string {
  return createRenderer()(families).toString();
}

/**
 * The same as bytes, followed by a text of somebody else: line by line into one buffer, which makes nothing that had to be
 * collected again. The buffer is a new one each time, as the last one may still be on its way, and as large as that one had to be.
 */
export function createRenderer(): (families: readonly MetricFamily[], rest?: string) => Buffer {
  let size = FIRST_BYTES;
  const heads = new Map<string, Head>();
  return (families, rest = '') => {
    const out = { buffer: Buffer.allocUnsafeSlow(size), length: 0 };
    const told = families.filter(({ samples }) => samples.length > 0);
    told.sort((a, b) => (a.name < b.name ? -1 : 1));
    if (heads.size > MAX_KEPT_HEADS) heads.clear();
    for (const family of told) {
      write(out, headOf(heads, family));
      writeSamples(out, family);
    }
    write(out, rest);
    size = out.buffer.length;
    return out.buffer.subarray(0, out.length);
  };
}

/** The line of a sample up to its value. */
export function formatLineStart(name: string, labels: Labels): string {
  return `${name}${formatLabels(labels)} `;
}

/** A number as Prometheus reads it: shortest exact decimal, integers without exponent, `NaN`, `+Inf`, `-Inf`. */
export function formatValue(value: number): string {
  if (value === Number.POSITIVE_INFINITY) return '+Inf';
  return value === Number.NEGATIVE_INFINITY ? '-Inf' : String(value);
}

interface Output {
  buffer: Buffer;
  length: number;
}

interface Head {
  readonly help: string;
  readonly type: string;
  readonly text: string;
}

function headOf(heads: Map<string, Head>, { name, help, type }: MetricFamily): string {
  const known = heads.get(name);
  if (known !== undefined && known.help === help && known.type === type) return known.text;
  const text = `# HELP ${name} ${escapeHelp(help)}\n# TYPE ${name} ${type}\n`;
  heads.set(name, { help, type, text });
  return text;
}

function writeSamples(out: Output, { name, samples }: MetricFamily): void {
  for (let index = 0; index < samples.length; index += 1) {
    const { labels, value, suffix = '', lineStart, line } = samples[index]!;
    if (line === undefined) {
      write(out, lineStart ?? formatLineStart(name + suffix, labels));
      write(out, `${formatValue(value)}\n`);
    } else write(out, line);
  }
}

function write(out: Output, text: string): void {
  const most = out.length + text.length * MAX_BYTES_PER_UNIT;
  if (most > out.buffer.length) {
    const larger = Buffer.allocUnsafeSlow(Math.max(2 * out.buffer.length, most));
    out.buffer.copy(larger, 0, 0, out.length);
    out.buffer = larger;
  }
  out.length += out.buffer.write(text, out.length, 'utf8');
}
