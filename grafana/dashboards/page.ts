// What every dashboard has: name, time range, variables, event markers, links to the others, and rows of panels.
import type { Builder } from '@grafana/grafana-foundation-sdk/cog';
import {
  type AnnotationQueryBuilder,
  type Dashboard,
  DashboardBuilder,
  DashboardCursorSync,
  DashboardLinkBuilder,
  DashboardLinkType,
  type Panel,
  RowBuilder,
  type VariableModel,
} from '@grafana/grafana-foundation-sdk/dashboard';
import { type DashboardName, UIDS } from './links.ts';
import { variables } from './variables.ts';

const TAG = 'latency-guard';

export interface PageSpec {
  readonly name: DashboardName;
  /** Shown after the product's name. */
  readonly title: string;
  readonly description: string;
  /** Heading of a row to its panels. */
  readonly rows: Readonly<Record<string, () => Builder<Panel>[]>>;
  readonly annotations: readonly AnnotationQueryBuilder[];
  /** Beside data source, job, host and group. */
  readonly variables?: readonly Builder<VariableModel>[];
  readonly time?: { readonly from: string; readonly to: string };
  readonly refresh?: string;
  readonly links?: readonly DashboardLinkBuilder[];
}

const LAST_HALF_HOUR = { from: 'now-30m', to: 'now' };

/** Builds one dashboard in the order in which it is read. */
export function page(spec: PageSpec): Dashboard {
  const builder = new DashboardBuilder(`Latency Guard / ${spec.title}`)
    .uid(UIDS[spec.name])
    .description(spec.description)
    .tags([TAG])
    .time(spec.time ?? LAST_HALF_HOUR)
    .refresh(spec.refresh ?? '10s')
    .tooltip(DashboardCursorSync.Crosshair)
    .variables([...variables(), ...(spec.variables ?? [])])
    .annotations([...spec.annotations])
    .link(siblings());
  for (const link of spec.links ?? []) builder.link(link);
  for (const [title, panels] of Object.entries(spec.rows)) {
    builder.withRow(new RowBuilder(title));
    for (const panel of panels()) builder.withPanel(panel);
  }
  return builder.build();
}

function siblings(): DashboardLinkBuilder {
  return new DashboardLinkBuilder('Latency Guard')
    .type(DashboardLinkType.Dashboards)
    .tags([TAG])
    .asDropdown(true)
    .includeVars(true)
    .keepTime(true);
}
