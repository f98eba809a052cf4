// An error handler as Express wants it: Express knows one by nothing but its number of parameters, which is four.
import type { ErrorRequestHandler, Request, Response } from 'express';

/** With a body parser's or the router's own word for what happened. */
export interface RequestError extends Error {
  readonly status?: number;
  readonly type?: string;
}

export function errorHandler(
  handle: (error: RequestError, request: Request, response: Response) => void,
): ErrorRequestHandler {
  const handler = (...[error, request, response]: Parameters<ErrorRequestHandler>): void =>
    handle(error as RequestError, request, response);
  // A rest parameter counts as none; with any other number than four the handler is passed over without a word.
  return Object.defineProperty(handler, 'length', { value: 4 });
}
