// Every route of the API, in one list: what is mounted, guarded and described is this and nothing else.
import { z } from 'zod';
import { verificationAnswer } from './action-answers.ts';
import { type ActionRouteOptions, createActionRoutes } from './action-routes.ts';
import { type AnomalyRouteOptions, createAnomalyRoutes } from './anomaly-routes.ts';
import { linksAnswer, unavailableAnswer } from './answers.ts';
import { type AuthRouteOptions, createAuthRoutes } from './auth-routes.ts';
import { type ConsoleAnswerOptions, createConsoleAnswerRoutes } from './console-routes.ts';
import { createEventRoutes, type EventRouteOptions } from './events.ts';
import { createForecastRoutes, type ForecastRouteOptions } from './forecast-routes.ts';
import { createHistoryRoutes, type HistoryRouteOptions } from './history-routes.ts';
import { toOpenApi } from './openapi.ts';
import { type ApiRoute, defineRoute, type RouteFacts } from './route.ts';
import { createApiRoutes } from './routes.ts';
import { createRuleRoutes, type RuleRouteOptions } from './rule-routes.ts';
import { createSuggestionRoutes, type SuggestionRouteOptions } from './suggestion-routes.ts';
import { createTicketRoutes, type TicketRouteOptions } from './ticket-routes.ts';

export interface RouteListOptions {
  readonly forecasts: ForecastRouteOptions;
  readonly anomalies: AnomalyRouteOptions;
  readonly events: EventRouteOptions;
  readonly history: HistoryRouteOptions;
  readonly actions: ActionRouteOptions;
  readonly suggestions: SuggestionRouteOptions;
  readonly tickets: TicketRouteOptions;
  readonly rules: RuleRouteOptions;
  readonly auth: AuthRouteOptions;
  readonly console: ConsoleAnswerOptions;
  /** Of the product. */
  readonly version: string;
}

export function createRouteList(options: RouteListOptions): readonly ApiRoute[] {
  const { snapshot, clock } = options.forecasts;
  const routes: ApiRoute[] = [
    ...createApiRoutes(snapshot, clock),
    ...createForecastRoutes(options.forecasts),
    ...createAnomalyRoutes(options.anomalies),
    ...createPastRoutes(options),
    ...createConsoleRoutes(options),
    ...createActionRoutes(options.actions),
    ...createSuggestionRoutes(options.suggestions),
    ...createTicketRoutes(options.tickets),
    ...createRuleRoutes(options.rules),
    ...createAuthRoutes(options.auth),
  ];
  const description = defineRoute({
    ...{ method: 'get', path: '/api/v1/openapi.json', access: 'open', changes: false },
    summary: 'This description',
    query: z.strictObject({}),
    answer: z.looseObject({ openapi: z.string() }),
    handle: () => document,
  });
  const all = [...routes, description];
  const document = toOpenApi(all, options.version);
  return all;
}

const range = z.number().optional().describe('Seconds back from now');
const series = z.strictObject({
  signal: z.string(),
  labels: z.string().optional().describe('JSON, such as {"group":"web"}'),
  range,
});
const READ = {
  method: 'get',
  access: 'read',
  changes: false,
} as const satisfies Partial<RouteFacts>;

/** What charts show, and the stream that tells when to ask anew: routers of their own, which check what they are asked. */
function createPastRoutes({ history, events }: RouteListOptions): ApiRoute[] {
  const past = createHistoryRoutes(history);
  const answer = z.looseObject({});
  return [
    {
      ...{ ...READ, path: '/api/v1/history', raw: past, query: series, answer },
      summary: 'The past of a signal',
    },
    {
      ...{ ...READ, path: '/api/v1/anomalies/history', raw: past, query: series, answer },
      summary: 'What was usual for a signal, and how unusual it was',
    },
    {
      ...{ ...READ, path: '/api/v1/anomalies/episodes', raw: past, answer },
      query: z.strictObject({ range }),
      summary: 'When which anomaly was open',
    },
    {
      ...{ ...READ, path: '/api/v1/events', raw: createEventRoutes(events) },
      summary: 'Server-sent events: which parts of the API have changed',
      contentType: 'text/event-stream',
    },
  ];
}

/** Small answers beside the lists. */
function createConsoleRoutes(options: RouteListOptions): ApiRoute[] {
  const raw = createConsoleAnswerRoutes(options.console);
  return [
    {
      ...{ ...READ, path: '/api/v1/links', raw, answer: linksAnswer },
      summary: 'Where links of a page lead',
    },
    {
      ...{ ...READ, path: '/api/v1/unavailable', raw, answer: unavailableAnswer },
      summary: 'What cannot be judged, and why',
    },
    {
      ...{ ...READ, path: '/api/v1/audit/verification', raw, access: 'viewer' },
      summary: 'Whether the chain of the audit log holds',
      answer: verificationAnswer,
    },
  ];
}
