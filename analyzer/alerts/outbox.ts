// Decides which alerts go out when: news at once, firing ones again every interval, resolved ones for five minutes.
import type { Finding } from '../series/finding.ts';
import { labelsKey } from '../series/labels.ts';
import { type AlertOptions, toAlert } from './alert.ts';
import type { AlertmanagerClient, PostableAlert, SendResult } from './alertmanager.ts';

/** Alertmanager's advice to clients: repeat the resolved alert for five minutes. */
const REPEAT_RESOLVED_SECONDS = 300;

export interface OutboxOptions extends Omit<AlertOptions, 'now' | 'alertname'> {
  readonly client: AlertmanagerClient;
  readonly alertnameOf: (kind: string) => string;
}

export interface OutboxReport {
  readonly results: readonly SendResult[];
  readonly alerts: number;
}

export interface Outbox {
  /** Sends what is due at `now` (Unix seconds); undefined when nothing is. What failed is due again at the next call. */
  publish(findings: readonly Finding[], now: number): Promise<OutboxReport | undefined>;
}

interface Sent {
  readonly alert: PostableAlert;
  readonly over: boolean;
  readonly changed: number;
}

export function createOutbox(options: OutboxOptions): Outbox {
  let known = new Map<string, Sent>();
  let lastSent = Number.NEGATIVE_INFINITY;
  let pendingNews = false;
  return {
    async publish(findings, now) {
      const next = update(known, findings, { ...options, now });
      pendingNews ||= hasNews(known, next);
      known = next;
      if (known.size === 0 || options.client.urls.length === 0) return undefined;
      if (!pendingNews && now - lastSent < options.resendInterval) return undefined;
      const alerts = [...known.values()].map(({ alert }) => alert);
      const results = await options.client.send(alerts);
      if (results.every(({ error }) => error === undefined)) {
        lastSent = now;
        pendingNews = false;
      }
      return { results, alerts: alerts.length };
    },
  };
}

/** Alerts whose labels nobody sends any more (the finding is gone, or its severity rose) are over as of now. */
function update(
  known: ReadonlyMap<string, Sent>,
  findings: readonly Finding[],
  options: OutboxOptions & { now: number },
): Map<string, Sent> {
  const next = new Map<string, Sent>();
  for (const finding of findings) {
    const alert = toAlert(finding, { ...options, alertname: options.alertnameOf(finding.kind) });
    if (alert === undefined) continue;
    next.set(labelsKey(alert.labels), {
      alert,
      over: finding.state === 'resolved',
      changed: finding.changed,
    });
  }
  for (const [key, sent] of known) {
    if (next.has(key)) continue;
    const over = sent.over ? sent : endNow(sent, options.now);
    if (options.now - over.changed < REPEAT_RESOLVED_SECONDS) next.set(key, over);
  }
  return next;
}

function endNow({ alert }: Sent, now: number): Sent {
  const endsAt = new Date(now * 1000).toISOString();
  return { alert: { ...alert, endsAt }, over: true, changed: now };
}

function hasNews(before: ReadonlyMap<string, Sent>, after: ReadonlyMap<string, Sent>): boolean {
  return [...after].some(([key, { over }]) => before.get(key)?.over !== over);
}
