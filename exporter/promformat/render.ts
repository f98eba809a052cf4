// Metric families → Prometheus' text format 0.0.4.
import type { Labels, MetricFamily } from './family.ts';
import { escapeHelp, formatLabels } from './labels.ts';

/**
 * The body of /metrics: families by name, samples in the order of their collector, families without samples left out.
 * Label text is kept per label object, so a collector that hands out the same object again pays for its escaping once.
 */
export function createRenderer(): (families: readonly MetricFamily[]) => string {
  const known = new WeakMap<Labels, string>();
  const labelText = (labels: Labels): string => {
    let text = known.get(labels);
    if (text === undefined) {
      text = formatLabels(labels);
      known.set(labels, text);
    }
    return text;
  };
  return (families) =>
    families
      .filter((family) => family.samples.length > 0)
      .sort((a, b) => (a.name < b.name ? -1 : 1))
      .map((family) => renderFamily(family, labelText))
      .join('');
}

/** A number as Prometheus reads it: shortest exact decimal, integers without exponent, `NaN`, `+Inf`, `-Inf`. */
export function formatValue(value: number): string {
  if (value === Number.POSITIVE_INFINITY) return '+Inf';
  return value === Number.NEGATIVE_INFINITY ? '-Inf' : String(value);
}

function renderFamily(family: MetricFamily, labelText: (labels: Labels) => string): string {
  const { name, help, type, samples } = family;
  let text = `# HELP ${name} ${escapeHelp(help)}\n# TYPE ${name} ${type}\n`;
  for (const { labels, value, suffix } of samples) {
    text += `${name}${suffix ?? ''}${labelText(labels)} ${formatValue(value)}\n`;
  }
  return text;
}
