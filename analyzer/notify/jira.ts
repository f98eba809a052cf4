// Jira's issues, of Jira Cloud or of a server: found by a label of ours, made with version 2 of the API (plain text).
// Source: https://developer.atlassian.com/cloud/jira/platform/rest/v2/api-group-issues/
import { z } from 'zod';
import { httpUrl } from '../../service/config.ts';
import { requestJson } from './http-request.ts';
import { NotifyError } from './notify-error.ts';
import { readSecret, secretFile } from './secret.ts';
import type { TicketSystem } from './ticket.ts';

export const jiraSchema = z.strictObject({
  url: httpUrl().describe('Base URL.'),
  email: z
    .string()
    .min(3)
    .optional()
    .describe(
      'Whose API token it is (Jira Cloud); without it the token is a personal access token of a server.',
    ),
  token_file: secretFile.describe('File with the token.'),
  project: z
    .string()
    .regex(/^[A-Z][A-Z0-9_]*$/, 'expected the key of a project, such as OPS')
    .describe('Key of the project, such as OPS.'),
  issue_type: z.string().min(1).default('Task').describe('Type of new issues.'),
  ca_file: secretFile.optional().describe("Authorities to trust instead of the system's, PEM."),
});
export type JiraConfig = z.infer<typeof jiraSchema>;

const created = z.object({ key: z.string() });
const found = z.object({ issues: z.array(created) });

export function createJira(config: JiraConfig): TicketSystem {
  const { url, project, issue_type, email } = config;
  // The cloud has ended the old search; servers do not have the new one.
  const search = email === undefined ? '/rest/api/2/search' : '/rest/api/3/search/jql';
  const toTicket = ({ key }: z.infer<typeof created>, isNew: boolean) => ({
    ...{ system: 'jira', id: key, url: `${url}/browse/${key}`, isNew },
  });
  return {
    async open({ correlationId, title, text }, signal) {
      const headers = { Authorization: await authorization(config) };
      const call = { headers, signal, caFile: config.ca_file };
      const jql = `project = "${project}" AND labels = "${correlationId}" AND statusCategory != Done`;
      const query = new URLSearchParams({ jql, fields: 'key', maxResults: '1' });
      const answer = await requestJson({ ...call, method: 'GET', url: `${url}${search}?${query}` });
      const [before] = parse(found, answer).issues;
      if (before !== undefined) {
        const comment = `${url}/rest/api/2/issue/${before.key}/comment`;
        await requestJson({ ...call, method: 'POST', url: comment, json: { body: text } });
        return toTicket(before, false);
      }
      const fields = {
        ...{ project: { key: project }, issuetype: { name: issue_type } },
        ...{ summary: title, description: text, labels: ['latency-guard', correlationId] },
      };
      const made = {
        ...call,
        method: 'POST',
        url: `${url}/rest/api/2/issue`,
        json: { fields },
      } as const;
      return toTicket(parse(created, await requestJson(made)), true);
    },
  };
}

async function authorization({ email, token_file }: JiraConfig): Promise<string> {
  const token = await readSecret(token_file);
  if (email === undefined) return `Bearer ${token}`;
  return `Basic ${Buffer.from(`${email}:${token}`).toString('base64')}`;
}

function parse<T>(schema: z.ZodType<T>, answer: unknown): T {
  const parsed = schema.safeParse(answer);
  if (parsed.success) return parsed.data;
  throw new NotifyError('malformed', `Jira: ${z.prettifyError(parsed.error)}`);
}
