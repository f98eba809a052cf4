// Against a local server that speaks the documented shape of Puppet Enterprise's orchestrator; the product itself was not there.
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, type TestContext, test } from 'node:test';
import type { Outcome } from '../executor.ts';
import { createPuppetExecutor, puppetSchema } from './puppet.ts';
import { orchestratorSchema } from './puppet-orchestrator.ts';

const folder = mkdtempSync(join(tmpdir(), 'guard-orchestrator-'));
after(() => rmSync(folder, { recursive: true }));
writeFileSync(join(folder, 'token'), 'abc\n');
const { signal } = new AbortController();
const short = ({ result, reason }: Outcome) => [result, reason];
const report = { 'report-url': 'https://pe.example/#/inspect/report/1' };
const NODE = { name: 'web1.example', state: 'finished', details: report };

interface Seen {
  readonly what: string;
  readonly token: string | string[] | undefined;
  readonly body: unknown;
}

/** @param states of the job, one for each time it is asked; the last stays. */
async function serve(
  context: TestContext,
  {
    states = ['finished'],
    nodes = [NODE] as object[],
    refuse = [] as [number, object?] | [],
    unreadable = 0,
  },
) {
  const seen: Seen[] = [];
  const left = [...states];
  let closed = unreadable;
  const answer = (what: string, id: string): [number, object] => {
    if (what.endsWith('/command/deploy')) return [202, { job: { id, name: '375' } }];
    if (what.endsWith('/command/stop')) return [202, { job: { id, name: '375', nodes: {} } }];
    if (what.endsWith('/jobs/375/nodes')) return [200, { 'next-events': {}, items: nodes }];
    const state = left.length > 1 ? left.shift() : left[0];
    if (what.endsWith('/jobs/375')) return [200, { id, name: '375', state }];
    return [404, { kind: 'puppetlabs.orchestrator/unknown-job', msg: 'no such job' }];
  };
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const text = Buffer.concat(chunks).toString();
    const what = `${request.method} ${request.url}`;
    const body: unknown = text === '' ? undefined : JSON.parse(text);
    seen.push({ what, token: request.headers['x-authentication'], body });
    const [status, problem] = refuse;
    const isLost = what.endsWith('/nodes') && closed-- > 0;
    if (isLost) {
      request.socket.destroy();
      return;
    }
    const [code, value] =
      status === undefined ? answer(what, `http://pe${request.url}`) : [status, problem ?? {}];
    response.writeHead(code, { 'Content-Type': 'application/json' });
    response.end(JSON.stringify(value));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  context.after(() => {
    server.closeAllConnections();
    server.close();
  });
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, seen };
}

const executorFor = (url: string, token_file = join(folder, 'token')) =>
  createPuppetExecutor({
    allowed: ['orchestrator:production:shop'],
    config: puppetSchema.parse({
      orchestrator: { url, token_file, certname: '{{host}}.example' },
    }),
    ssh: {},
  });
const action = (host = 'web1', timeoutSeconds = 30) => ({
  id: 'a1',
  host,
  timeoutSeconds,
  parameters: { mode: 'orchestrator', tag: 'shop' },
});

test('one node, noop first, asked until it has ended', async (context) => {
  const { url, seen } = await serve(context, { states: ['new', 'running', 'finished'] });
  const executor = executorFor(url);
  const text = await executor.plan(action(), signal);
  assert.match(text, /^orchestrator job 375 on web1\.example finished$/m);
  assert.match(text, /report\/1/);
  assert.deepEqual(short(await executor.run(action(), signal)), ['done', 'done']);
  const body = (noop: boolean) => ({
    environment: 'production',
    scope: { nodes: ['web1.example'] },
    noop,
    concurrency: 1,
    description: 'Latency Guard action a1',
    tags: ['shop'],
  });
  const [first] = seen;
  assert.deepEqual(first, {
    what: 'POST /orchestrator/v1/command/deploy',
    token: 'abc',
    body: body(true),
  });
  const deploys = seen.filter(({ what }) => what.endsWith('deploy')).map((one) => one.body);
  assert.deepEqual(deploys, [body(true), body(false)]);
  assert.ok(seen.every(({ token }) => token === 'abc'));
});

test('a failed node, another node, no node', async (context) => {
  const message = { message: 'web1.example is not connected to the PCP broker' };
  const failed = await serve(context, {
    states: ['failed'],
    nodes: [{ ...NODE, state: 'errored', details: message }],
  });
  const outcome = await executorFor(failed.url).run(action(), signal);
  assert.deepEqual(short(outcome), ['permanent', 'node_failed']);
  assert.match(outcome.output, /not connected to the PCP broker/);
  for (const nodes of [[], [{ ...NODE, name: 'web2.example' }], [NODE, NODE]]) {
    const { url } = await serve(context, { nodes });
    assert.equal((await executorFor(url).run(action(), signal)).reason, 'no_host_matched');
  }
});

test('what the orchestrator refuses', async (context) => {
  const cases = [
    [[401, { kind: 'puppetlabs.rbac/token-revoked', msg: 'revoked' }], 'not_authorized'],
    [[400, { kind: 'puppetlabs.orchestrator/empty-target', msg: 'none' }], 'no_host_matched'],
    [[404, { kind: 'puppetlabs.orchestrator/unknown-environment', msg: 'x' }], 'refused'],
    [[503], 'unavailable'],
    [[200, { job: { name: '../../x' } }], 'unexpected_answer'],
  ] as [[number, object?], string][];
  for (const [refuse, reason] of cases) {
    const { url } = await serve(context, { refuse });
    assert.deepEqual(short(await executorFor(url).run(action(), signal)), ['permanent', reason]);
  }
  const closed = await executorFor('http://127.0.0.1:1').run(action(), signal);
  assert.deepEqual(short(closed), ['retryable', 'not_sent']);
  const blind = await executorFor('http://127.0.0.1:1', '/no/token').run(action(), signal);
  assert.deepEqual(short(blind), ['permanent', 'credentials']);
  const many = await executorFor('http://127.0.0.1:1').run(action('web1,web2'), signal);
  assert.deepEqual(short(many), ['permanent', 'not_allowed']);
});

test('a job that does not end, or is cancelled, is stopped', async (context) => {
  const { url, seen } = await serve(context, { states: ['running'] });
  const late = await executorFor(url).run(action('web1', 1), signal);
  assert.deepEqual(short(late), ['permanent', 'timeout']);
  assert.match(late.output, /job 375 on web1\.example: .*was asked to stop/);
  const cancel = new AbortController();
  const running = executorFor(url).run(action(), cancel.signal);
  while (!seen.slice(-2).some(({ what }) => what.endsWith('/jobs/375')))
    await new Promise((resolve) => setTimeout(resolve, 20));
  cancel.abort();
  assert.equal((await running).result, 'permanent');
  assert.deepEqual(seen.filter(({ what }) => what.endsWith('/stop')).map(({ body }) => body)[0], {
    job: '375',
  });
});

test('a job that has run is not run again when its node cannot be read at once', async (context) => {
  const { url, seen } = await serve(context, { unreadable: 1 });
  assert.deepEqual(short(await executorFor(url).run(action(), signal)), ['done', 'done']);
  assert.equal(seen.filter(({ what }) => what.endsWith('deploy')).length, 1);
  assert.equal(seen.filter(({ what }) => what.endsWith('/nodes')).length, 2);
});

test('a token does not travel in the clear', () => {
  const parse = (url: string) => orchestratorSchema.safeParse({ url, token_file: '/t' }).success;
  assert.ok(parse('https://pe.example:8143'));
  for (const url of ['http://pe.example:8143', 'http://127.0.0.1.evil.example', 'pe.example'])
    assert.ok(!parse(url), url);
});
