// The JSON API: what the engine knows now, for `npm start`'s table, scripts and the console.
import type { Request, Response } from 'express';
import { z } from 'zod';
import type { Snapshot } from '../pipeline/state.ts';
import type { Finding } from '../series/finding.ts';
import { labelsKey } from '../series/labels.ts';
import { selectCurves } from '../synthetic/curve.ts';
import { earliestCrossings } from '../synthetic/exposition.ts';
import {
  decodeReadRequest,
  encodeReadResponse,
  MAX_REQUEST_BYTES,
  type ReadQuery,
} from '../synthetic/remote-read.ts';
import { findingsAnswer, runwayAnswer, statusAnswer } from './answers.ts';
import { findingId } from './finding-id.ts';
import { pageOf, pageParameters } from './page.ts';
import { sendProblem } from './problem.ts';
import { type ApiRoute, defineRoute } from './route.ts';

/** What the engine answers to "are you all right?". */
export interface Status {
  readonly state: 'warming_up' | 'ok' | 'degraded';
  readonly reason: string | null;
  readonly lastCycle: number | null;
  readonly cycles: number;
  readonly groups: number;
  readonly forecasts: number;
}

/** One subject of one signal with the time that is left until its limit; null = not within the horizons. */
export interface RunwayEntry {
  readonly signal: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly unit: string;
  readonly value: number;
  readonly limit: number;
  readonly secondsP10: number | null;
  readonly secondsP50: number | null;
  readonly secondsP90: number | null;
}

/** What clients of today read in one piece; more than that many open findings are a page. */
const MAX_LISTED = 5_000;
const list = z.strictObject(pageParameters({ limit: MAX_LISTED, max: MAX_LISTED }));

/** @param clock Unix seconds. */
export function createApiRoutes(snapshot: () => Snapshot, clock: () => number): ApiRoute[] {
  return [
    defineRoute({
      ...{ method: 'get', path: '/api/v1/findings', access: 'read', changes: false },
      summary: 'What is wrong now: who, why, what to do',
      query: list,
      answer: findingsAnswer,
      handle({ query }) {
        const { findings, learning } = snapshot();
        const key = ({ kind, subject }: Finding) => `${kind} ${labelsKey(subject)}`;
        const { entries, next } = pageOf(findings, query, key);
        const shown = entries.map(({ lastSeen, ...finding }) => ({
          id: findingId(finding),
          ...finding,
        }));
        return { findings: shown, learning: learning ?? null, next };
      },
    }),
    defineRoute({
      ...{ method: 'get', path: '/api/v1/runway', access: 'read', changes: false },
      summary: 'When which resource runs out',
      query: list,
      answer: runwayAnswer,
      handle({ query }) {
        const key = ({ signal, labels }: RunwayEntry) => `${signal} ${labelsKey(labels)}`;
        const { entries, next } = pageOf(toRunway(snapshot(), clock()), query, key);
        return { runway: entries, next };
      },
    }),
    defineRoute({
      ...{ method: 'get', path: '/api/v1/status', access: 'read', changes: false },
      summary: 'Whether the engine is all right',
      query: z.strictObject({}),
      answer: statusAnswer,
      handle: () => toStatus(snapshot()),
    }),
    {
      ...{ method: 'post', path: '/api/v1/read', access: 'read', changes: false },
      summary: "Forecasts into the future, by Prometheus' remote read (protobuf, snappy)",
      contentType: 'application/x-protobuf',
      raw: (request, response) => answerRemoteRead(request, response, snapshot()),
    },
  ];
}

async function answerRemoteRead(
  request: Request,
  response: Response,
  snapshot: Snapshot,
): Promise<void> {
  const body = await readBody(request, MAX_REQUEST_BYTES);
  const answer = answerRead(body, snapshot);
  if (typeof answer === 'string') {
    const status = body === undefined ? 413 : 400;
    sendProblem(response, { status, title: 'Invalid remote read request', detail: answer });
    return;
  }
  response.set({ 'Content-Type': 'application/x-protobuf', 'Content-Encoding': 'snappy' });
  response.end(answer);
}

/** As it was sent: express' own parsers refuse a body whose encoding (snappy) they do not know. Undefined when too large. */
async function readBody(stream: AsyncIterable<Buffer>, limit: number): Promise<Buffer | undefined> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of stream) {
    size += chunk.length;
    if (size > limit) return undefined;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

/** The response body, or the reason why the request cannot be answered. */
export function answerRead(body: unknown, { forecasts }: Snapshot): Uint8Array | string {
  if (!(body instanceof Uint8Array))
    return 'Expected a remote read request: application/x-protobuf';
  try {
    const queries: ReadQuery[] = decodeReadRequest(body);
    return encodeReadResponse(queries.map((query) => selectCurves(forecasts, query)));
  } catch (error) {
    return `Not a remote read request that can be answered: ${(error as Error).message}`;
  }
}

/** Before the exporter's first samples have arrived an empty answer is the normal course of things. */
export function toStatus({
  outcome,
  problem,
  lastCycle,
  cycles,
  groups,
  forecasts,
}: Snapshot): Status {
  const state =
    outcome === 'ok'
      ? 'ok'
      : lastCycle === undefined || outcome === 'no_data'
        ? 'warming_up'
        : 'degraded';
  return {
    state,
    reason: problem ?? null,
    lastCycle: lastCycle ?? null,
    cycles,
    groups,
    forecasts: forecasts.length,
  };
}

/** Soonest first, in seconds from `now` (Unix seconds); subjects without a limit are left out. */
export function toRunway({ forecasts }: Snapshot, now: number): RunwayEntry[] {
  const entries = earliestCrossings(forecasts, now).flatMap(({ signal, labels, p10, p50, p90 }) => {
    const source = forecasts.find((one) => one.signal === signal && one.labels === labels);
    if (source?.limit === undefined) return [];
    const { unit, value, limit } = source;
    const times = { secondsP10: finite(p10), secondsP50: finite(p50), secondsP90: finite(p90) };
    return [{ signal, labels, unit, value, limit, ...times }];
  });
  const key = (entry: RunwayEntry) => entry.secondsP50 ?? entry.secondsP10 ?? Number.MAX_VALUE;
  return entries.sort((a, b) => key(a) - key(b));
}

function finite(seconds: number): number | null {
  return Number.isFinite(seconds) ? Math.round(seconds) : null;
}
