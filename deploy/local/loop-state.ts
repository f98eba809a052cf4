// What the loop says right now: findings, runway and status of the analyzer, alerts of Alertmanager, read over their APIs.
import { z } from 'zod';
import { getText } from './http.ts';

const MAX_ITEMS = 1_000;
const labels = z.record(z.string(), z.string()).default({});

const findingsSchema = z.object({
  findings: z
    .array(
      z.object({
        kind: z.string(),
        subject: labels,
        score: z.number(),
        state: z.string(),
        since: z.number(),
        severity: z.string().optional(),
        evidence: z.array(z.object({ text: z.string() })).default([]),
        suggestions: z.array(z.object({ text: z.string() })).default([]),
      }),
    )
    .max(MAX_ITEMS),
});
/** JSON has no infinity: null is "not within the horizon". */
const seconds = z.number().nullable();
const runwaySchema = z.object({
  runway: z
    .array(
      z.object({
        signal: z.string(),
        labels,
        value: z.number().nullable(),
        limit: z.number().nullable(),
        unit: z.string().optional(),
        secondsP10: seconds,
        secondsP50: seconds,
        secondsP90: seconds,
      }),
    )
    .max(MAX_ITEMS),
});
const statusSchema = z.object({
  state: z.string(),
  reason: z.string().nullable().default(null),
  cycles: z.number().default(0),
  groups: z.number().default(0),
  forecasts: z.number().default(0),
});
const alertsSchema = z
  .array(z.object({ labels, startsAt: z.string(), status: z.object({ state: z.string() }) }))
  .max(MAX_ITEMS);

export type FindingView = z.infer<typeof findingsSchema>['findings'][number];
export type RunwayView = z.infer<typeof runwaySchema>['runway'][number];
export type StatusView = z.infer<typeof statusSchema>;
export type AlertView = z.infer<typeof alertsSchema>[number];

export interface LoopState {
  readonly atSeconds: number;
  /** Undefined where it could not be read; `troubles` then says why. */
  readonly findings?: readonly FindingView[] | undefined;
  readonly runway?: readonly RunwayView[] | undefined;
  readonly status?: StatusView | undefined;
  readonly alerts?: readonly AlertView[] | undefined;
  /** There is no Alertmanager to ask. */
  readonly alertsGoNowhere?: boolean;
  /** One sentence per source that did not answer. */
  readonly troubles: readonly string[];
}

export interface LoopUrls {
  readonly analyzer: string;
  /** Undefined when alerts go nowhere. */
  readonly alertmanager?: string | undefined;
}

/** Reads everything at once; never throws. */
export async function readLoopState(urls: LoopUrls): Promise<LoopState> {
  const troubles: string[] = [];
  const read = async <T>(name: string, url: string, schema: z.ZodType<T>) => {
    try {
      return parse(schema, await getText(url));
    } catch (error) {
      troubles.push(`${name}: ${(error as Error).message}`);
      return undefined;
    }
  };
  const { analyzer, alertmanager } = urls;
  const [status, findings, runway, alerts] = await Promise.all([
    read('analyzer status', `${analyzer}/api/v1/status`, statusSchema),
    read('analyzer findings', `${analyzer}/api/v1/findings`, findingsSchema),
    read('analyzer runway', `${analyzer}/api/v1/runway`, runwaySchema),
    alertmanager &&
      read(
        'Alertmanager',
        `${alertmanager}/api/v2/alerts?active=true&silenced=false`,
        alertsSchema,
      ),
  ]);
  return {
    atSeconds: Date.now() / 1000,
    status,
    findings: findings?.findings,
    runway: runway?.runway,
    alerts: alerts || undefined,
    alertsGoNowhere: alertmanager === undefined,
    troubles: troubles.sort(),
  };
}

function parse<T>(schema: z.ZodType<T>, text: string): T {
  const result = schema.safeParse(JSON.parse(text));
  if (result.success) return result.data;
  const issue = result.error.issues[0];
  throw new Error(`answer not understood: ${issue?.path.join('.')}: ${issue?.message}`);
}
