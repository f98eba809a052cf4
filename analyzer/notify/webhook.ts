// Any other receiver: the message as JSON, its files in base64.
import { z } from 'zod';
import { httpUrl } from '../../service/config.ts';
import { requestHttp } from './http-request.ts';
import type { Notifier } from './message.ts';
import { readSecret, secretFile } from './secret.ts';

export const webhookSchema = z.strictObject({
  type: z.literal('webhook').describe('What kind of channel it is.'),
  url: httpUrl().describe('Gets every message as JSON by POST.'),
  bearer_token_file: secretFile
    .optional()
    .describe('File with a token for the header Authorization.'),
  ca_file: secretFile.optional().describe("Authorities to trust instead of the system's, PEM."),
});

export function createWebhookNotifier(config: z.infer<typeof webhookSchema>): Notifier {
  const { url, bearer_token_file: tokenFile, ca_file: caFile } = config;
  return {
    async send({ files, ...message }, signal) {
      const token = tokenFile === undefined ? undefined : await readSecret(tokenFile);
      await requestHttp({
        ...{ method: 'POST', url, signal, caFile },
        headers: {
          'Content-Type': 'application/json',
          // The same for every attempt, so that a receiver can tell a repeat.
          'Idempotency-Key': message.key,
          ...(token === undefined ? {} : { Authorization: `Bearer ${token}` }),
        },
        body: JSON.stringify({
          ...message,
          files: files.map(({ name, contentType, content }) => ({
            ...{ name, contentType, base64: content.toString('base64') },
          })),
        }),
      });
    },
  };
}
