// Posts findings to every Alertmanager by its v2 API, again while they fire, and once more when they are over.
// Source: https://github.com/prometheus/alertmanager/blob/main/api/v2/openapi.yaml
import { redactUrl } from '../../service/log.ts';
import { sendRequest } from '../../service/outbound.ts';

/** Alertmanager refuses bodies that its peers could not gossip; ours are sent in parts of this many alerts. */
const MAX_ALERTS_PER_POST = 200;
const MAX_ERROR_CHARS = 300;

/** One alert of `POST /api/v2/alerts`; times are RFC 3339. */
export interface PostableAlert {
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
  readonly startsAt: string;
  readonly endsAt: string;
  readonly generatorURL?: string;
}

export interface SendResult {
  readonly url: string;
  /** Undefined when the Alertmanager took every alert. */
  readonly error: string | undefined;
}

export interface AlertmanagerClient {
  readonly urls: readonly string[];
  /** Never throws: an Alertmanager that is down must not keep the others from hearing. */
  send(alerts: readonly PostableAlert[]): Promise<SendResult[]>;
}

export function createAlertmanagerClient(
  urls: readonly string[],
  { timeoutMs }: { timeoutMs: number },
): AlertmanagerClient {
  return {
    urls,
    send: (alerts) => Promise.all(urls.map((url) => sendAll(url, alerts, timeoutMs))),
  };
}

async function sendAll(
  url: string,
  alerts: readonly PostableAlert[],
  timeoutMs: number,
): Promise<SendResult> {
  try {
    for (let start = 0; start < alerts.length; start += MAX_ALERTS_PER_POST) {
      await post(url, alerts.slice(start, start + MAX_ALERTS_PER_POST), timeoutMs);
    }
    return { url, error: undefined };
  } catch (error) {
    const what = `Posting ${alerts.length} alerts to ${redactUrl(url)} failed`;
    return { url, error: `${what}: ${(error as Error).message}` };
  }
}

async function post(
  url: string,
  alerts: readonly PostableAlert[],
  timeoutMs: number,
): Promise<void> {
  const response = await sendRequest(`${url}/api/v2/alerts`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify(alerts),
    signal: AbortSignal.timeout(timeoutMs),
    size: 1024 * 1024,
  });
  const body = await response.text();
  if (!response.ok) throw new Error(`HTTP ${response.status}: ${body.slice(0, MAX_ERROR_CHARS)}`);
}
