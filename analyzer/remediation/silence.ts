// Silences of Alertmanager: created with an expiry of their own, ended early when the work is over.
// Source: https://github.com/prometheus/alertmanager/blob/main/api/v2/openapi.yaml (silences)
import { z } from 'zod';
import { redactUrl } from '../../service/log.ts';
import { sendRequest } from '../../service/outbound.ts';
import type { Labels } from '../series/labels.ts';

const MAX_ANSWER_BYTES = 64 * 1024;
const MAX_ERROR_CHARS = 300;

export interface SilenceRequest {
  /** Equality of each; an empty set would silence everything and is refused. */
  readonly labels: Labels;
  /** Unix seconds. */
  readonly from: number;
  readonly to: number;
  readonly comment: string;
}

export interface SilenceClient {
  /** @param previous those that it takes the place of. @throws {Error} when no Alertmanager took it. */
  create(request: SilenceRequest, previous?: readonly Silence[]): Promise<readonly Silence[]>;
  /** @throws {Error} */
  end(silence: Silence): Promise<void>;
}

export interface Silence {
  readonly url: string;
  readonly id: string;
}

const created = z.object({ silenceID: z.string().min(1) });

export function createSilenceClient(
  urls: readonly string[],
  { timeoutMs }: { timeoutMs: number },
): SilenceClient {
  return {
    async create(request, previous = []) {
      const { instance, alertname, kind } = request.labels;
      if (!instance || !(alertname || kind))
        throw new Error('A silence needs the instance, and the name or kind of the alert');
      const results = await Promise.allSettled(
        urls.map(async (url) => {
          const id = previous.find((one) => one.url === url)?.id;
          const body = JSON.stringify({
            ...toSilence(request),
            ...(id === undefined ? {} : { id }),
          });
          const text = await send(`${url}/api/v2/silences`, { method: 'POST', body, timeoutMs });
          return { url, id: created.parse(JSON.parse(text)).silenceID };
        }),
      );
      return results.flatMap((one) => {
        if (one.status === 'fulfilled') return [one.value];
        // A pair of which one is down: the other has it, and gossips.
        if (results.some(({ status }) => status === 'fulfilled')) return [];
        throw one.reason;
      });
    },
    async end({ url, id }) {
      await send(`${url}/api/v2/silence/${encodeURIComponent(id)}`, {
        method: 'DELETE',
        timeoutMs,
      });
    },
  };
}

function toSilence({ labels, from, to, comment }: SilenceRequest) {
  const matchers = Object.entries(labels).map(([name, value]) => ({
    ...{ name, value },
    ...{ isRegex: false, isEqual: true },
  }));
  const [startsAt, endsAt] = [from, to].map((seconds) => new Date(seconds * 1000).toISOString());
  return { matchers, startsAt, endsAt, comment, createdBy: 'latency-guard' };
}

interface Request {
  readonly method: 'POST' | 'DELETE';
  readonly body?: string;
  readonly timeoutMs: number;
}

async function send(url: string, { method, body, timeoutMs }: Request): Promise<string> {
  const response = await sendRequest(url, {
    method,
    size: MAX_ANSWER_BYTES,
    headers: { 'Content-Type': 'application/json' },
    ...(body === undefined ? {} : { body }),
    signal: AbortSignal.timeout(timeoutMs),
  });
  const text = await response.text();
  if (response.ok) return text;
  const said = text.slice(0, MAX_ERROR_CHARS);
  throw new Error(`${method} ${redactUrl(url)}: HTTP ${response.status}: ${said}`);
}
