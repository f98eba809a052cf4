// Labels of a series beside those that a synthetic metric adds.
import type { Labels } from '../../exporter/promformat/family.ts';

/**
 * Both, where the series' own label of the same name becomes `exported_…`, as Prometheus does it on a scrape:
 * https://prometheus.io/docs/prometheus/latest/configuration/configuration/#scrape_config (honor_labels).
 */
export function withOwnLabels(labels: Labels, own: Labels): Labels {
  const renamed: Record<string, string> = {};
  for (const [name, value] of Object.entries(labels)) {
    let free = name;
    while (free in own || (free !== name && free in labels)) free = `exported_${free}`;
    renamed[free] = value;
  }
  return { ...renamed, ...own };
}
