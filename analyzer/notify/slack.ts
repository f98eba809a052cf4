// Slack's incoming webhook (https://docs.slack.dev/messaging/sending-messages-using-incoming-webhooks): text, no files.
import { z } from 'zod';
import { requestHttp } from './http-request.ts';
import type { Message, Notifier } from './message.ts';
import { readSecret, secretFile } from './secret.ts';

/** Slack cuts a section's text beyond 3,000 characters and refuses more. */
const MAX_SECTION_CHARS = 2_900;
/** A header's text is plain and has at most 150. */
const MAX_TITLE_CHARS = 150;
const MARKS = { info: ':information_source:', warning: ':warning:', critical: ':rotating_light:' };

export const slackSchema = z.strictObject({
  type: z.literal('slack').describe('What kind of channel it is.'),
  webhook_url_file: secretFile.describe(
    'File with the URL of an incoming webhook, whose path is the secret.',
  ),
  ca_file: secretFile.optional().describe("Authorities to trust instead of the system's, PEM."),
});

export function createSlackNotifier(config: z.infer<typeof slackSchema>): Notifier {
  return {
    async send(message, signal) {
      await requestHttp({
        ...{ method: 'POST', url: await readSecret(config.webhook_url_file), signal },
        headers: { 'Content-Type': 'application/json' },
        body: JSON.stringify(slackBody(message)),
        caFile: config.ca_file,
      });
    },
  };
}

export function slackBody({ title, text, severity, link }: Message) {
  const short = title.length > MAX_TITLE_CHARS ? `${title.slice(0, MAX_TITLE_CHARS - 1)}…` : title;
  const body =
    text.length > MAX_SECTION_CHARS ? `${text.slice(0, MAX_SECTION_CHARS)}\n… (cut)` : text;
  const more = link === undefined ? '' : `\n<${escapeSlack(link)}|Open>`;
  return {
    // What a notification on a telephone shows.
    text: `${MARKS[severity]} ${escapeSlack(short)}`,
    blocks: [
      { type: 'header', text: { type: 'plain_text', text: short } },
      {
        type: 'section',
        text: { type: 'mrkdwn', text: `${escapeSlack(body)}${more}`.slice(0, 3_000) },
      },
    ],
  };
}

/** The three characters that Slack's own markup is made of: without them nothing mentions a channel. */
function escapeSlack(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}
