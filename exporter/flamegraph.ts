// GET /debug/flamegraph?group=…&seconds=…&format=html|folded: records one group now and answers where its CPU time goes.
import { randomBytes } from 'node:crypto';
import { type Request, type Response, Router } from 'express';
import { isEmbeddedByForeignPage } from '../service/foreign-page.ts';
import type { Logger } from '../service/log.ts';
import { busyGroups } from './collectors/perf/busy-groups.ts';
import { createProfile, type Profile, toFolded } from './collectors/perf/profile.ts';
import type { PerfProfiler } from './collectors/perf/profiler.ts';
import { flamePagePolicy, readFlamePageAssets, renderFlamePage } from './flamegraph-page.ts';
import type { FlamegraphQuery } from './flamegraph-query.ts';
import { NoDataError } from './sources/no-data.ts';
import { MAX_SECONDS, PerfBusyError } from './sources/perf-record.ts';

const HERTZ = 99;
const TOP_FUNCTIONS = 20;
/** Between two readings of CPU times, which tell who is busy when the group has more processes than are recorded. */
const LOOK_MS = 300;

const HELP =
  'Ask for /debug/flamegraph?group=<name as in guard_process_cpu_seconds_total>&seconds=5&format=html or folded';

export interface FlamegraphOptions {
  readonly profiler: PerfProfiler;
  /** Asked at every request: a reload may change it. */
  readonly enabled: () => boolean;
  readonly log: Logger;
}

/** A router for the exporter's HTTP service. */
export function createFlamegraphRoutes({ profiler, enabled, log }: FlamegraphOptions): Router {
  const assets = readFlamePageAssets();
  const answer = async (query: FlamegraphQuery, response: Response): Promise<void> => {
    const abort = new AbortController();
    response.once('close', () => abort.abort());
    try {
      const profile = await recordGroup(profiler, query, abort.signal);
      response.set('Cache-Control', 'no-store');
      if (query.format === 'folded') {
        response.type('text/plain').send(toFolded(profile.stacks()));
        return;
      }
      const nonce = randomBytes(16).toString('base64');
      const { group, seconds } = query;
      const content = { stacks: profile.stacks(), hotspots: profile.hotspots(TOP_FUNCTIONS) };
      response.set('Content-Security-Policy', flamePagePolicy(nonce));
      response.type('html').send(renderFlamePage({ group, seconds, nonce, ...content }, assets));
    } catch (error) {
      if (abort.signal.aborted) return;
      refuse(response, toRefusal(error, log));
    }
  };
  const router = Router();
  router.get('/debug/flamegraph', async (request: Request, response: Response) => {
    if (!enabled()) {
      refuse(response, {
        status: 403,
        text: 'Flame graphs are off: set perf.record.enabled in the configuration, or start with --web.enable-debug',
      });
      return;
    }
    // Loaded here: few ever ask, and zod takes memory.
    const { parseQuery } = await import('./flamegraph-query.ts');
    const query = parseQuery(request.query);
    // Express answers HEAD by GET, and nobody wants a recording for a header.
    if (request.method === 'HEAD') refuse(response, { status: 405, text: 'Only GET' });
    else if (isEmbeddedByForeignPage(request))
      refuse(response, { status: 403, text: 'Not inside a page of another origin' });
    else if ('problem' in query)
      refuse(response, { status: 400, text: `${query.problem}. ${HELP}` });
    else await answer(query, response);
  });
  return router;
}

class UnknownGroupError extends Error {
  constructor(group: string) {
    super(`No process of a group ${JSON.stringify(group)} runs here. ${HELP}`);
    this.name = 'UnknownGroupError';
  }
}

async function recordGroup(
  profiler: PerfProfiler,
  { group, seconds }: FlamegraphQuery,
  signal: AbortSignal,
): Promise<Profile> {
  const before = await profiler.readCpu(group);
  await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
  const after = await profiler.readCpu(group);
  const [busy] = busyGroups(before, after, LOOK_MS / 1000);
  if (busy === undefined) throw new UnknownGroupError(group);
  const groups = new Map(busy.pids.map((pid) => [pid, group]));
  const profiles = await profiler.record({ groups, seconds, hertz: HERTZ }, signal);
  return profiles.get(group) ?? createProfile();
}

interface Refusal {
  readonly status: number;
  readonly text: string;
}

function toRefusal(error: unknown, log: Logger): Refusal {
  const { message } = error as Error;
  if (error instanceof UnknownGroupError) return { status: 404, text: message };
  if (error instanceof PerfBusyError) return { status: 429, text: message };
  if (error instanceof NoDataError) return { status: 503, text: `${error.reason}: ${message}` };
  log.error({ err: error }, 'flame graph failed');
  return { status: 500, text: `Cannot record: ${message}` };
}

function refuse(response: Response, { status, text }: Refusal): void {
  if (status === 429) response.set('Retry-After', String(MAX_SECONDS));
  if (status === 405) response.set('Allow', 'GET');
  response.status(status).type('text/plain').send(`${text}\n`);
}
