// Mail by SMTP: STARTTLS unless said otherwise, the text as its body, files attached.
import { createTransport } from 'nodemailer';
import { z } from 'zod';
import type { Notifier } from './message.ts';
import { NotifyError } from './notify-error.ts';
import { readSecret, secretFile } from './secret.ts';

const MAX_RECIPIENTS = 100;
const TIMEOUT_MS = 30_000;
/** "Try again later" (RFC 5321, 4.2.1). */
const isTransient = (code: number | undefined) => code !== undefined && code >= 400 && code < 500;
const NOT_SENT = ['ECONNECTION', 'ECONNREFUSED', 'ETIMEDOUT', 'ESOCKET', 'EDNS'];

export const emailSchema = z.strictObject({
  type: z.literal('email').describe('What kind of channel it is.'),
  host: z.string().min(1).describe('Mail server.'),
  port: z.int().min(1).max(65_535).default(587).describe('Port of the mail server.'),
  security: z
    .enum(['starttls', 'tls', 'none'])
    .default('starttls')
    .describe('starttls refuses servers that cannot; none is for a relay on this machine.'),
  user: z.string().min(1).optional().describe('User name, where the server asks for one.'),
  password_file: secretFile.optional().describe('File with the password.'),
  ca_file: secretFile.optional().describe("Authorities to trust instead of the system's, PEM."),
  from: z.string().min(3).describe('Sender.'),
  to: z.array(z.string().min(3)).min(1).max(MAX_RECIPIENTS).describe('Recipients.'),
});

export type EmailConfig = z.infer<typeof emailSchema>;

export function createEmailNotifier(config: EmailConfig): Notifier {
  return {
    async send({ title, text, link, files }, signal) {
      const transport = await open(config);
      const stop = () => transport.close();
      signal.addEventListener('abort', stop);
      try {
        await transport.sendMail({
          from: config.from,
          to: config.to,
          subject: title,
          text: link === undefined ? text : `${text}\n${link}\n`,
          attachments: files.map(({ name, contentType, content }) => ({
            ...{ filename: name, contentType, content },
          })),
        });
      } catch (error) {
        throw explain(config, error as Error & { code?: string; responseCode?: number });
      } finally {
        signal.removeEventListener('abort', stop);
        transport.close();
      }
    },
  };
}

async function open(config: EmailConfig) {
  const { host, port, security, user, password_file: passwordFile, ca_file: caFile } = config;
  const pass = passwordFile === undefined ? '' : await readSecret(passwordFile);
  const ca = caFile === undefined ? undefined : await readSecret(caFile);
  return createTransport({
    ...{ host, port, secure: security === 'tls' },
    ...{ requireTLS: security === 'starttls', ignoreTLS: security === 'none' },
    ...(user === undefined ? {} : { auth: { user, pass } }),
    ...(ca === undefined ? {} : { tls: { ca } }),
    ...{ connectionTimeout: TIMEOUT_MS, greetingTimeout: TIMEOUT_MS, socketTimeout: TIMEOUT_MS },
    // Messages come from labels, too: nothing in them names a file or an address to read.
    ...{ disableFileAccess: true, disableUrlAccess: true },
  });
}

function explain(
  { host, port }: EmailConfig,
  { code = '', responseCode, message }: Error & { code?: string; responseCode?: number },
): NotifyError {
  const isLost = responseCode === undefined && NOT_SENT.includes(code);
  const isCertificate = /certificate|self.signed|altname/i.test(message);
  const reason = responseCode === undefined ? code.toLowerCase() || 'smtp' : `smtp_${responseCode}`;
  return new NotifyError(reason, `Mail by ${host}:${port}: ${message}`, {
    isRetryable: isTransient(responseCode) || (isLost && !isCertificate),
  });
}
