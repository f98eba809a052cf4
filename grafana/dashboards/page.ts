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
import { ahead, type DashboardName, UIDS, viewUrl } from './links.ts';
import { variables } from './variables.ts';

const TAG = 'latency-guard';
/** Of the pages that end now. Taking a time range from them to the forecasts would cut off the future, and back again empty every table. */
const NOW_TAG = 'latency-guard-now';

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
  /** Its time range reaches into the future. */
  readonly future?: boolean;
  readonly links?: readonly DashboardLinkBuilder[];
}

const LAST_HALF_HOUR = { from: 'now-30m', to: 'now' };

/** Builds one dashboard in the order in which it is read. */
export function page(spec: PageSpec): Dashboard {
  const builder = new DashboardBuilder(`Latency Guard / ${spec.title}`)
    .uid(UIDS[spec.name])
    .description(spec.description)
    .tags(spec.future ? [TAG] : [TAG, NOW_TAG])
    .time(spec.time ?? LAST_HALF_HOUR)
    .refresh(spec.refresh ?? '10s')
    .tooltip(DashboardCursorSync.Crosshair)
    .variables([...variables(), ...(spec.variables ?? [])])
    .annotations([...spec.annotations])
    .link(siblings(spec.future !== true));
  if (!spec.future) builder.link(toForecast());
  for (const link of spec.links ?? []) builder.link(link);
  for (const [title, panels] of Object.entries(spec.rows)) {
    builder.withRow(new RowBuilder(title));
    for (const panel of panels()) builder.withPanel(panel);
  }
  return builder.build();
}

function siblings(keepTime: boolean): DashboardLinkBuilder {
  return new DashboardLinkBuilder('Latency Guard')
    .type(DashboardLinkType.Dashboards)
    .tags([NOW_TAG])
    .asDropdown(true)
    .includeVars(true)
    .keepTime(keepTime);
}

function toForecast(): DashboardLinkBuilder {
  return new DashboardLinkBuilder('Forecast')
    .type(DashboardLinkType.Link)
    .icon('dashboard')
    .tooltip('What comes, how sure it is, and how right earlier forecasts were')
    .url(viewUrl('forecast', [], ahead('10m')));
}
