// What the API answers, as schemas: its description is made of them, and its tests hold every answer against them.
import { z } from 'zod';
import { ROLES } from '../remediation/config.ts';
import { nextCursor } from './page.ts';

const labels = z.record(z.string(), z.string());
const seconds = z.number().describe('Unix seconds');
const figure = z.number().nullable().describe('null where it cannot be computed');
const evidence = z.object({ text: z.string(), promql: z.string() });
const unavailable = z.object({
  what: z.string(),
  signal: z.string(),
  reason: z.string(),
  detail: z.string(),
});

export const problemSchema = z
  .object({
    type: z.string(),
    title: z.string(),
    status: z.int(),
    detail: z.string(),
    errors: z.array(z.object({ parameter: z.string(), detail: z.string() })).optional(),
    reason: z.string().optional(),
  })
  .describe('RFC 9457');

export const statusAnswer = z.object({
  state: z.enum(['warming_up', 'ok', 'degraded']),
  reason: z.string().nullable(),
  lastCycle: seconds.nullable(),
  cycles: z.int(),
  groups: z.int(),
  forecasts: z.int(),
});

const count = z.int().min(0);
export const suggestionRecord = z.object({
  accepted: count.describe('Persons whose last word on a finding it was, as the next three'),
  rejected: count,
  helpful: count,
  notHelpful: count,
  improved: count.describe('Verdicts of playbooks that carry it out, as the next two'),
  noEffect: count,
  worse: count,
  mean: z.number().describe("How sure it is to help; the rule's confidence counts as 4 verdicts"),
});
const finding = z.object({
  id: z.string().describe('The same for this kind and subject, whenever it is open'),
  kind: z.string(),
  subject: labels,
  score: z.number().min(0).max(1),
  confidence: z.number().min(0).max(1),
  severity: z.enum(['info', 'warning', 'critical']),
  state: z.enum(['pending', 'firing', 'resolved']),
  since: seconds,
  changed: seconds,
  evidence: z.array(evidence),
  suggestions: z.array(
    z.object({
      id: z.string(),
      text: z.string(),
      reason: z.string(),
      effect: z.string().optional(),
      effort: z.enum(['minutes', 'hours', 'days']).optional(),
      confidence: z.number().optional(),
      cost: z.string().optional(),
      record: suggestionRecord.optional(),
    }),
  ),
  victims: z.array(evidence.extend({ subject: labels })).optional(),
  changes: z.array(evidence).optional(),
  hints: z
    .array(
      evidence.extend({
        about: z.string(),
        source: z.enum(['prometheus', 'journal', 'traces']),
        shownBy: z.string().optional(),
      }),
    )
    .optional(),
  correlated: z
    .array(
      evidence.extend({
        signal: z.string(),
        subject: labels,
        coefficient: z.number(),
        lagSeconds: z.number(),
      }),
    )
    .optional(),
  untold: z.array(z.string()).optional(),
  learned: z
    .object({
      kind: z.string(),
      probability: z.number(),
      agreement: z.number(),
      model: z.number(),
      counts: z.boolean(),
    })
    .optional(),
});

export const suggestionAnswer = z.object({
  suggestion: z.string(),
  record: suggestionRecord.describe('Of this suggestion against this kind, everywhere'),
});

export const findingsAnswer = z.object({
  findings: z.array(finding).describe('Worst first'),
  learning: z
    .looseObject({ version: z.number(), trainedAt: z.number(), counts: z.boolean() })
    .nullable()
    .describe('The model in use'),
  next: nextCursor,
});

export const runwayAnswer = z.object({
  runway: z
    .array(
      z.object({
        signal: z.string(),
        labels,
        unit: z.string(),
        value: z.number().nullable(),
        limit: z.number().nullable(),
        secondsP10: figure,
        secondsP50: figure,
        secondsP90: figure,
      }),
    )
    .describe('Soonest first; null = not within the horizons'),
  next: nextCursor,
});

const paths = z.object({
  model: z.string(),
  timestamps: z.array(z.number()),
  p50: z.array(figure),
  intervals: z.array(
    z.object({ level: z.number(), lower: z.array(figure), upper: z.array(figure) }),
  ),
});
const crossing = z.object({ seconds: z.number(), at: z.string() }).nullable();
const crossings = z.object({ p10: crossing, p50: crossing, p90: crossing }).nullable();
const accuracy = {
  outcomes: z.number(),
  mase: figure,
  mape: figure,
  rmse: figure,
  naiveWinsRatio: figure,
  coverage: z.array(z.object({ level: z.number(), ratio: figure })),
};

export const forecastsAnswer = z.object({
  forecasts: z.array(
    z.object({
      signal: z.string(),
      unit: z.string(),
      labels,
      horizon: z.number(),
      step: z.number(),
      value: figure,
      limit: z.number().nullable(),
      forecast: paths,
      timeToThreshold: crossings.optional(),
    }),
  ),
  total: z.int(),
  accuracy: z.array(
    z.object({
      signal: z.string(),
      horizon: z.number(),
      ...accuracy,
      byModel: z.array(z.object({ model: z.string(), ...accuracy })),
    }),
  ),
  unavailable: z.array(unavailable),
});

export const forecastAnswer = z.object({
  query: z.string(),
  horizon: z.number(),
  step: z.number(),
  history: z.number(),
  limit: z.number().nullable(),
  direction: z.enum(['up', 'down']),
  seriesFound: z.int(),
  reason: z.string().optional(),
  series: z.array(
    z.looseObject({
      labels,
      history: z.object({
        start: z.number(),
        points: z.int(),
        gaps: z.int(),
        seconds: z.number(),
      }),
      forecast: paths.nullable(),
      timeToThreshold: crossings.optional(),
      reason: z.string().optional(),
      detail: z.string().optional(),
    }),
  ),
});

const band = { actual: figure, expected: figure, lower: figure, upper: figure };
export const anomaliesAnswer = z.object({
  anomalies: z.array(
    z.object({
      subject: labels,
      since: seconds,
      score: z.number(),
      confidence: z.number(),
      contributions: z.array(z.object({ signal: z.string(), labels, share: figure, ...band })),
      correlated: z.array(
        z.object({ name: z.string(), correlation: z.number(), lagSeconds: z.number() }),
      ),
      first: z.object({ name: z.string(), time: seconds }).nullable(),
      agreeing: z.array(z.string()),
      evidence: z.array(evidence),
    }),
  ),
  conditions: z
    .array(
      z.object({
        kind: z.enum(['flat_line', 'gap', 'reset', 'regime_changed']),
        signal: z.string(),
        labels,
        since: seconds,
        text: z.string(),
        promql: z.string(),
      }),
    )
    .describe('What is no question of rarity: stuck, gone, begun again'),
  warmUp: z
    .object({
      learning: figure,
      warming: figure,
      warm: figure,
      nextAt: figure,
      lastAt: figure,
      hosts: z.object({ followed: z.int(), fitted: z.int() }),
      groups: z.object({ followed: z.int(), fitted: z.int() }),
    })
    .nullable()
    .describe('How many series can be judged, and from when on (Unix seconds) the others can'),
  scores: z.array(
    z.object({
      signal: z.string(),
      detector: z.enum(['fused', 'multivariate', 'peers']),
      labels,
      score: figure,
      ...band,
      isOpen: z.boolean(),
      since: figure,
      conditions: z.array(z.string()),
    }),
  ),
  feedback: z.array(
    z.object({
      signal: z.string(),
      real: figure,
      noise: figure,
      missed: figure,
      precision: figure,
      recall: figure,
      f1: figure,
      timeToDetectSeconds: figure,
    }),
  ),
  unavailable: z.array(unavailable),
});

export const labelledAnswer = z.object({
  matched: z.int().describe('Series whose threshold moved'),
  factor: z.number().describe('By which it is multiplied now'),
});

export const meAnswer = z.object({
  name: z.string().nullable(),
  role: z.enum(ROLES).nullable(),
  via: z.enum(['local', 'token', 'session', 'password', 'anonymous']),
  csrfToken: z.string().nullable().describe('For the header X-CSRF-Token of what a page changes'),
  expires: seconds.nullable(),
  login: z.object({ oidc: z.boolean(), token: z.boolean() }),
  mayRead: z.boolean(),
});
export const logoutAnswer = z.object({
  redirect: z.string().nullable().describe("The identity provider's own log-out page"),
});

export const linksAnswer = z.object({
  runbooks: z.string(),
  grafana: z.string().nullable(),
  prometheus: z.string().nullable(),
});
export const unavailableAnswer = z.object({ unavailable: z.array(unavailable) });
