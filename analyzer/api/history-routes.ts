// What was, for the charts of the console: the past of a signal, of an anomaly's band, and the episodes of all anomalies.
import { type Request, type Response, Router } from 'express';
import { z } from 'zod';
import { formatDuration } from '../../service/duration.ts';
import { matchers, promqlOf } from '../features/feature.ts';
import type { SignalDefinition, SignalDefinitions } from '../features/signal.ts';
import { type Grid, type Querier, QueryError } from '../prometheus/querier.ts';
import { type Labels, labelsKey, withoutLabels } from '../series/labels.ts';
import type { Series } from '../series/series.ts';
import { sendProblem } from './problem.ts';

const MAX_IN_FLIGHT = 4;
const RETRY_AFTER_SECONDS = 1;
const MAX_LABELS = 64;
const MAX_RANGE_SECONDS = 30 * 86_400;
/** A chart is hardly wider. */
const POINTS = 400;
/** Shorter steps than this show the same sample again. */
const MIN_STEP_SECONDS = 5;
const MEAN_FROM_STEP_SECONDS = 60;
/** Lanes of the timeline. */
const MAX_EPISODE_SERIES = 200;

export interface HistoryRouteOptions {
  readonly signals: () => SignalDefinitions;
  readonly querier: () => Querier;
  /** Unix seconds. */
  readonly clock: () => number;
}

const labels = z
  .string()
  .max(8_192)
  .default('{}')
  .transform((text, context) => {
    const parsed = labelsSchema.safeParse(parseJson(text));
    if (parsed.success) return parsed.data;
    context.addIssue({
      code: 'custom',
      message: 'expected labels as JSON, such as {"group":"web"}',
    });
    return z.NEVER;
  });
const labelsSchema = z
  .record(z.string().regex(/^[a-zA-Z_][a-zA-Z0-9_]*$/), z.string().max(1_024))
  .refine((own) => Object.keys(own).length <= MAX_LABELS);
const range = z.coerce.number().min(60).max(MAX_RANGE_SECONDS).default(3_600);
const signalQuery = z.object({ signal: z.string().min(1).max(200), labels, range });
const episodesQuery = z.object({ range: range.default(86_400) });

/** GET /api/v1/history, /api/v1/anomalies/history, /api/v1/anomalies/episodes. */
export function createHistoryRoutes({ signals, querier, clock }: HistoryRouteOptions): Router {
  const router = Router();
  const limited = createLimit();
  router.get('/api/v1/history', (request, response) =>
    limited(response, async () => {
      const asked = parse(signalQuery, request, response);
      if (asked === undefined) return;
      const definition = signals()[asked.signal];
      if (definition === undefined) {
        const detail = `no signal ${asked.signal}: GET /api/v1/forecasts names those in use`;
        sendProblem(response, { status: 404, title: 'No such signal', detail });
        return;
      }
      const grid = gridOf(asked.range, clock());
      const series = await readSignal(querier(), { definition, labels: asked.labels, grid });
      const { unit, direction = 'up' } = definition;
      response.json({ signal: asked.signal, unit, direction, ...toPast(series, grid) });
    }),
  );
  router.get('/api/v1/anomalies/history', (request, response) =>
    limited(response, async () => {
      const asked = parse(signalQuery, request, response);
      if (asked === undefined) return;
      const grid = gridOf(asked.range, clock());
      response.json({ signal: asked.signal, ...(await readBand(querier(), asked, grid)) });
    }),
  );
  router.get('/api/v1/anomalies/episodes', (request, response) =>
    limited(response, async () => {
      const asked = parse(episodesQuery, request, response);
      if (asked === undefined) return;
      const grid = gridOf(asked.range, clock());
      const open = await querier().range(`topk(${MAX_EPISODE_SERIES}, guard_anomaly)`, grid);
      response.json({ from: grid.from, to: grid.to, lanes: toLanes(open) });
    }),
  );
  return router;
}

/** Charts cost a query each: more at once are told to come back. */
function createLimit() {
  let inFlight = 0;
  return async (response: Response, work: () => Promise<void>): Promise<void> => {
    if (inFlight >= MAX_IN_FLIGHT) {
      response.set('Retry-After', String(RETRY_AFTER_SECONDS));
      const detail = `${inFlight} are being read, at most ${MAX_IN_FLIGHT} at once`;
      sendProblem(response, { status: 503, title: 'Busy', detail });
      return;
    }
    inFlight += 1;
    try {
      await work();
    } catch (error) {
      if (!(error instanceof QueryError)) throw error;
      const status = error.kind === 'timeout' ? 504 : 502;
      sendProblem(response, { status, title: 'Prometheus cannot be asked', detail: error.message });
    } finally {
      inFlight -= 1;
    }
  };
}

function parse<T>(schema: z.ZodType<T>, { query }: Request, response: Response): T | undefined {
  const result = schema.safeParse(query);
  if (result.success) return result.data;
  const detail = result.error.issues
    .map(({ path, message }) => `${path.join('.')}: ${message}`)
    .join('; ');
  sendProblem(response, { status: 400, title: 'Invalid parameters', detail });
  return undefined;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function gridOf(seconds: number, now: number): Grid {
  const step = Math.max(MIN_STEP_SECONDS, Math.ceil(seconds / POINTS / 5) * 5);
  const to = Math.floor(now / step) * step;
  return { from: to - Math.floor(seconds / step) * step, to, step };
}

interface Asked {
  readonly definition: SignalDefinition;
  readonly labels: Labels;
  readonly grid: Grid;
}

/** The recorded series first, the raw one where that answers nothing; long steps show their mean. */
async function readSignal(querier: Querier, asked: Asked): Promise<Series | undefined> {
  const { definition, labels, grid } = asked;
  const isMean = grid.step >= MEAN_FROM_STEP_SECONDS;
  const span = formatDuration(grid.step);
  for (const form of ['record', 'expr'] as const) {
    const promql = promqlOf(definition, form, labels);
    const found = await querier.range(
      isMean ? `avg_over_time((${promql})[${span}:])` : promql,
      grid,
    );
    const key = labelsKey(labels);
    const own = found.find((one) => labelsKey(withoutLabels(one.labels)) === key) ?? found[0];
    if (own !== undefined) return own;
  }
  return undefined;
}

/** From the series that the analyzer itself has exposed: what was usual then, not what is usual now. */
async function readBand(
  querier: Querier,
  asked: { signal: string; labels: Labels },
  grid: Grid,
): Promise<Record<string, unknown>> {
  const own = matchers({ signal: asked.signal, ...asked.labels });
  const read = async (promql: string) => (await querier.range(promql, grid))[0];
  const bound = (name: string) => read(`guard_anomaly_expected{${own},bound="${name}"}`);
  const [actual, lower, middle, upper, score] = await Promise.all([
    read(`guard_anomaly_actual{${own}}`),
    bound('lower'),
    bound('middle'),
    bound('upper'),
    read(`max(guard_anomaly_score{${own}})`),
  ]);
  const valuesOf = (series: Series | undefined) => toPast(series, grid).values;
  return {
    ...toPast(actual, grid),
    lower: valuesOf(lower),
    middle: valuesOf(middle),
    upper: valuesOf(upper),
    score: valuesOf(score),
  };
}

/** JSON has no NaN: a gap is null. */
function toPast(series: Series | undefined, { from, step }: Grid) {
  const values = Array.from(series?.values ?? [], (value) =>
    Number.isFinite(value) ? value : null,
  );
  return { start: series?.start ?? from, step, values };
}

interface Lane {
  readonly labels: Labels;
  /** Beginning and end of each, in Unix seconds. */
  readonly episodes: readonly (readonly [number, number])[];
}

/** The one with the latest beginning first. */
function toLanes(open: readonly Series[]): Lane[] {
  const lanes = open.map(({ labels, start, step, values }) => {
    const episodes: [number, number][] = [];
    for (const [index, value] of values.entries()) {
      if (Number.isNaN(value)) continue;
      const time = start + index * step;
      const last = episodes.at(-1);
      if (last !== undefined && time - last[1] <= step) last[1] = time;
      else episodes.push([time, time]);
    }
    return { labels: withoutLabels(labels), episodes };
  });
  const latest = ({ episodes }: Lane) => episodes.at(-1)?.[0] ?? 0;
  return lanes.filter(({ episodes }) => episodes.length > 0).sort((a, b) => latest(b) - latest(a));
}
