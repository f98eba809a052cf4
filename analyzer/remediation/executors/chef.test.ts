// Chef is not in Debian: a stand-in takes chef-client's and knife's documented command line, prints what chef's own formatter prints
// (lib/chef/formatters/doc.rb) and exits by RFC 062. ssh is real.
import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import type { Outcome } from '../executor.ts';
import { chefSchema, createChefExecutor } from './chef.ts';
import { NO_SSHD, type SshServer, startSshServer } from './ssh-server.contract.ts';

const folder = mkdtempSync(join(tmpdir(), 'guard-chef-'));
const file = (name: string) => join(folder, name);
const { signal } = new AbortController();
const short = ({ result, reason }: Outcome) => [result, reason];

const CLIENT = `#!/bin/sh
printf '%s\\n' "$*" >>"\${0%/*}/calls"
. "\${0%/*}/answer"
case "$*" in
  *--why-run*) echo '* file[/etc/shop.conf] action create'; echo '    - Would update content in file /etc/shop.conf'
    echo "$finished" | sed 's/updated.*/would have been updated/' ;;
  *) echo "$finished" ;;
esac
exit "$code"
`;
/** The command reaches the host through a shell there, and its lines come back behind the host's name. */
const KNIFE = `#!/bin/sh
printf '%s\\n' "$#" "$@" >"\${0%/*}/knife-call"
case "$2" in
  name:web1) sh -c "$3" >"\${0%/*}/said"; code=$?; sed 's/^/web1 /' "\${0%/*}/said"; exit "$code" ;;
  name:web2) echo 'WARNING: Failed to connect to web2 -- Errno::ECONNREFUSED' >&2 ;;
  *) echo 'FATAL: No nodes returned from search' >&2; exit 10 ;;
esac
`;
let ssh: SshServer | undefined;

before(async () => {
  writeFileSync(file('chef-client'), CLIENT, { mode: 0o755 });
  writeFileSync(file('knife'), KNIFE, { mode: 0o755 });
  if (NO_SSHD === false) ssh = await startSshServer(folder);
});
after(async () => {
  await ssh?.stop();
  rmSync(folder, { recursive: true });
});

const executor = (allowed: readonly string[], more: object = {}) =>
  createChefExecutor({
    allowed,
    config: chefSchema.parse({
      program: file('chef-client'),
      knife_program: file('knife'),
      knife_config: '/etc/chef/knife.rb',
      ...more,
    }),
    ssh: ssh?.config ?? {},
  });
const on = (host: string, parameters: Record<string, unknown> = {}) => ({
  id: 'a1',
  host,
  timeoutSeconds: 60,
  parameters,
});
const answer = (
  code: number,
  finished = 'Chef Infra Client finished, 1/3 resources updated in 02 seconds',
) => writeFileSync(file('answer'), `code=${code}\nfinished='${finished}'\n`);

test('by ssh: why-run first, then the run list or a recipe', { skip: NO_SSHD }, async () => {
  writeFileSync(file('calls'), '');
  answer(0);
  const chef = executor(['run_list', 'shop::restart']);
  const text = await chef.plan(on('web1', { recipe: 'shop::restart' }), signal);
  assert.match(text, /Would update content[\s\S]*would have been updated/);
  assert.deepEqual(short(await chef.run(on('web1'), signal)), ['done', 'done']);
  assert.deepEqual(readFileSync(file('calls'), 'utf8').trim().split('\n'), [
    '--no-color --no-fork --run-lock-timeout 0 --why-run --override-runlist shop::restart',
    '--no-color --no-fork --run-lock-timeout 0',
  ]);
  const lost = await chef.run(on('closed'), signal);
  assert.deepEqual(short(lost), ['retryable', 'unreachable']);
});

test('by knife: one node by its name, its command as one word', async () => {
  answer(0, 'Infra Phase complete, 0/3 resources updated in 02 seconds');
  const chef = executor(['shop::restart'], { sudo: false });
  const action = (host: string) => on(host, { by: 'knife', recipe: 'shop::restart' });
  assert.deepEqual(short(await chef.run(action('web1'), signal)), ['done', 'unchanged']);
  const command = `${file('chef-client')} --no-color --no-fork --run-lock-timeout 0 --override-runlist shop::restart`;
  const options = [
    '--concurrency',
    '1',
    '--exit-on-error',
    '--no-color',
    '--config',
    '/etc/chef/knife.rb',
  ];
  assert.deepEqual(readFileSync(file('knife-call'), 'utf8').trim().split('\n'), [
    '9',
    'ssh',
    'name:web1',
    command,
    ...options,
  ]);
  assert.deepEqual(short(await chef.run(action('web9'), signal)), ['permanent', 'no_host_matched']);
  const silent = await chef.run(action('web2'), signal);
  assert.deepEqual(short(silent), ['permanent', 'no_end'], 'exit code 0 without a run');
});

test('the exit codes of RFC 062', async () => {
  const chef = executor(['run_list']);
  const run = () => chef.run(on('web1', { by: 'knife' }), signal);
  const cases = [
    [0, 'done', 'done'],
    [35, 'done', 'done'],
    [37, 'done', 'done'],
    [1, 'permanent', 'run_failed'],
    [3, 'permanent', 'terminated'],
    [41, 'permanent', 'reboot_failed'],
    [43, 'permanent', 'configuration'],
    [213, 'permanent', 'client_upgraded'],
    [99, 'permanent', 'run_failed'],
    [127, 'permanent', 'not_installed'],
  ] as const;
  for (const [code, result, reason] of cases) {
    answer(code);
    assert.deepEqual(short(await run()), [result, reason], `exit code ${code}`);
  }
  answer(1, 'Unable to acquire lock. Waited 0 seconds for 4711 to release.');
  assert.deepEqual(short(await run()), ['retryable', 'busy']);
  await assert.rejects(chef.plan(on('web1', { by: 'knife' }), signal), { reason: 'busy' });
});

test('what is not allowed is not run, and a recipe is one name', async () => {
  for (const [allowed, action] of [
    [[], on('web1')],
    [['shop::restart'], on('web1')],
    [['run_list'], on('web1', { recipe: 'shop::restart' })],
    [['run_list'], on('web1 OR *:*', { by: 'knife' })],
    [['run_list'], on('*', { by: 'knife' })],
    [['run_list'], on('')],
  ] as const)
    assert.equal((await executor(allowed).run(action, signal)).reason, 'not_allowed', action.host);
  const chef = executor([]);
  assert.deepEqual(chef.check({ recipe: 'shop' }), []);
  for (const recipe of ['a,b', 'recipe[a]', '$(id)', '', 'a::b::c', '-o'])
    assert.equal(chef.check({ recipe }).length, 1, recipe);
});
