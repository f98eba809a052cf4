// The house style of panels: what every panel must have (description, unit, thresholds, legend) is asked for here, once.
import type { Builder, Dataquery } from '@grafana/grafana-foundation-sdk/cog';
import {
  GraphThresholdsStyleConfigBuilder,
  GraphThresholdsStyleMode,
  LegendDisplayMode,
  LegendPlacement,
  type ReduceDataOptions,
  ReduceDataOptionsBuilder,
  SortOrder,
  StackingConfigBuilder,
  StackingMode,
  TooltipDisplayMode,
  VisibilityMode,
  VizLegendOptionsBuilder,
  VizTooltipOptionsBuilder,
} from '@grafana/grafana-foundation-sdk/common';
import {
  type DynamicConfigValue,
  FieldColorBuilder,
  FieldColorModeId,
  type Threshold,
  type ThresholdsConfig,
  ThresholdsConfigBuilder,
  ThresholdsMode,
} from '@grafana/grafana-foundation-sdk/dashboard';
import { PanelBuilder as TableBuilder } from '@grafana/grafana-foundation-sdk/table';
import { PanelBuilder as GraphBuilder } from '@grafana/grafana-foundation-sdk/timeseries';
import { DATASOURCE, type Query, target } from './query.ts';

export interface PanelSpec {
  readonly title: string;
  /** What it shows, and how to read it, for someone who sees it for the first time. */
  readonly description: string;
  /** A unit id of Grafana, such as `percentunit`. */
  readonly unit: string;
  readonly queries: readonly Query[];
  /** Why the whole panel may rightly be empty. */
  readonly emptyWhen?: string;
  /** Columns of Grafana's 24. */
  readonly width: number;
  readonly height?: number;
  /** From which value on to warn (orange) and to alarm (red). Without them the panel has no opinion. */
  readonly warnAt?: number;
  readonly alarmAt?: number;
  /** A time range of its own that ends now, such as `6h`: on a page that shows the future, "now" is not its end. */
  readonly last?: string;
  /** For a graph with values below zero, mirrored ones included: an axis that begins at 0 would cut them off. */
  readonly belowZero?: boolean;
}

export interface TableSpec extends PanelSpec {
  /** Label or value column to heading, in the order shown; every other column is hidden. */
  readonly columns: Readonly<Record<string, string>>;
  readonly sortBy: { readonly heading: string; readonly descending: boolean };
}

const DEFAULT_HEIGHT = 8;

/** Lines over time. */
export function graph(spec: PanelSpec): GraphBuilder {
  const builder = dress(new GraphBuilder(), spec)
    .lineWidth(1)
    .fillOpacity(8)
    .showPoints(VisibilityMode.Never)
    .legend(
      new VizLegendOptionsBuilder()
        .displayMode(LegendDisplayMode.List)
        .placement(LegendPlacement.Bottom)
        .showLegend(true),
    )
    .tooltip(
      new VizTooltipOptionsBuilder().mode(TooltipDisplayMode.Multi).sort(SortOrder.Descending),
    );
  if (spec.belowZero === true) builder.axisCenteredZero(true);
  else builder.min(0);
  return spec.alarmAt === undefined ? builder : builder.thresholdsStyle(dashed());
}

/** Areas upon each other, where the parts add up to something. */
export function stacked(spec: PanelSpec): GraphBuilder {
  return graph(spec)
    .fillOpacity(60)
    .stacking(new StackingConfigBuilder().mode(StackingMode.Normal).group('parts'));
}

/** Rows of one moment: instant queries, columns named and ordered, the most urgent row first. */
export function table(spec: TableSpec): TableBuilder {
  const { columns, sortBy } = spec;
  const queries = spec.queries.map((query) => ({ ...query, shape: 'table' as const }));
  const names = Object.keys(columns);
  const builder = dress(new TableBuilder(), { ...spec, queries })
    .filterable(true)
    // Grafana shows the panel's text for "no data" in every empty cell, too: there a dash will do.
    .overrideByRegexp('.*', [property('noValue', '–')]);
  // An empty table is good news as a rule, so it says what its emptiness means; an empty graph is not.
  if (spec.emptyWhen !== undefined) builder.noValue(sentence(spec.emptyWhen));
  if (queries.length > 1) builder.withTransformation({ id: 'merge', options: {} });
  return builder
    .withTransformation({ id: 'filterFieldsByName', options: { include: { names } } })
    .withTransformation({
      id: 'organize',
      options: {
        excludeByName: {},
        indexByName: Object.fromEntries(names.map((name, index) => [name, index])),
        renameByName: columns,
      },
    })
    .withTransformation({
      id: 'sortBy',
      options: { fields: {}, sort: [{ field: sortBy.heading, desc: sortBy.descending }] },
    });
}

/** Properties of one column or line, by the name that is shown. */
export function property(id: string, value: unknown): DynamicConfigValue {
  return { id, value };
}

/** Always the same colour: that of a line with a fixed meaning. */
export function color(fixedColor: string): DynamicConfigValue {
  return property('color', { mode: 'fixed', fixedColor });
}

/** By its limits; lanes over time would take a scheme of their own between lowest and highest otherwise. */
export function colorByLimits(): FieldColorBuilder {
  return new FieldColorBuilder().mode(FieldColorModeId.Thresholds);
}

/** Limits of one column or line that are not those of the whole panel. */
export function ownLimits(at: Pick<PanelSpec, 'warnAt' | 'alarmAt'>): DynamicConfigValue {
  return property('thresholds', { mode: 'absolute', steps: limits(at) });
}

/** The last value of each series, for panels that show one number. */
export function lastValue(): Builder<ReduceDataOptions> {
  return new ReduceDataOptionsBuilder().calcs(['lastNotNull']).values(false).fields('');
}

/** Green until `warnAt`, orange until `alarmAt`, red from there. */
export function limits({ warnAt, alarmAt }: Pick<PanelSpec, 'warnAt' | 'alarmAt'>): Threshold[] {
  return [
    { value: null, color: 'green' },
    ...(warnAt === undefined ? [] : [{ value: warnAt, color: 'orange' }]),
    ...(alarmAt === undefined ? [] : [{ value: alarmAt, color: 'red' }]),
  ];
}

/** What every kind of panel has in common; the SDK's builders share these methods but no type. */
interface AnyPanelBuilder {
  title(title: string): this;
  description(description: string): this;
  unit(unit: string): this;
  datasource(datasource: typeof DATASOURCE): this;
  height(rows: number): this;
  span(columns: number): this;
  thresholds(thresholds: Builder<ThresholdsConfig>): this;
  withTarget(target: Builder<Dataquery>): this;
  timeFrom(timeFrom: string): this;
}

/** Gives a builder of any kind its title, description, unit, limits, size and queries. */
export function dress<B extends AnyPanelBuilder>(builder: B, spec: PanelSpec): B {
  builder
    .title(spec.title)
    .description(describe(spec))
    .unit(spec.unit)
    .datasource(DATASOURCE)
    .height(spec.height ?? DEFAULT_HEIGHT)
    .span(spec.width)
    .thresholds(new ThresholdsConfigBuilder().mode(ThresholdsMode.Absolute).steps(limits(spec)));
  if (spec.last !== undefined) builder.timeFrom(spec.last);
  for (const query of spec.queries) builder.withTarget(target(query));
  return builder;
}

/** The reasons for emptiness are part of the text: whoever wonders finds them there, and so does the end-to-end test. */
function describe({ description, emptyWhen, queries }: PanelSpec): string {
  const whole = emptyWhen === undefined ? [] : [`Empty when ${emptyWhen}.`];
  const reasons = new Set(queries.flatMap(({ emptyWhen: reason }) => reason ?? []));
  const single = [...reasons].map((reason) => {
    const names = queries.filter((query) => query.emptyWhen === reason).map(({ name }) => name);
    return `${names.join(', ')} ${names.length > 1 ? 'are' : 'is'} empty when ${reason}.`;
  });
  return [description, ...whole, ...single].join('\n\n');
}

function sentence(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}

function dashed(): GraphThresholdsStyleConfigBuilder {
  return new GraphThresholdsStyleConfigBuilder().mode(GraphThresholdsStyleMode.Dashed);
}
