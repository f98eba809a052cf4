// What the rig says while a case runs: which findings fired in the analyzer, when Prometheus had them, and the best scores.
import { z } from 'zod';
import { getText } from '../../deploy/local/http.ts';
import type { Urls } from '../../deploy/local/plan.ts';

const MAX_FINDINGS = 2_000;
const labels = z.record(z.string(), z.string());
const findingSchema = z.object({
  kind: z.string(),
  subject: labels,
  score: z.number(),
  state: z.enum(['pending', 'firing', 'resolved']),
  since: z.number(),
  evidence: z.array(z.object({ text: z.string() })).default([]),
});
const findingsSchema = z.object({ findings: z.array(findingSchema).max(MAX_FINDINGS) });
const vectorSchema = z.object({
  data: z.object({
    result: z.array(z.object({ metric: labels, value: z.tuple([z.number(), z.string()]) })),
  }),
});

export type Labels = Readonly<Record<string, string>>;
type FindingView = z.infer<typeof findingSchema>;

/** A finding that fired while a case ran. */
export interface Sighting {
  readonly kind: string;
  readonly subject: Labels;
  readonly score: number;
  /** Since the case began. */
  readonly seconds: number;
  /** Until `guard_finding` was in Prometheus as firing; undefined when that was not seen. */
  prometheusSeconds: number | undefined;
  readonly evidence: readonly string[];
}

export interface BestScore {
  readonly kind: string;
  readonly subject: Labels;
  readonly score: number;
}

export interface WatchOptions {
  readonly urls: Urls;
  readonly seconds: number;
  /** Ends the watching early. */
  readonly isEnough: (seen: readonly Sighting[], seconds: number) => boolean;
  /** Returns early when the run is interrupted. */
  readonly sleep: (ms: number) => Promise<void>;
  readonly isStopped: () => boolean;
}

const POLL_MS = 1_000;
const READ_TIMEOUT_MS = 5_000;
const READ_ATTEMPTS = 3;

/** Findings that began to fire within the given time, oldest first. @throws when the analyzer does not answer. */
export async function watchFindings(options: WatchOptions): Promise<Sighting[]> {
  const { urls, isEnough, sleep, isStopped } = options;
  const started = performance.now();
  const elapsed = () => (performance.now() - started) / 1000;
  const before = new Set((await readFindings(urls)).filter(isOpen).map(keyOf));
  const seen = new Map<string, Sighting>();
  while (elapsed() < options.seconds && !isStopped() && !isEnough([...seen.values()], elapsed())) {
    await sleep(POLL_MS);
    for (const finding of await readFindings(urls)) {
      const key = keyOf(finding);
      if (!isOpen(finding)) before.delete(key);
      if (finding.state === 'firing' && !before.has(key) && !seen.has(key)) {
        seen.set(key, toSighting(finding, elapsed()));
      }
    }
    await lookInPrometheus(urls, [...seen.values()], elapsed());
  }
  return [...seen.values()];
}

/** Pending and firing findings of this moment. */
export async function openFindings(urls: Urls): Promise<FindingView[]> {
  return (await readFindings(urls)).filter(isOpen);
}

/** The highest score of each kind and subject over the last seconds, best first. */
export async function bestScores(urls: Urls, seconds: number): Promise<BestScore[]> {
  const window = Math.max(5, Math.ceil(seconds));
  const promql = `topk(5, max_over_time(guard_bottleneck_score[${window}s]))`;
  const { data } = await query(urls, promql);
  return data.result
    .map(({ metric: { __name__, kind = '', ...subject }, value }) => ({
      kind,
      subject,
      score: Number(value[1]),
    }))
    .sort((a, b) => b.score - a.score);
}

/** Whether a subject carries every label of one of the sets. */
export function blames(subject: Labels, sets: readonly Labels[]): boolean {
  return sets.some((set) => Object.entries(set).every(([name, value]) => subject[name] === value));
}

/** A machine that is short of CPU answers late: that alone must not end the run. */
async function readFindings(
  { analyzer }: Pick<Urls, 'analyzer'>,
  attempt = 1,
): Promise<FindingView[]> {
  try {
    const text = await getText(`${analyzer}/api/v1/findings`, { timeoutMs: READ_TIMEOUT_MS });
    return findingsSchema.parse(JSON.parse(text)).findings;
  } catch (error) {
    if (attempt >= READ_ATTEMPTS) throw error;
    return readFindings({ analyzer }, attempt + 1);
  }
}

async function lookInPrometheus(
  urls: Urls,
  seen: readonly Sighting[],
  seconds: number,
): Promise<void> {
  const wanted = seen.filter(({ prometheusSeconds }) => prometheusSeconds === undefined);
  if (wanted.length === 0) return;
  const { data } = await query(urls, 'guard_finding{state="firing"}');
  for (const sighting of wanted) {
    const { kind, subject } = sighting;
    const there = data.result.some(({ metric }) => blames(metric, [{ ...subject, kind }]));
    if (there) sighting.prometheusSeconds = seconds;
  }
}

async function query({ prometheus }: Urls, promql: string) {
  const url = `${prometheus}/api/v1/query?query=${encodeURIComponent(promql)}`;
  return vectorSchema.parse(JSON.parse(await getText(url, { timeoutMs: READ_TIMEOUT_MS })));
}

function toSighting({ kind, subject, score, evidence }: FindingView, seconds: number): Sighting {
  const texts = evidence.map(({ text }) => text);
  return { kind, subject, score, seconds, prometheusSeconds: undefined, evidence: texts };
}

function isOpen({ state }: FindingView): boolean {
  return state !== 'resolved';
}

function keyOf({ kind, subject }: FindingView): string {
  return JSON.stringify([kind, Object.entries(subject).sort()]);
}
