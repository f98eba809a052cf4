// Alerts on their way in: Alertmanager's webhook and our own findings become the same thing, stored in batches.
// Source: https://prometheus.io/docs/alerting/latest/configuration/#webhook_config (version 4)
import { createHash } from 'node:crypto';
import { z } from 'zod';
import type { Finding } from '../series/finding.ts';
import { labelsKey } from '../series/labels.ts';
import type { IncomingAlert } from '../store/alert-inbox.ts';
import type { Store } from '../store/store.ts';
import { FAILED_ALERT, RUNNING_ALERT } from './announce.ts';

const MAX_ALERTS = 10_000;
/** Alerts that wait for the next commit; beyond, senders are told to come back. */
const MAX_WAITING = 20_000;
const MAX_QUERY_CHARS = 8_192;
/** What we say ourselves of our actions is not a reason to act. */
export const NEEDS_PERSON = 'GuardActionNeedsPerson';
const OUR_OWN = [NEEDS_PERSON, RUNNING_ALERT, FAILED_ALERT];

const labels = z.record(z.string().max(256), z.string().max(4_096));
/** Not strict: later versions of Alertmanager add fields. */
export const webhookSchema = z.object({
  version: z.literal('4'),
  truncatedAlerts: z.int().min(0).default(0),
  alerts: z
    .array(
      z.object({
        status: z.enum(['firing', 'resolved']),
        labels,
        startsAt: z.iso.datetime({ offset: true }),
        generatorURL: z.string().default(''),
        fingerprint: z.string().min(1).max(128),
      }),
    )
    .max(MAX_ALERTS),
});

export type Webhook = z.infer<typeof webhookSchema>;

export function fromWebhook({ alerts, truncatedAlerts }: Webhook): IncomingAlert[] {
  return alerts
    .filter((alert) => !OUR_OWN.includes(alert.labels.alertname ?? ''))
    .map(({ generatorURL, ...alert }) => ({
      ...alert,
      source: 'alertmanager',
      truncated: truncatedAlerts > 0,
      promql: queryOf(generatorURL),
    }));
}

/** Prometheus' generatorURL holds the rule's expression. */
function queryOf(url: string): string | undefined {
  const query = URL.parse(url)?.searchParams.get('g0.expr') ?? '';
  return query === '' || query.length > MAX_QUERY_CHARS ? undefined : query;
}

/** Pending findings are not alerts yet. */
export function fromFindings(findings: readonly Finding[]): IncomingAlert[] {
  return findings.flatMap(({ kind, subject, severity, state, since, evidence }) => {
    if (state === 'pending') return [];
    const key = createHash('sha256')
      .update(`${kind} ${labelsKey(subject)}`)
      .digest('hex');
    return [
      {
        fingerprint: `finding-${key.slice(0, 24)}`,
        startsAt: new Date(since * 1000).toISOString(),
        status: state,
        source: 'analyzer' as const,
        truncated: false,
        labels: { kind, severity, ...subject },
        promql: evidence[0]?.promql,
      },
    ];
  });
}

export interface Intake {
  /** Resolves when the alerts are on the disk. @throws {IntakeFullError} */
  accept(alerts: readonly IncomingAlert[]): Promise<void>;
}

export class IntakeFullError extends Error {}

interface Waiting {
  readonly alerts: readonly IncomingAlert[];
  readonly resolve: () => void;
  readonly reject: (error: Error) => void;
}

/** A commit costs milliseconds of the disk: everything that arrives meanwhile shares the next one. */
export function createIntake(store: Store, clock: () => number): Intake {
  let waiting: Waiting[] = [];
  /** Also those that are being stored: they still take memory. */
  let count = 0;
  let isStoring = false;

  async function storeAll(): Promise<void> {
    while (waiting.length > 0) {
      const batch = waiting;
      waiting = [];
      const alerts = batch.flatMap((one) => one.alerts);
      try {
        await store.alerts.store(alerts, clock());
        for (const { resolve } of batch) resolve();
      } catch (error) {
        for (const { reject } of batch) reject(error as Error);
      }
      count -= alerts.length;
    }
    isStoring = false;
  }

  return {
    accept(alerts) {
      if (count + alerts.length > MAX_WAITING && count > 0)
        return Promise.reject(new IntakeFullError(`${count} alerts wait to be stored`));
      return new Promise((resolve, reject) => {
        waiting.push({ alerts, resolve, reject });
        count += alerts.length;
        if (isStoring) return;
        isStoring = true;
        setImmediate(storeAll);
      });
    },
  };
}
