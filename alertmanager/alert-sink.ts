// A local HTTP server that takes what Alertmanager sends and hands it over, for tests.
import { once } from 'node:events';
import { createServer, type IncomingMessage } from 'node:http';

const MAX_BODY_BYTES = 1_000_000;
const MAX_DELIVERIES = 1_000;
const WAIT_TIMEOUT_MS = 20_000;

export interface Delivery {
  /** The path, which tells the receiver. */
  readonly path: string;
  readonly body: unknown;
  /** The header with which the sender says who it is; empty without. */
  readonly authorization: string;
}

export interface AlertSink {
  readonly url: string;
  /** What has arrived so far, oldest first. */
  readonly deliveries: readonly Delivery[];
  /** The first delivery that matches, as soon as it is there. @throws {Error} when it is not there in time. */
  waitFor(matches: (delivery: Delivery) => boolean): Promise<Delivery>;
  stop(): Promise<void>;
}

/** Starts the server on a free loopback port; it answers `ok`, which is what Slack answers. */
export async function startAlertSink(): Promise<AlertSink> {
  const deliveries: Delivery[] = [];
  const arrivals = new EventTarget();
  const server = createServer((request, response) => {
    void readBody(request).then((body) => {
      if (deliveries.length < MAX_DELIVERIES) {
        const { authorization = '' } = request.headers;
        deliveries.push({ path: request.url ?? '', body, authorization });
      }
      response.end('ok');
      arrivals.dispatchEvent(new Event('arrival'));
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('No TCP port was given');
  return {
    url: `http://127.0.0.1:${address.port}`,
    deliveries,
    waitFor: (matches) => waitForDelivery(deliveries, arrivals, matches),
    stop: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

async function readBody(request: IncomingMessage): Promise<unknown> {
  let text = '';
  for await (const chunk of request) {
    text += String(chunk);
    if (text.length > MAX_BODY_BYTES) return undefined;
  }
  return JSON.parse(text) as unknown;
}

async function waitForDelivery(
  deliveries: readonly Delivery[],
  arrivals: EventTarget,
  matches: (delivery: Delivery) => boolean,
): Promise<Delivery> {
  const deadline = AbortSignal.timeout(WAIT_TIMEOUT_MS);
  while (true) {
    const found = deliveries.find(matches);
    if (found !== undefined) return found;
    await once(arrivals, 'arrival', { signal: deadline }).catch((cause: unknown) => {
      const seen = JSON.stringify(deliveries);
      throw new Error(`No such delivery within ${WAIT_TIMEOUT_MS} ms; arrived: ${seen}`, { cause });
    });
  }
}
