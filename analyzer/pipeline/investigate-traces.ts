// The slowest spans around the onset of a finding, from the query API of Grafana Tempo or Jaeger (OpenTelemetry's usual stores).
import { z } from 'zod';
import { productVersion } from '../../service/flags.ts';
import { redactUrl } from '../../service/log.ts';
import { formatSpan } from '../bottleneck/format.ts';
import type { Hint } from '../series/finding.ts';
import type { ElsewhereSource } from './investigate.ts';

const BEFORE_SECONDS = 300;
const AFTER_SECONDS = 300;
const MAX_BODY_BYTES = 4 * 1024 * 1024;
/** Traces that are asked for; the slowest of them are told. */
const TRACES_READ = 20;
const SLOWEST = 3;
const MAX_NAME_CHARS = 120;

export interface TracesOptions {
  readonly url: string;
  readonly api: 'tempo' | 'jaeger';
  readonly timeoutMs: number;
  /** Name of the service in the traces by process group; the group's own name otherwise. */
  readonly services: Readonly<Record<string, string>>;
}

interface Span {
  readonly trace: string;
  readonly service: string;
  readonly name: string;
  readonly seconds: number;
}

export function createTraces(options: TracesOptions): ElsewhereSource {
  return {
    name: 'traces',
    async ask({ finding }) {
      const { group } = finding.subject;
      if (group === undefined) return [];
      const service = options.services[group] ?? group;
      const from = Math.floor(finding.since - BEFORE_SECONDS);
      const url = searchUrl(options, {
        service,
        from,
        to: Math.ceil(finding.since + AFTER_SECONDS),
      });
      const spans = readSpans(options.api, await getJson(url, options.timeoutMs), service);
      return toHints(spans, { service, shownBy: redactUrl(url.href) });
    },
  };
}

/** Tempo: https://grafana.com/docs/tempo/latest/api_docs/#search (seconds). Jaeger: the HTTP JSON API of its own UI (microseconds). */
function searchUrl(
  { url, api }: TracesOptions,
  { service, from, to }: { service: string; from: number; to: number },
): URL {
  const search = new URL(`${url}${api === 'tempo' ? '/api/search' : '/api/traces'}`);
  const parameters =
    api === 'tempo'
      ? { q: `{ resource.service.name = ${JSON.stringify(service)} }`, start: from, end: to }
      : { service, start: from * 1e6, end: to * 1e6 };
  for (const [name, value] of Object.entries({ ...parameters, limit: TRACES_READ })) {
    search.searchParams.set(name, String(value));
  }
  return search;
}

async function getJson(url: URL, timeoutMs: number): Promise<unknown> {
  const target = new URL(url);
  const headers: Record<string, string> = {
    Accept: 'application/json',
    'User-Agent': `guard/${productVersion()}`,
  };
  if (target.username !== '') {
    const pair = `${decodeURIComponent(target.username)}:${decodeURIComponent(target.password)}`;
    headers.Authorization = `Basic ${Buffer.from(pair).toString('base64')}`;
    target.username = '';
    target.password = '';
  }
  try {
    const response = await fetch(target, { headers, signal: AbortSignal.timeout(timeoutMs) });
    const text = await readBounded(response);
    if (!response.ok) throw new Error(`HTTP ${response.status} ${text.slice(0, 100)}`.trim());
    return JSON.parse(text);
  } catch (error) {
    const { message, cause } = error as Error;
    const reason = cause instanceof Error && cause.message !== '' ? cause.message : message;
    throw new Error(`traces: asking ${redactUrl(url.origin)} failed: ${reason}`, { cause: error });
  }
}

async function readBounded(response: Response): Promise<string> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of response.body ?? []) {
    size += chunk.length;
    if (size > MAX_BODY_BYTES) throw new Error(`the answer is larger than ${MAX_BODY_BYTES} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

/** Tempo leaves out what is empty or 0: an answer without traces is `{}` or so. */
const tempoSchema = z.object({
  traces: z
    .array(
      z.object({
        traceID: z.string(),
        rootServiceName: z.string().default('?'),
        rootTraceName: z.string().default('?'),
        durationMs: z.number().default(0),
      }),
    )
    .nullish(),
});
const jaegerSchema = z.object({
  data: z
    .array(
      z.object({
        traceID: z.string(),
        spans: z.array(
          z.object({ operationName: z.string(), duration: z.number(), processID: z.string() }),
        ),
        processes: z.record(z.string(), z.object({ serviceName: z.string() })),
      }),
    )
    .nullish(),
});

/** @throws {Error} when the answer is not of that API. */
function readSpans(api: TracesOptions['api'], body: unknown, service: string): Span[] {
  const answer = api === 'tempo' ? tempoSchema.safeParse(body) : jaegerSchema.safeParse(body);
  if (!answer.success) {
    throw new Error(
      `traces: the answer is not that of ${api}'s API: ${z.prettifyError(answer.error).split('\n', 1)[0]}`,
    );
  }
  if ('traces' in answer.data) {
    return (answer.data.traces ?? []).map((one) => ({
      trace: one.traceID,
      service: one.rootServiceName,
      name: one.rootTraceName,
      seconds: one.durationMs / 1e3,
    }));
  }
  const traces = 'data' in answer.data ? (answer.data.data ?? []) : [];
  return traces.flatMap(({ traceID, spans, processes }) =>
    spans
      .filter(({ processID }) => processes[processID]?.serviceName === service)
      .map(({ operationName, duration }) => ({
        trace: traceID,
        service,
        name: operationName,
        seconds: duration / 1e6,
      })),
  );
}

function toHints(
  spans: readonly Span[],
  { service, shownBy }: { service: string; shownBy: string },
): Hint[] {
  return [...spans]
    .sort((a, b) => b.seconds - a.seconds)
    .slice(0, SLOWEST)
    .map(({ trace, service: from, name, seconds }) => ({
      about: 'slow_spans',
      source: 'traces' as const,
      text: `around the onset ${from === service ? '' : `a trace through ${service} that began in `}${from} took ${formatSpan(seconds)} in ${name.slice(0, MAX_NAME_CHARS)} (trace ${trace})`,
      promql: '',
      shownBy,
    }));
}
