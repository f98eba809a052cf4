// Errors of a JSON API as RFC 9457 wants them: application/problem+json.
import type { Response } from 'express';

export interface Problem {
  readonly status: number;
  readonly title: string;
  /** What was tried, with what, what happened, what to do. */
  readonly detail: string;
  /** Each parameter that is wrong. */
  readonly errors?: readonly { readonly parameter: string; readonly detail: string }[];
  /** What a program may tell apart, such as `csrf`. */
  readonly reason?: string;
}

export function sendProblem(response: Response, problem: Problem): void {
  response
    .status(problem.status)
    .type('application/problem+json')
    .send(JSON.stringify({ type: 'about:blank', ...problem }));
}
