// Small answers that the console needs beside the lists: where links lead, what cannot be judged, whether the audit log holds.
import { Router } from 'express';
import type { Unavailable } from '../series/finding.ts';
import type { AuditReport } from '../store/audit-log.ts';

/** Checking the whole chain again for every page would be work for nothing. */
const VERIFY_SECONDS = 10;

export interface Links {
  readonly runbooks: string;
  readonly prometheus: string | undefined;
  readonly grafana: string | undefined;
}

export interface ConsoleAnswerOptions {
  readonly links: () => Links;
  readonly unavailable: () => readonly Unavailable[];
  readonly verify: () => AuditReport | Promise<AuditReport>;
  /** Unix seconds. */
  readonly clock: () => number;
}

export function createConsoleAnswerRoutes(options: ConsoleAnswerOptions): Router {
  const { links, unavailable, verify, clock } = options;
  const router = Router();
  let verified: { readonly at: number; readonly report: AuditReport } | undefined;
  router.get('/api/v1/links', (_request, response) => {
    const { runbooks, prometheus, grafana } = links();
    response.json({
      runbooks: forReaders(runbooks),
      prometheus: forReaders(prometheus),
      grafana: forReaders(grafana),
    });
  });
  router.get('/api/v1/unavailable', (_request, response) => {
    response.json({ unavailable: unavailable() });
  });
  router.get('/api/v1/audit/verification', async (_request, response) => {
    if (verified === undefined || Math.abs(clock() - verified.at) >= VERIFY_SECONDS)
      verified = { at: clock(), report: await verify() };
    const { entries, head, problem } = verified.report;
    response.json({ entries, head, problem: problem ?? null, checked: verified.at });
  });
  return router;
}

/** The address that the analyzer itself uses may carry its password. */
function forReaders(url: string | undefined): string | null {
  if (url === undefined) return null;
  const address = new URL(url);
  address.username = '';
  address.password = '';
  return address.href;
}
