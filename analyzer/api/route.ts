// What a route of the API is: everything that mounting it, guarding it and describing it has to know.
import type { Request, RequestHandler, Response } from 'express';
import type { z } from 'zod';
import type { Role } from '../remediation/config.ts';
import type { Caller } from './caller.ts';

/**
 * Who may: `open` everybody; `read` everybody, unless reading asks for a login (auth.anonymous_read), then who is a viewer or more;
 * the others who has that role or one above it.
 */
export type Access = 'open' | 'read' | Role;

/** Roles that satisfy each. Sending alerts is not deciding: that role has nothing below or above it but administration. */
export const ALLOWED_ROLES: Readonly<Record<Role | 'read', readonly Role[]>> = {
  read: ['viewer', 'operator', 'admin'],
  viewer: ['viewer', 'operator', 'admin'],
  operator: ['operator', 'admin'],
  admin: ['admin'],
  alertmanager: ['alertmanager', 'operator', 'admin'],
};

/** Which budget of requests it draws from. */
export type RateClass = 'read' | 'change' | 'login' | 'webhook';

export interface RouteFacts {
  readonly method: 'get' | 'post';
  /** In Express' form: `/api/v1/actions/:id`. */
  readonly path: string;
  /** One line for the description. */
  readonly summary: string;
  readonly access: Access;
  /** Whether anything but the caller's own session is another one afterwards. */
  readonly changes: boolean;
  /** A page has to show that it is ours, as for everything that changes something. */
  readonly csrf?: true;
  /** Users of the web configuration may too, without a role. */
  readonly byPassword?: true;
  readonly rate?: RateClass;
  /** Of the JSON body; larger ones are answered 413. */
  readonly maxBodyBytes?: number;
  /** The handler takes the query apart itself, and tells what is wrong with it; the schema describes it. */
  readonly readsQuery?: true;
  /** The status of success; 200 where it is not given. */
  readonly status?: 200 | 202 | 204 | 302;
  /** Of the answer where it is not JSON. */
  readonly contentType?: string;
}

interface Schemas<P, Q, B> {
  readonly params?: z.ZodType<P>;
  readonly query?: z.ZodType<Q>;
  readonly body?: z.ZodType<B>;
  /** Of the answer; undefined where it has no body, or is not JSON. */
  readonly answer?: z.ZodType;
}

/** One request, its parts checked. */
export interface Call<P = unknown, Q = unknown, B = unknown> {
  readonly params: P;
  readonly query: Q;
  readonly body: B;
  readonly caller: Caller;
  readonly request: Request;
  readonly response: Response;
}

export interface ApiRoute extends RouteFacts, Schemas<unknown, unknown, unknown> {
  /** Answers what is sent as JSON. @throws {ProblemError} */
  readonly handle?: (call: Call) => unknown;
  /** Instead of it: writes the answer itself, such as a stream. */
  readonly raw?: RequestHandler;
}

/** Gives the handler the types of its schemas; the list of all routes then needs to know none of them. */
export function defineRoute<P = unknown, Q = unknown, B = unknown>(
  route: RouteFacts & Schemas<P, Q, B> & { readonly handle: (call: Call<P, Q, B>) => unknown },
): ApiRoute {
  const { handle, ...rest } = route;
  return { ...rest, handle: (call) => handle(call as Call<P, Q, B>) };
}
