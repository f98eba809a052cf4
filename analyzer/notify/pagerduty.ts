// PagerDuty's Events API v2 (https://developer.pagerduty.com/docs/send-alert-event): one event for each key.
import { z } from 'zod';
import { httpUrl } from '../../service/config.ts';
import { requestJson } from './http-request.ts';
import type { Notifier } from './message.ts';
import { readSecret, secretFile } from './secret.ts';

const MAX_SUMMARY_CHARS = 1_024;
const MAX_KEY_CHARS = 255;
const MAX_DETAIL_CHARS = 10_000;

export const pagerdutySchema = z.strictObject({
  type: z.literal('pagerduty').describe('What kind of channel it is.'),
  routing_key_file: secretFile.describe("File with the integration's routing key."),
  url: httpUrl().default('https://events.pagerduty.com').describe('Base URL of the Events API v2.'),
  ca_file: secretFile.optional().describe("Authorities to trust instead of the system's, PEM."),
});

export function createPagerdutyNotifier(config: z.infer<typeof pagerdutySchema>): Notifier {
  return {
    async send({ key, title, text, severity, link }, signal) {
      await requestJson({
        ...{ method: 'POST', url: `${config.url}/v2/enqueue`, signal, caFile: config.ca_file },
        json: {
          routing_key: await readSecret(config.routing_key_file),
          event_action: 'trigger',
          dedup_key: key.slice(0, MAX_KEY_CHARS),
          payload: {
            summary: title.slice(0, MAX_SUMMARY_CHARS),
            source: 'latency-guard',
            severity,
            custom_details: { text: text.slice(0, MAX_DETAIL_CHARS) },
          },
          ...(link === undefined ? {} : { links: [{ href: link, text: 'Open' }] }),
        },
      });
    },
  };
}
