// GitHub's issues: found by a label of ours. https://docs.github.com/en/rest/issues/issues
import { z } from 'zod';
import { httpUrl } from '../../service/config.ts';
import { requestJson } from './http-request.ts';
import { NotifyError } from './notify-error.ts';
import { readSecret, secretFile } from './secret.ts';
import type { TicketSystem } from './ticket.ts';

export const githubSchema = z.strictObject({
  url: httpUrl()
    .default('https://api.github.com')
    .describe('Base URL of the API; of GitHub Enterprise Server https://HOST/api/v3.'),
  repository: z
    .string()
    .regex(/^[\w.-]+\/[\w.-]+$/, 'expected owner/name')
    .describe('owner/name.'),
  token_file: secretFile.describe('File with the token.'),
  labels: z
    .array(z.string().min(1).max(50))
    .max(20)
    .default(['latency-guard'])
    .describe('Labels of new issues.'),
  ca_file: secretFile.optional().describe("Authorities to trust instead of the system's, PEM."),
});
export type GithubConfig = z.infer<typeof githubSchema>;

const issue = z.object({ number: z.int(), html_url: z.string() });
const issues = z.array(issue);

export function createGithub(config: GithubConfig): TicketSystem {
  const base = `${config.url}/repos/${config.repository}/issues`;
  const toTicket = ({ number, html_url }: z.infer<typeof issue>, isNew: boolean) => ({
    ...{ system: 'github', id: `#${number}`, url: html_url, isNew },
  });
  return {
    async open({ correlationId, title, text }, signal) {
      const headers = {
        Accept: 'application/vnd.github+json',
        'X-GitHub-Api-Version': '2022-11-28',
        Authorization: `Bearer ${await readSecret(config.token_file)}`,
      };
      const call = { headers, signal, caFile: config.ca_file };
      const query = new URLSearchParams({ labels: correlationId, state: 'open', per_page: '1' });
      const listed = await requestJson({ ...call, method: 'GET', url: `${base}?${query}` });
      const [before] = parse(issues, listed);
      const body = fence(text);
      if (before !== undefined) {
        const url = `${base}/${before.number}/comments`;
        await requestJson({ ...call, method: 'POST', url, json: { body } });
        return toTicket(before, false);
      }
      const json = { title, body, labels: [...config.labels, correlationId] };
      const made = await requestJson({ ...call, method: 'POST', url: base, json });
      return toTicket(parse(issue, made), true);
    },
  };
}

/** Names in it come from anywhere: as code they mention nobody and load nothing. */
function fence(text: string): string {
  const longest = Math.max(2, ...[...text.matchAll(/`+/g)].map(([ticks]) => ticks.length));
  const ticks = '`'.repeat(longest + 1);
  return `${ticks}text\n${text}\n${ticks}`;
}

function parse<T>(schema: z.ZodType<T>, answer: unknown): T {
  const parsed = schema.safeParse(answer);
  if (parsed.success) return parsed.data;
  throw new NotifyError('malformed', `GitHub: ${z.prettifyError(parsed.error)}`);
}
