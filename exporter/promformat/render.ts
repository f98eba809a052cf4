// Metric families → Prometheus' text format 0.0.4.
import type { Labels, MetricFamily } from './family.ts';
import { escapeHelp, formatLabels } from './labels.ts';

/** The body of /metrics: families by name, samples in the order of their collector, families without samples left out. */
export function render(families: readonly MetricFamily[]): string {
  return families
    .filter((family) => family.samples.length > 0)
    .sort((a, b) => (a.name < b.name ? -1 : 1))
    .map(renderFamily)
    .join('');
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

function renderFamily({ name, help, type, samples }: MetricFamily): string {
  let text = `# HELP ${name} ${escapeHelp(help)}\n# TYPE ${name} ${type}\n`;
  for (const { labels, value, suffix = '', lineStart } of samples) {
    text += lineStart ?? formatLineStart(name + suffix, labels);
    text += formatValue(value);
    text += '\n';
  }
  return text;
}
