// `notify:` of analyzer.yml: whom what is told, and where tickets are opened. Secrets are files.
import { z } from 'zod';
import { duration } from '../../service/config.ts';
import { directorySchema } from './directory.ts';
import { emailSchema } from './email.ts';
import { githubSchema } from './github.ts';
import { jiraSchema } from './jira.ts';
import { pagerdutySchema } from './pagerduty.ts';
import { s3Schema } from './s3.ts';
import { servicenowSchema } from './servicenow.ts';
import { slackSchema } from './slack.ts';
import { webhookSchema } from './webhook.ts';

const MAX_CHANNELS = 32;

const channelSchema = z.discriminatedUnion('type', [
  slackSchema,
  emailSchema,
  pagerdutySchema,
  webhookSchema,
  directorySchema,
  s3Schema,
]);
export type ChannelConfig = z.infer<typeof channelSchema>;

/** Those that keep files and tell nobody. */
const STORES: readonly ChannelConfig['type'][] = ['directory', 's3'];

export const notifySchema = z
  .strictObject({
    channels: z
      .record(z.string().regex(/^[\w-]+$/), channelSchema)
      .refine((all) => Object.keys(all).length <= MAX_CHANNELS, `at most ${MAX_CHANNELS}`)
      .default({})
      .describe('Ways to tell people or to keep files, by name.'),
    approvals: z
      .array(z.string())
      .max(MAX_CHANNELS)
      .default([])
      .describe('Channels that are told of actions that wait for an approval.'),
    window: duration({ min: 60, max: 7 * 86_400 })
      .prefault('4h')
      .describe(
        'The same is told once in this time; an approval that still waits then is told again.',
      ),
    max_per_hour: z
      .int()
      .min(1)
      .max(10_000)
      .default(60)
      .describe('Messages of one channel; more are not sent.'),
    tickets: z
      .strictObject({
        servicenow: servicenowSchema.optional().describe('ServiceNow incidents.'),
        jira: jiraSchema.optional().describe('Jira issues.'),
        github: githubSchema.optional().describe('GitHub issues.'),
      })
      .prefault({})
      .describe('Where tickets are opened.'),
  })
  .superRefine(({ channels, approvals }, context) => {
    for (const [index, name] of approvals.entries()) {
      const channel = channels[name];
      if (channel !== undefined && !STORES.includes(channel.type)) continue;
      const message =
        channel === undefined
          ? `"${name}" is not among notify.channels`
          : `"${name}" keeps files and tells nobody`;
      context.addIssue({ code: 'custom', path: ['approvals', index], message });
    }
  });
export type NotifyConfig = z.infer<typeof notifySchema>;
