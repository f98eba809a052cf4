// Every kind of channel and of ticket system, made of its configuration.
import type { ChannelConfig, NotifyConfig } from './config.ts';
import { createDirectoryNotifier } from './directory.ts';
import { createEmailNotifier } from './email.ts';
import { createGithub } from './github.ts';
import { createJira } from './jira.ts';
import type { Notifier } from './message.ts';
import { createPagerdutyNotifier } from './pagerduty.ts';
import { createS3Notifier } from './s3.ts';
import { createServicenow, type Servicenow } from './servicenow.ts';
import { createSlackNotifier } from './slack.ts';
import type { TicketSystem, TicketSystemName } from './ticket.ts';
import { createWebhookNotifier } from './webhook.ts';

/** @param clock Unix seconds. */
export function createNotifiers(
  { channels }: Pick<NotifyConfig, 'channels'>,
  clock: () => number,
): ReadonlyMap<string, Notifier> {
  return new Map(
    Object.entries(channels).map(([name, channel]) => [name, createNotifier(channel, clock)]),
  );
}

function createNotifier(channel: ChannelConfig, clock: () => number): Notifier {
  switch (channel.type) {
    case 'slack':
      return createSlackNotifier(channel);
    case 'email':
      return createEmailNotifier(channel);
    case 'pagerduty':
      return createPagerdutyNotifier(channel);
    case 'webhook':
      return createWebhookNotifier(channel);
    case 'directory':
      return createDirectoryNotifier(channel);
    case 's3':
      return createS3Notifier(channel, clock);
  }
}

export interface TicketSystems {
  readonly byName: ReadonlyMap<TicketSystemName, TicketSystem>;
  /** Where incidents are read for the report. */
  readonly servicenow: Servicenow | undefined;
}

export function createTicketSystems({ tickets }: Pick<NotifyConfig, 'tickets'>): TicketSystems {
  const servicenow = tickets.servicenow && createServicenow(tickets.servicenow);
  const byName = new Map<TicketSystemName, TicketSystem>();
  if (servicenow !== undefined) byName.set('servicenow', servicenow);
  if (tickets.jira !== undefined) byName.set('jira', createJira(tickets.jira));
  if (tickets.github !== undefined) byName.set('github', createGithub(tickets.github));
  return { byName, servicenow };
}
