// When do failures of single queries mean that the server cannot be asked at all?
import { QueryError, type QueryErrorKind } from '../prometheus/querier.ts';

/** Two answers in a row that the server is away, or eight in a row that did not come in time, end the round. */
const WEIGHTS: Readonly<Record<Exclude<QueryErrorKind, 'rejected'>, number>> = {
  unavailable: 4,
  malformed: 4,
  timeout: 1,
};
const MAX_WEIGHT = 8;

export interface FailureCount {
  answered(): void;
  /**
   * Counts a failure that costs only what was asked. @throws what it was given when that is no {QueryError}, or when
   * the server is away.
   */
  failed(error: unknown): QueryError;
  /** @throws {QueryError} the last failure, when nothing at all was answered. */
  finish(): void;
}

/** For one round of queries. */
export function createFailureCount(): FailureCount {
  let weight = 0;
  let hasAnswered = false;
  let last: QueryError | undefined;
  const answered = () => {
    weight = 0;
    hasAnswered = true;
  };
  return {
    answered,
    failed(error) {
      if (!(error instanceof QueryError)) throw error;
      if (error.kind === 'rejected') {
        answered();
        return error;
      }
      last = error;
      weight += WEIGHTS[error.kind];
      if (weight >= MAX_WEIGHT) throw error;
      return error;
    },
    finish() {
      if (!hasAnswered && last !== undefined) throw last;
    },
  };
}
