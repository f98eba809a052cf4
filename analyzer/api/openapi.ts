// The description of the API (OpenAPI 3.1), made of the routes themselves. Source: https://spec.openapis.org/oas/v3.1.1.html
import { z } from 'zod';
import { problemSchema } from './answers.ts';
import { type Access, ALLOWED_ROLES, type ApiRoute } from './route.ts';

type Json = Record<string, unknown>;

/** Who may be refused besides by what every route checks. */
const REFUSALS: Readonly<Record<string, string>> = {
  400: 'A parameter, or the body, is wrong: each is named in errors',
  401: 'Who asks has not said who it is',
  403: 'Not with this role, or from this page',
  404: 'There is no such thing',
  409: 'Not in the state it is in now',
  413: 'The body is too large',
  415: 'The body is not JSON',
  429: 'Too many requests; Retry-After says when to go on',
  503: 'Busy; Retry-After says when to go on',
};
const ALWAYS = ['429', '503'];

export function toOpenApi(routes: readonly ApiRoute[], version: string): Json {
  const paths: Record<string, Json> = {};
  for (const route of routes) {
    const path = route.path.replaceAll(/:(\w+)/g, '{$1}');
    paths[path] = { ...paths[path], [route.method]: toOperation(route) };
  }
  return {
    openapi: '3.1.1',
    info: {
      title: 'Latency Guard analyzer',
      version,
      summary: 'Bottlenecks, forecasts, anomalies and the actions against them',
      license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
    },
    servers: [{ url: '/' }],
    paths,
    components: {
      schemas: { Problem: toSchema(problemSchema, 'output') },
      securitySchemes: {
        bearer: { type: 'http', scheme: 'bearer' },
        guardToken: { type: 'apiKey', in: 'header', name: 'X-Guard-Token' },
        session: {
          ...{ type: 'apiKey', in: 'cookie', name: 'guard_session' },
          description:
            '__Host-guard_session over https. What changes something needs X-CSRF-Token too',
        },
      },
    },
  };
}

function toOperation(route: ApiRoute): Json {
  const { summary, access, method, path, body } = route;
  return {
    operationId: `${method}${path.replaceAll(/[^a-zA-Z0-9]+(\w)/g, (_all, letter: string) => letter.toUpperCase())}`,
    summary,
    description: `For ${rolesOf(access)}.${route.changes ? ' Changes something.' : ''}`,
    tags: [path.startsWith('/auth') ? 'login' : (path.split('/')[3] ?? 'api')],
    ...(access === 'open' ? {} : { security: securityOf(access) }),
    parameters: [...parametersOf(route, 'path'), ...parametersOf(route, 'query')],
    ...(body === undefined
      ? {}
      : {
          requestBody: {
            required: true,
            content: { 'application/json': { schema: toSchema(body, 'input') } },
          },
        }),
    responses: responsesOf(route),
  };
}

function rolesOf(access: Access): string {
  if (access === 'open') return 'everybody';
  const roles = ALLOWED_ROLES[access].join(', ');
  return access === 'read' ? `everybody, or ${roles} where reading asks for a login` : roles;
}

function securityOf(access: Access): Json[] {
  const named: Json[] = [{ bearer: [] }, { guardToken: [] }, { session: [] }];
  return access === 'read' ? [{}, ...named] : named;
}

function parametersOf(route: ApiRoute, place: 'path' | 'query'): Json[] {
  const schema = place === 'path' ? route.params : route.query;
  if (schema === undefined) return [];
  const { properties = {}, required = [] } = toSchema(schema, 'input') as {
    properties?: Record<string, Json>;
    required?: string[];
  };
  return Object.entries(properties).map(([name, { description, ...own }]) => ({
    ...{ name, in: place, required: place === 'path' || required.includes(name), schema: own },
    ...(description === undefined ? {} : { description }),
  }));
}

function responsesOf(route: ApiRoute): Json {
  const { status = 200, answer, contentType = 'application/json' } = route;
  const schema = answer === undefined ? {} : toSchema(answer, 'output');
  const hasBody = answer !== undefined || route.contentType !== undefined;
  const good: Json = {
    description: status === 302 ? 'Leads on' : 'Done',
    ...(hasBody ? { content: { [contentType]: { schema } } } : {}),
  };
  const problem = {
    content: { 'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' } } },
  };
  const refusals = refusalsOf(route).map((code) => [
    code,
    { description: REFUSALS[code], ...problem },
  ]);
  return Object.fromEntries([[String(status), good], ...refusals]);
}

function refusalsOf({ params, query, body, access, raw, changes }: ApiRoute): string[] {
  const hasInput = params !== undefined || query !== undefined || body !== undefined;
  return [
    ...(hasInput || raw !== undefined ? ['400'] : []),
    ...(access === 'open' ? [] : ['401', '403']),
    ...(params === undefined ? [] : ['404']),
    ...(params !== undefined && changes ? ['409'] : []),
    ...(body === undefined ? [] : ['413', '415']),
    ...ALWAYS,
  ];
}

/** Answers may get more fields in a later version: a client that was made from this must not refuse them. */
function toSchema(schema: z.ZodType, io: 'input' | 'output'): Json {
  const { $schema, ...own } = z.toJSONSchema(schema, {
    io,
    override({ jsonSchema }) {
      if (io === 'output' && jsonSchema.additionalProperties === false)
        delete jsonSchema.additionalProperties;
    },
  });
  return own;
}
