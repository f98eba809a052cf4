// A dashboard as the text that is committed and that Grafana loads.
import type {
  AnnotationQuery,
  Dashboard,
  DashboardLink,
} from '@grafana/grafana-foundation-sdk/dashboard';

/** What Grafana 10.0 writes; newer ones raise it on loading, older ones cannot read newer. */
const SCHEMA_VERSION = 38;

/** The JSON text of a dashboard: panels numbered in reading order, so that regeneration changes nothing by itself. */
export function toJson(dashboard: Dashboard): string {
  const panels = (dashboard.panels ?? []).map((panel, index) => ({ ...panel, id: index + 1 }));
  const links = (dashboard.links ?? []).map(inSight);
  const list = (dashboard.annotations.list ?? []).map(forEveryVersion);
  const file = {
    ...dashboard,
    schemaVersion: SCHEMA_VERSION,
    annotations: { ...dashboard.annotations, list },
    links,
    panels,
  };
  return `${JSON.stringify(file, null, 2)}\n`;
}

/** The SDK moves every link into the menu of newer Grafanas; these lead a newcomer on and belong above the panels. */
function inSight({ placement: _, ...link }: DashboardLink): Omit<DashboardLink, 'placement'> {
  return link;
}

/**
 * Up to Grafana 11 the query of a mark is `expr` and `step`; later ones read `target`, and not all of them translate
 * (grafana/grafana#106737): with both, each finds its own.
 */
function forEveryVersion(annotation: AnnotationQuery) {
  const { expr, step } = annotation;
  return { ...annotation, target: { refId: 'Anno', expr, interval: step, range: true } };
}
