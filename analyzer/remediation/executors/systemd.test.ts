import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { createServer } from 'node:net';
import { hostname, tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { createSystemdExecutor, type SystemdOptions, type SystemdUnit } from './systemd.ts';

const { signal } = new AbortController();
const SSHD = '/usr/sbin/sshd';
const NO_SSHD = existsSync(SSHD) ? false : 'sshd is not installed (apt-get install openssh-server)';
const ALLOWED: readonly SystemdUnit[] = [
  { unit: 'shop*.service', verbs: ['restart', 'reload', 'kill'], properties: [] },
  { unit: 'shop.service', verbs: ['set_property'], properties: ['TasksMax', 'CPUQuota'] },
];

/** Takes systemctl's command line and keeps the state of one unit in a file, as there is no systemd in a container. */
function prepare(context: TestContext) {
  const folder = mkdtempSync(join(tmpdir(), 'guard-systemd-'));
  context.after(() => rmSync(folder, { recursive: true }));
  const systemctl = join(folder, 'systemctl');
  writeFileSync(join(folder, 'state'), 'active');
  writeFileSync(
    systemctl,
    `#!${process.execPath}
const { appendFileSync, readFileSync, writeFileSync } = require('node:fs');
const words = process.argv.slice(2);
appendFileSync('${folder}/calls', JSON.stringify(words) + '\\n');
const verb = words.find((word) => !word.startsWith('-'));
const unit = words[words.indexOf('--') + 1];
if (verb === 'show') {
  console.log(unit.startsWith('shop') ? 'LoadState=loaded' : 'LoadState=not-found');
  console.log('ActiveState=' + readFileSync('${folder}/state', 'utf8'));
  console.log('CanReload=' + (unit === 'shop-static.service' ? 'no' : 'yes'));
} else if (unit === 'shop-odd.service') process.exit(1);
else writeFileSync('${folder}/state', unit === 'shop-crash.service' ? 'failed' : 'active');
`,
  );
  chmodSync(systemctl, 0o755);
  const calls = () => {
    if (!existsSync(join(folder, 'calls'))) return [];
    const lines = readFileSync(join(folder, 'calls'), 'utf8').trim().split('\n');
    return lines.map((line) => JSON.parse(line) as string[]);
  };
  const options: SystemdOptions = { allowed: ALLOWED, systemctl, ssh: {} };
  return { folder, options, calls };
}

const action = (parameters: object, host = hostname()) => ({
  ...{ id: 'a1', host, timeoutSeconds: 30 },
  parameters: { unit: 'shop.service', verb: 'restart', ...parameters },
});

test('the dry run shows the state, the run changes it and shows it again', async (context) => {
  const { options, calls } = prepare(context);
  const executor = createSystemdExecutor(options);
  const plan = await executor.plan(action({}), signal);
  assert.match(
    plan,
    /Would run .*"restart","--","shop\.service"\]\nNow:\nLoadState=loaded\nActiveState=active/,
  );
  assert.deepEqual(
    calls().map(([first]) => first),
    ['show'],
  );
  const outcome = await executor.run(action({}), signal);
  assert.deepEqual([outcome.result, outcome.output.split('\n')[0]], ['done', 'Afterwards:']);
  assert.deepEqual(calls()[2], ['--no-ask-password', 'restart', '--', 'shop.service']);
  await executor.run(action({ verb: 'set_property', properties: { TasksMax: '40' } }), signal);
  assert.deepEqual(calls()[5], [
    '--no-ask-password',
    'set-property',
    '--runtime',
    '--',
    'shop.service',
    'TasksMax=40',
  ]);
  await executor.run(action({ verb: 'kill' }), signal);
  assert.deepEqual(calls()[8], [
    '--no-ask-password',
    'kill',
    '--signal=SIGTERM',
    '--',
    'shop.service',
  ]);
});

test('what went wrong is told by its reason', async (context) => {
  const { options } = prepare(context);
  const executor = createSystemdExecutor(options);
  const reasonOf = async (parameters: object) =>
    (await executor.run(action(parameters), signal)).reason;
  assert.equal(await reasonOf({ unit: 'shop-crash.service' }), 'not_active');
  assert.equal(await reasonOf({ unit: 'shop-odd.service' }), 'exit_code');
  assert.equal(await reasonOf({ unit: 'shop-static.service', verb: 'reload' }), 'cannot_reload');
  const unknown = createSystemdExecutor({ ...options, allowed: [{ ...ALLOWED[0]!, unit: '*' }] });
  assert.equal(
    (await unknown.run(action({ unit: 'gone.service' }), signal)).reason,
    'no_such_unit',
  );
  const absent = createSystemdExecutor({ ...options, systemctl: '/no/systemctl' });
  assert.equal((await absent.run(action({}), signal)).reason, 'not_installed');
});

test('what is not allowed starts no program', async (context) => {
  const { options, calls } = prepare(context);
  const executor = createSystemdExecutor(options);
  const everything: readonly SystemdUnit[] = [
    { unit: '*', verbs: ['restart', 'set_property'], properties: ['CPUQuota'] },
  ];
  const open = createSystemdExecutor({ ...options, allowed: everything });
  for (const [one, request] of [
    [executor, action({ unit: 'sshd.service' })],
    [executor, action({ unit: 'shop.target' })],
    [executor, action({ verb: 'set_property', properties: { MemoryMax: '1G' } })],
    [
      executor,
      action({ unit: 'shop-a.service', verb: 'set_property', properties: { CPUQuota: '5%' } }),
    ],
    [executor, action({}, '-oProxyCommand=reboot')],
    [executor, action({}, 'web2;reboot')],
    [createSystemdExecutor({ ...options, allowed: [] }), action({})],
    [open, action({ unit: 'shop' })],
    [open, action({ unit: '*.service' })],
    [open, action({ unit: 'a.service b.service' })],
    [open, action({ unit: '--root=x.service' })],
    [open, action({ verb: 'set_property', properties: { CPUQuota: '5% ;reboot' } })],
  ] as const)
    assert.equal(
      (await one.run(request, signal)).reason,
      'not_allowed',
      JSON.stringify(request.parameters),
    );
  assert.deepEqual(calls(), []);
  assert.notDeepEqual(executor.check({ unit: 'shop.service', verb: 'stop' }), []);
  assert.notDeepEqual(executor.check({ unit: 'shop.service', verb: 'set_property' }), []);
  assert.notDeepEqual(
    executor.check({ unit: 'x', verb: 'restart', properties: { CPUQuota: '5%' } }),
    [],
  );
  assert.deepEqual(executor.check({ unit: '{{group}}.service', verb: 'restart' }), []);
});

async function startSshd(context: TestContext, folder: string) {
  const keys = ['host', 'client'].map((name) => {
    spawnSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-f', join(folder, name)]);
    return readFileSync(join(folder, `${name}.pub`), 'utf8');
  });
  mkdirSync('/run/sshd', { recursive: true });
  writeFileSync(join(folder, 'authorized'), keys[1]!);
  const port = await freePort();
  const [type, key] = keys[0]!.split(' ');
  writeFileSync(join(folder, 'known'), `[127.0.0.1]:${port} ${type} ${key}\n`);
  const settings = [
    ...[`ListenAddress=127.0.0.1:${port}`, `HostKey=${folder}/host`, 'PidFile=none', 'UsePAM=no'],
    ...[
      `AuthorizedKeysFile=${folder}/authorized`,
      'StrictModes=no',
      'PermitRootLogin=prohibit-password',
    ],
  ];
  const words = ['-D', '-f', '/dev/null', ...settings.flatMap((one) => ['-o', one])];
  const child = spawn(SSHD, words, { stdio: 'ignore' });
  context.after(() => child.kill('SIGKILL'));
  const config_file = join(folder, 'ssh_config');
  writeFileSync(
    config_file,
    `Port ${port}\nUser ${userInfo().username}\nIdentityFile ${folder}/client\nUserKnownHostsFile ${folder}/known\n`,
  );
  return { config_file };
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      const port = typeof address === 'object' && address !== null ? address.port : 0;
      server.close(() => resolve(port));
    });
  });
}

test('by ssh the same words arrive, and only at a host whose key is known', {
  skip: NO_SSHD,
}, async (context) => {
  const { options, folder, calls } = prepare(context);
  const ssh = await startSshd(context, folder);
  const remote = createSystemdExecutor({ ...options, ssh });
  let plan = '';
  for (let tries = 0; tries < 100 && plan === ''; tries += 1) {
    plan = await remote.plan(action({}, '127.0.0.1'), signal).catch(() => '');
    if (plan === '') await sleep(100);
  }
  assert.match(plan, /LoadState=loaded/);
  const outcome = await remote.run(
    action({ verb: 'set_property', properties: { TasksMax: '40' } }, '127.0.0.1'),
    signal,
  );
  assert.equal(outcome.result, 'done', outcome.output);
  assert.ok(
    calls().some((words) =>
      words.join(' ').endsWith('set-property --runtime -- shop.service TasksMax=40'),
    ),
  );
  writeFileSync(join(folder, 'known'), '');
  const stranger = await remote.run(action({}, '127.0.0.1'), signal);
  assert.deepEqual(
    [stranger.result, stranger.reason],
    ['permanent', 'ssh_refused'],
    stranger.output,
  );
});
