// Sends what is due to Alertmanager, one post after the other, and knows what was not delivered.
import type { Logger } from '../../service/log.ts';
import type { Outbox, OutboxReport } from '../alerts/outbox.ts';
import type { Finding, Unavailable } from '../series/finding.ts';

/** While a cycle takes longer, the outbox is asked this often whether something is due. */
const REPEAT_MS = 1_000;

export interface PublisherOptions {
  readonly outbox: Outbox;
  /** What is known now. */
  readonly findings: () => readonly Finding[];
  /** Unix seconds. */
  readonly clock: () => number;
  readonly log: Logger;
  /** Called after every post, delivered or not. */
  readonly onAlerts: (report: OutboxReport) => void;
}

export interface Publisher {
  publish(): Promise<void>;
  /** Goes on sending while the work lasts: alerts that nobody repeats are over, however long a slow server is waited for. */
  publishDuring(work: Promise<void>): Promise<void>;
  unavailable(): readonly Unavailable[];
}

export function createPublisher(options: PublisherOptions): Publisher {
  const { outbox, findings, clock, log, onAlerts } = options;
  let problems: readonly Unavailable[] = [];
  let publishing: Promise<void> | undefined;

  async function send(): Promise<void> {
    const report = await outbox.publish(findings(), clock());
    if (report === undefined) return;
    onAlerts(report);
    problems = report.results.flatMap(({ error }) => (error === undefined ? [] : problem(error)));
    for (const { detail } of problems) log.warn({ problem: detail }, 'alerts not delivered');
  }

  async function publish(): Promise<void> {
    while (publishing !== undefined) await publishing.catch(() => {});
    publishing = send().finally(() => {
      publishing = undefined;
    });
    await publishing;
  }

  return {
    publish,
    async publishDuring(work) {
      const repeating = setInterval(() => {
        if (publishing === undefined)
          publish().catch((error: Error) => log.error({ err: error }, 'alerts not sent'));
      }, REPEAT_MS);
      try {
        await work;
      } finally {
        clearInterval(repeating);
      }
    },
    unavailable: () => problems,
  };
}

function problem(detail: string): Unavailable[] {
  return [{ what: 'alertmanager', signal: '', reason: 'not_delivered', detail }];
}
