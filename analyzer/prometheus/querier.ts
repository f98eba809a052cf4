// The two questions that the engine asks of a Prometheus-compatible server, and how they can fail.
import type { Point, Series } from '../series/series.ts';

export interface Querier {
  /** The instant vector of an expression at a Unix time in seconds. @throws {QueryError} */
  instant(promql: string, at: number): Promise<Point[]>;
  /** Every series of an expression on the grid `from, from + step, … ≤ to` (Unix seconds). @throws {QueryError} */
  range(promql: string, grid: Grid): Promise<Series[]>;
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
