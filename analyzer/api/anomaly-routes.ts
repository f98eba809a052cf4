// GET /api/v1/anomalies tells what is unusual and why; POST /api/v1/anomalies/feedback takes what operators say of it.
import express, { type Request, Router } from 'express';
import { z } from 'zod';
import type { FeedbackRequest } from '../pipeline/watch-memory.ts';
import type { AnomalyEvent, AnomalyReport, AnomalyScore } from '../series/anomaly.ts';
import { type Problem, sendProblem } from './problem.ts';

const MAX_BODY_BYTES = 16 * 1024;
const MAX_LABELS = 64;
/** How far back an event may be that a label speaks of. */
const MAX_AGE_SECONDS = 30 * 86_400;
const LOOPBACK = /^(::1$|(::ffff:)?127\.)/;

export interface AnomalyRouteOptions {
  readonly report: () => AnomalyReport;
  readonly label: (
    request: FeedbackRequest,
  ) => Promise<{ matched: number; factor: number } | undefined>;
  /** Whether the web configuration has asked every client for a password. */
  readonly isAuthenticated: () => boolean;
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

export function createAnomalyRoutes(options: AnomalyRouteOptions): Router {
  const router = Router();
  router.get('/api/v1/anomalies', (_request, response) => {
    response.json(toAnomaliesJson(options.report()));
  });
  router.post(
    '/api/v1/anomalies/feedback',
    (request, response, next) => {
      const refusal = refuse(request, options);
      if (refusal === undefined) next();
      else sendProblem(response, refusal);
    },
    express.json({ limit: MAX_BODY_BYTES }),
    async (request, response) => {
      const parsed = parseFeedback(request.body, options.clock());
      if ('status' in parsed) {
        sendProblem(response, parsed);
        return;
      }
      const taken = await options.label(parsed);
      if (taken !== undefined) {
        response.json(taken);
        return;
      }
      const detail = `no watched series of ${parsed.signal} has these labels: GET /api/v1/anomalies lists them`;
      sendProblem(response, { status: 404, title: 'Nothing to label', detail });
    },
  );
  return router;
}

/** What changes thresholds is for this machine and for users with a password; no foreign web page can send this type. */
function refuse(request: Request, { isAuthenticated }: AnomalyRouteOptions) {
  if (!LOOPBACK.test(request.socket.remoteAddress ?? '') && !isAuthenticated()) {
    const detail =
      'labels are taken from this machine, or from users when --web.config.file has basic_auth_users';
    return { status: 403, title: 'Not allowed from elsewhere', detail };
  }
  if (request.is('application/json')) return undefined;
  const detail = 'send JSON with Content-Type: application/json';
  return { status: 415, title: 'Not JSON', detail };
}

function parseFeedback(body: unknown, now: number): FeedbackRequest | Problem {
  const result = feedbackSchema.safeParse(body);
  if (!result.success) {
    const errors = result.error.issues.map(({ path, message }) => ({
      parameter: path.join('.'),
      detail: message,
    }));
    const detail = errors.map(({ parameter, detail }) => `${parameter}: ${detail}`).join('; ');
    return { status: 400, title: 'Invalid label', detail, errors };
  }
  const { at = now, began, ...rest } = result.data;
  if (at > now || at < now - MAX_AGE_SECONDS || (began !== undefined && began > at)) {
    const detail = `at: expected a Unix time of the last ${MAX_AGE_SECONDS / 86_400} days, began: not after it`;
    return { status: 400, title: 'Invalid label', detail };
  }
  return { ...rest, at, began };
}

export function toAnomaliesJson({ events, scores, feedback, unavailable }: AnomalyReport) {
  return {
    anomalies: events.map(toEventJson),
    scores: scores.map(toScoreJson),
    feedback: feedback.map(({ signal, ...rest }) => ({ signal, ...orNulls(rest) })),
    unavailable,
  };
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
