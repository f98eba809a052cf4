// What people are told outside of alerts, as the configuration wants it: scheduled reports, approvals that wait, tickets.
import { Cron } from 'croner';
import { type Logger, redactUrl } from '../service/log.ts';
import type { Config } from './config.ts';
import type { PresetSources } from './features/merge-presets.ts';
import { tellApprovals } from './notify/approvals.ts';
import { correlationId } from './notify/correlation.ts';
import { createDispatcher } from './notify/dispatcher.ts';
import { createNotifiers, createTicketSystems } from './notify/list.ts';
import { createTicketDesk, type TicketDesk } from './notify/open-ticket.ts';
import { createScheduler } from './pipeline/scheduler.ts';
import type { Querier } from './prometheus/querier.ts';
import { gatherReport } from './report/gather-report.ts';
import { renderReport } from './report/render-report.ts';
import { sendReport } from './report/send-report.ts';
import type { Store } from './store/store.ts';

const APPROVALS_MS = 15_000;
const MAX_APPROVALS = 50;
const INCIDENTS_SECONDS = 60;

export interface NoticeDeps {
  readonly actionStore: Store;
  /** Unix seconds. */
  readonly clock: () => number;
  readonly log: Logger;
}

export interface ConfiguredNotices {
  readonly desk: TicketDesk;
  start(): void;
  stop(): Promise<void>;
}

export interface NoticeSources {
  /** In a thread of its own: a report reads weeks. */
  readonly history: Querier;
  readonly presets: () => PresetSources;
}

export function createConfiguredNotices(
  config: Config,
  deps: NoticeDeps,
  { history, presets }: NoticeSources,
): ConfiguredNotices {
  const { notify, report } = config;
  const { clock, log, actionStore } = deps;
  const dispatcher = createDispatcher({
    ...{ notifiers: createNotifiers(notify, clock), window: notify.window, clock },
    maxPerHour: notify.max_per_hour,
  });
  const systems = createTicketSystems(notify);
  const approvals = createScheduler({
    intervalMs: APPROVALS_MS,
    async run() {
      const channels = notify.approvals;
      if (channels.length === 0 || !actionStore.leader.isHeld()) return;
      try {
        const wanted = { states: ['waiting'], limit: MAX_APPROVALS } as const;
        const waiting = await actionStore.actions.list(wanted);
        // Attempts may take minutes: this one does not wait for them.
        void tellApprovals(waiting, { dispatcher, channels }).then((lost) => {
          for (const problem of lost) log.warn({ problem }, 'an approval was not told');
        });
      } catch (error) {
        log.warn({ err: error as Error }, 'approvals that wait could not be read');
      }
    },
  });
  const make = async () => {
    if (!actionStore.leader.isHeld()) return;
    const to = Math.floor(clock() / 60) * 60;
    const request = {
      ...{ from: to - report.range, to, timeZone: report.time_zone },
      source: redactUrl(config.prometheus.url),
    };
    const { servicenow } = systems;
    const signal = () => AbortSignal.timeout(INCIDENTS_SECONDS * 1000);
    const made = await gatherReport(request, {
      ...{ querier: history, presets: presets(), clock, idOf: correlationId },
      incidents: servicenow && ((span) => servicenow.incidents(span, signal())),
    });
    const rendered = await renderReport(made, report.formats);
    const to_ = { dispatcher, channels: report.send_to };
    for (const { channel, outcome, detail } of await sendReport(rendered, made, to_))
      if (outcome === 'sent') log.info({ channel }, 'report sent');
      else log.warn({ channel, outcome, detail }, 'report not sent');
  };
  const jobs: Cron[] = [];
  return {
    desk: createTicketDesk(systems.byName, clock),
    start() {
      approvals.start();
      if (report.schedule === undefined) return;
      const options = {
        ...{ timezone: report.time_zone, protect: true, unref: true },
        catch: (error: unknown) => log.error({ err: error as Error }, 'report not made'),
      };
      jobs.push(new Cron(report.schedule, options, make));
    },
    async stop() {
      for (const job of jobs) job.stop();
      await dispatcher.stop();
      await approvals.stop();
    },
  };
}
