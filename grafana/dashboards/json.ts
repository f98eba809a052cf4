// A dashboard as the text that is committed and that Grafana loads.
import type { Dashboard } from '@grafana/grafana-foundation-sdk/dashboard';

/** What Grafana 10.0 writes; newer ones raise it on loading, older ones cannot read newer. */
const SCHEMA_VERSION = 38;

/** The JSON text of a dashboard: panels numbered in reading order, so that regeneration changes nothing by itself. */
export function toJson(dashboard: Dashboard): string {
  const panels = (dashboard.panels ?? []).map((panel, index) => ({ ...panel, id: index + 1 }));
  const file = { ...dashboard, schemaVersion: SCHEMA_VERSION, panels };
  return `${JSON.stringify(file, null, 2)}\n`;
}
