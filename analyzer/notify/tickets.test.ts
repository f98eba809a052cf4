import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Finding } from '../series/finding.ts';
import { correlationId } from './correlation.ts';
import { createGithub, githubSchema } from './github.ts';
import { createJira, jiraSchema } from './jira.ts';
import { NotifyError } from './notify-error.ts';
import { createTicketDesk } from './open-ticket.ts';
import { never, secretsOf, serve } from './recording-server.contract.ts';
import { type Ticket, toDraft } from './ticket.ts';

const finding: Finding = {
  ...{ kind: 'io_bound', subject: { job: 'guard', instance: 'db:10910', group: 'postgres' } },
  ...{ score: 0.9, confidence: 1, severity: 'critical', state: 'firing', since: 1_700_000_000 },
  ...{ changed: 1_700_000_010 },
  evidence: [{ text: 'waits for sda', promql: 'up' }],
  suggestions: [{ id: 'a', text: 'Move the log', reason: 'it is on the same disk' }],
};
const draft = toDraft(finding);

test('a problem keeps its correlation id whatever else its samples carry', () => {
  const labels = { instance: 'db:10910', group: 'postgres' };
  const id = correlationId({ kind: 'io_bound', labels });
  assert.match(id, /^guard-[0-9a-f]{16}$/);
  assert.equal(correlationId({ kind: 'io_bound', labels: { ...labels, job: 'x', site: 'b' } }), id);
  assert.equal(draft.correlationId, id);
  assert.notEqual(correlationId({ kind: 'cpu_saturation', labels }), id);
  assert.notEqual(correlationId({ kind: 'io_bound', labels: { ...labels, group: 'x' } }), id);
});

test('Jira: a comment where the issue is open, a new issue where it is not', async (t) => {
  let issues: { key: string }[] = [];
  const { url, asked } = await serve(t, ({ path, method }) => {
    if (method === 'GET') return { body: { issues } };
    if (path.endsWith('/issue')) issues = [{ key: 'OPS-7' }];
    return { status: 201, body: { key: 'OPS-7', id: '1' } };
  });
  const token_file = secretsOf(t)('token', 's3cret');
  const jira = createJira(jiraSchema.parse({ url, email: 'a@b', token_file, project: 'OPS' }));
  const [first, second] = [await jira.open(draft, never()), await jira.open(draft, never())];
  assert.deepEqual([first.id, first.isNew, second.isNew], ['OPS-7', true, false]);
  assert.deepEqual(
    asked.map(({ method, path }) => `${method} ${path}`),
    [
      ...['GET /rest/api/3/search/jql', 'POST /rest/api/2/issue'],
      ...['GET /rest/api/3/search/jql', 'POST /rest/api/2/issue/OPS-7/comment'],
    ],
  );
  assert.match(
    asked[0]!.query.get('jql') ?? '',
    /labels = "guard-[0-9a-f]+" AND statusCategory != Done/,
  );
  const { fields } = asked[1]!.json as { fields: Record<string, unknown> };
  assert.deepEqual(fields.labels, ['latency-guard', draft.correlationId]);
  const onServer = createJira(jiraSchema.parse({ url, token_file, project: 'OPS' }));
  await onServer.open(draft, never());
  assert.equal(asked[4]!.path, '/rest/api/2/search');
  assert.equal(asked[4]!.headers.authorization, 'Bearer s3cret');
});

test('GitHub: names from outside mention nobody', async (t) => {
  const { url, asked } = await serve(t, ({ method }) =>
    method === 'GET'
      ? { body: [] }
      : { status: 201, body: { number: 42, html_url: 'https://github.com/a/b/issues/42' } },
  );
  const token_file = secretsOf(t)('token', 'ghp');
  const github = createGithub(githubSchema.parse({ url, repository: 'a/b', token_file }));
  const text = 'group @everyone\n```\n![x](http://evil)';
  const ticket = await github.open({ ...draft, text }, never());
  assert.deepEqual([ticket.id, ticket.isNew], ['#42', true]);
  assert.equal(asked[0]!.query.get('labels'), draft.correlationId);
  assert.equal(asked[1]!.json.body, `\`\`\`\`text\n${text}\n\`\`\`\``);
});

test('two clicks are one ticket, and a failure is no ticket', async () => {
  let calls = 0;
  let fails = false;
  const ticket: Ticket = { system: 'jira', id: 'OPS-1', url: 'http://x', isNew: true };
  const open = async () => {
    calls += 1;
    if (fails) throw new NotifyError('http_401', 'no');
    return ticket;
  };
  let now = 0;
  const desk = createTicketDesk(new Map([['jira', { open }]]), () => now);
  assert.deepEqual(desk.systems, ['jira']);
  assert.equal(await desk.open('servicenow', finding), undefined);
  const both = await Promise.all([desk.open('jira', finding), desk.open('jira', finding)]);
  assert.deepEqual([both[0]?.isNew, both[1]?.isNew, calls], [true, false, 1]);
  now = 601;
  await desk.open('jira', finding);
  assert.equal(calls, 2);
  fails = true;
  const other = { ...finding, kind: 'cpu_steal' };
  await assert.rejects(desk.open('jira', other), { reason: 'http_401' });
  fails = false;
  assert.equal((await desk.open('jira', other))?.id, 'OPS-1');
});
