// No character that means something to a shell gets from a label into a program or a request, whichever executor carries it.
import assert from 'node:assert/strict';
import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import fc from 'fast-check';
import { remediationSchema } from '../config.ts';
import { choosePlaybook, playbookSchema } from '../playbook.ts';
import { propose } from '../proposal.ts';
import { serveJson } from './json-server.contract.ts';
import { createExecutors, type Executors } from './list.ts';

const METACHARACTERS = /[\s"'`$&|;<>(){}[\]*?!#~\\^]/;
/** What a path or a query of ours never has, encoded or not. */
const ODD_IN_PATH = /["'`$&|;<>(){}\\]|\.\./;
const RUNS = 150;
const { signal } = new AbortController();

/** A label in every place of every executor that takes text; a new executor without an entry fails the test below. */
const PARAMETERS: Readonly<Record<string, (url: string, recorder: string) => object>> = {
  ansible: () => ({
    ...{ playbook: '/etc/guard/restart.yml', inventory: '/etc/guard/hosts' },
    extra_vars: { unit: '{{group}}' },
  }),
  awx: () => ({ job_template: 7, extra_vars: { unit: '{{group}}' } }),
  // Its recipe is no template: all that a label brings is the host.
  chef: () => ({ by: 'ssh', recipe: 'shop::restart' }),
  command: (_url, recorder) => ({ argv: [recorder, 'restart', '{{group}}'] }),
  kubernetes: () => ({ verb: 'restart', namespace: '{{group}}', name: '{{group}}' }),
  puppet: () => ({ mode: 'bolt_task', task: 'service', params: { name: '{{group}}' } }),
  salt: () => ({ state: 'shop.restart', pillar: { unit: '{{group}}' } }),
  systemd: () => ({ unit: '{{group}}.service', verb: 'restart' }),
  webhook: (url) => ({ url: `${url}/hook`, body: { unit: '{{group}}' } }),
};

/** Appends its words to a file, in place of every program on the PATH that an executor could start. */
function prepareRecorder(context: TestContext) {
  const folder = mkdtempSync(join(tmpdir(), 'guard-words-'));
  const program = join(folder, 'recorder');
  const log = join(folder, 'words');
  writeFileSync(program, `#!/bin/sh\nprintf '%s\\0' "$@" >> ${log}\necho LoadState=loaded\n`);
  chmodSync(program, 0o755);
  for (const name of ['ssh', 'ansible-playbook', 'puppet', 'bolt', 'knife', 'chef-client'])
    writeFileSync(join(folder, name), readFileSync(program), { mode: 0o755 });
  const before = process.env.PATH;
  process.env.PATH = `${folder}:${before}`;
  context.after(() => {
    process.env.PATH = before;
    rmSync(folder, { recursive: true });
  });
  const take = () => {
    const words = existsSync(log) ? readFileSync(log, 'utf8').split('\0') : [];
    rmSync(log, { force: true });
    return words;
  };
  return { program, take };
}

function everythingAllowed(server: { url: string; token_file: string }, program: string) {
  return remediationSchema.parse({
    salt: { url: server.url, username: 'guard', password_file: server.token_file },
    awx: server,
    kubernetes: server,
    systemd: { systemctl: program },
    allow: {
      hosts: ['*'],
      commands: [[program, 'restart', '*']],
      ansible_playbooks: ['/etc/guard/restart.yml'],
      webhooks: [server.url],
      salt_states: ['shop.restart'],
      puppet: ['bolt_task:service'],
      chef: ['shop::restart'],
      awx_job_templates: [7],
      workloads: [{ namespace: 'shop', name: '*', verbs: ['restart'] }],
      systemd_units: [{ unit: '*', verbs: ['restart'] }],
    },
  });
}

/** What a label brings: any text, and texts that try to be something else. */
const hostile = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 30 }),
  fc.stringMatching(/^[\w$;|&`'"(){}<> -]{1,12}$/),
  fc.constantFrom(
    '$(reboot)',
    '`reboot`',
    'a;reboot',
    "a'b",
    '--now',
    '../x',
    'a\nb',
    '*',
    '~root',
    'a b',
  ),
);

const harmless = fc.constantFrom('shop', 'web-1', 'a.b', 'x_y');

/** Half of what comes is harmless, so that something is carried out at all. */
const word = fc.oneof(harmless, fc.constant(hostname()), hostile, hostile);

const named = (executors: Executors) => Object.keys(executors).sort();

test('every executor of the list is tried', () => {
  const executors = createExecutors(remediationSchema.parse({}));
  assert.deepEqual(named(executors), Object.keys(PARAMETERS).sort());
});

for (const executor of Object.keys(PARAMETERS))
  test(`${executor}: what a label brings is one harmless word or nothing happens`, async (context) => {
    const { server, seen } = await serveJson(context, () => ({ status: 404, body: {} }));
    const { program, take } = prepareRecorder(context);
    const config = everythingAllowed(server, program);
    const executors = createExecutors(config);
    const playbook = playbookSchema.parse({
      ...{ name: 'tried', title: 'Tried', match: { kinds: ['*'] }, steps: ['Try it'] },
      ...{ mode: 'approve' },
      action: { executor, parameters: PARAMETERS[executor]?.(server.url, program) },
    });
    const playbooks = [{ playbook, digest: 'd' }];
    assert.ok(choosePlaybook(playbooks, { kind: 'io_bound' }));
    let carried = 0;
    await fc.assert(
      fc.asyncProperty(word, word, async (group, instance) => {
        seen.length = 0;
        const labels = { kind: 'io_bound', group, instance };
        const alert = { id: 1, fingerprint: 'f', startsAt: '', status: 'firing', labels } as const;
        const proposed = propose(
          { ...alert, source: 'alertmanager', truncated: false, promql: 'up' },
          { playbooks, config, outcomes: [], now: 0 },
        );
        const { id = '', host = '', command } = proposed ?? {};
        if (command === undefined) return;
        const { parameters } = command;
        const request = { id, host, parameters, timeoutSeconds: 20 };
        await executors[executor]?.plan(request, signal).catch(() => '');
        await executors[executor]?.run(request, signal);
        const words = take();
        carried += words.length + seen.length;
        for (const word of words) assert.doesNotMatch(withoutJson(word), METACHARACTERS, word);
        for (const { path, query } of seen)
          assert.doesNotMatch(`${path} ${[...query.values()]}`, ODD_IN_PATH, path);
      }),
      { numRuns: RUNS },
    );
    assert.ok(carried > 0, 'what is harmless is carried out');
  });

/** ansible's variables are one word of JSON, whose own signs are not a label's. */
function withoutJson(word: string): string {
  return word.startsWith('{')
    ? Object.values(JSON.parse(word) as Record<string, string>).join('')
    : word;
}
