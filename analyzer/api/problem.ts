// What went wrong with one request, thrown where it is noticed and answered where the routes are mounted.
import { type Problem, sendProblem } from '../../service/problem.ts';

export { type Problem, sendProblem };

export class ProblemError extends Error {
  readonly problem: Problem;
  /** Seconds after which to ask again. */
  readonly retryAfter: number | undefined;
  constructor(problem: Problem, retryAfter?: number) {
    super(problem.detail);
    this.name = 'ProblemError';
    this.problem = problem;
    this.retryAfter = retryAfter;
  }
}

export function notFound(detail: string): ProblemError {
  return new ProblemError({ status: 404, title: 'Not found', detail });
}

export function badRequest(detail: string, errors?: Problem['errors']): ProblemError {
  const problem = { status: 400, title: 'Invalid request', detail };
  return new ProblemError(errors === undefined ? problem : { ...problem, errors });
}

export function busy(detail: string, retryAfter: number): ProblemError {
  return new ProblemError({ status: 503, title: 'Busy', detail }, retryAfter);
}
