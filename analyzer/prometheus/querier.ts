// The two questions that the engine asks of a Prometheus-compatible server, and how they can fail.
import type { Labels } from '../series/labels.ts';
import type { Point, Series } from '../series/series.ts';

export interface Querier {
  /** The instant vector of an expression at a Unix time in seconds. @throws {QueryError} */
  instant(promql: string, at: number): Promise<Point[]>;
  /** Every series of an expression on the grid `from, from + step, … ≤ to` (Unix seconds). @throws {QueryError} */
  range(promql: string, grid: Grid): Promise<Series[]>;
  /** Undefined where everything that the server has is looked after. */
  readonly scope?: Scope | undefined;
}

/** The part of a fleet that is looked after. */
export interface Scope {
  /** Select it in an expression that is computed host by host (see `FeatureSource.perHost`), when sent by this querier. */
  readonly labels: Labels;
  /** Whether a series of any other expression is part of it. */
  owns(labels: Labels): boolean;
}

/** The matchers for an expression: none where the querier asks for everything, or where it mixes hosts. */
export function scopeOf(
  { scope }: Querier,
  { perHost }: { readonly perHost?: boolean | undefined },
): Labels {
  return (perHost === true ? scope?.labels : undefined) ?? {};
}

export interface Grid {
  readonly from: number;
  readonly to: number;
  readonly step: number;
}

/** `unavailable` may pass by itself; `rejected` will not: the expression or the server's limits are at fault. */
export type QueryErrorKind = 'unavailable' | 'timeout' | 'rejected' | 'malformed';

export class QueryError extends Error {
  readonly kind: QueryErrorKind;
  constructor(kind: QueryErrorKind, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'QueryError';
    this.kind = kind;
  }
}
