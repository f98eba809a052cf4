// GET /api/v1/anomalies tells what is unusual and why; POST /api/v1/anomalies/feedback takes what operators say of it.
import { z } from 'zod';
import type { FeedbackRequest } from '../pipeline/watch-memory.ts';
import type { AnomalyEvent, AnomalyReport, AnomalyScore, WarmUp } from '../series/anomaly.ts';
import { anomaliesAnswer, labelledAnswer } from './answers.ts';
import { badRequest, notFound } from './problem.ts';
import { type ApiRoute, defineRoute } from './route.ts';

const MAX_LABELS = 64;
/** How far back an event may be that a label speaks of. */
const MAX_AGE_SECONDS = 30 * 86_400;

export interface AnomalyRouteOptions {
  readonly report: () => AnomalyReport;
  readonly label: (
    request: FeedbackRequest,
  ) => Promise<{ matched: number; factor: number } | undefined>;
  /** Unix seconds. */
  readonly clock: () => number;
}

const text = z.string().min(1).max(1024);
const feedbackSchema = z.strictObject({
  signal: text,
  labels: z
    .record(text, z.string().max(1024))
    .refine((labels) => Object.keys(labels).length <= MAX_LABELS, `at most ${MAX_LABELS} labels`)
    .default({}),
  verdict: z.enum(['real', 'noise']),
  at: z.number().positive().optional(),
  began: z.number().positive().optional(),
});

export function createAnomalyRoutes({ report, label, clock }: AnomalyRouteOptions): ApiRoute[] {
  return [
    defineRoute({
      ...{ method: 'get', path: '/api/v1/anomalies', access: 'read', changes: false },
      summary: 'What is unusual and why',
      query: z.strictObject({}),
      answer: anomaliesAnswer,
      handle: () => toAnomaliesJson(report()),
    }),
    defineRoute({
      ...{ method: 'post', path: '/api/v1/anomalies/feedback', access: 'operator', changes: true },
      summary: 'Says that an anomaly was real, or noise: its threshold moves',
      byPassword: true,
      body: feedbackSchema,
      answer: labelledAnswer,
      async handle({ body }) {
        const taken = await label(toRequest(body, clock()));
        if (taken !== undefined) return taken;
        throw notFound(
          `no watched series of ${body.signal} has these labels: GET /api/v1/anomalies lists them`,
        );
      },
    }),
  ];
}

function toRequest(body: z.infer<typeof feedbackSchema>, now: number): FeedbackRequest {
  const { at = now, began, ...rest } = body;
  if (at > now || at < now - MAX_AGE_SECONDS || (began !== undefined && began > at)) {
    throw badRequest(
      `at: expected a Unix time of the last ${MAX_AGE_SECONDS / 86_400} days, began: not after it`,
    );
  }
  return { ...rest, at, began };
}

export function toAnomaliesJson(report: AnomalyReport) {
  const { events, scores, conditions, warmUp, feedback, unavailable } = report;
  return {
    anomalies: events.map(toEventJson),
    conditions,
    warmUp: warmUp === undefined ? null : toWarmUpJson(warmUp),
    scores: scores.map(toScoreJson),
    feedback: feedback.map(({ signal, ...rest }) => ({ signal, ...orNulls(rest) })),
    unavailable,
  };
}

function toWarmUpJson({ hosts, groups, ...figures }: WarmUp) {
  return { ...orNulls(figures), hosts, groups };
}

function toEventJson({ contributions, ...event }: AnomalyEvent) {
  return {
    ...event,
    first: event.first ?? null,
    contributions: contributions.map(({ signal, labels, ...figures }) => ({
      signal,
      labels,
      ...orNulls(figures),
    })),
  };
}

function toScoreJson({ signal, detector, labels, isOpen, conditions, ...figures }: AnomalyScore) {
  return { signal, detector, labels, isOpen, conditions, ...orNulls(figures) };
}

/** JSON has no NaN. */
function orNulls(figures: Readonly<Record<string, number>>): Record<string, number | null> {
  return Object.fromEntries(
    Object.entries(figures).map(([name, value]) => [name, Number.isFinite(value) ? value : null]),
  );
}
