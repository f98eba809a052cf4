// A real sshd on loopback that knows one host, `web1`: keys, configuration and port of its own, for the tests that go by ssh.
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { copyFileSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { userInfo } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { freePort } from './free-port.contract.ts';
import type { SshConfig } from './ssh.ts';

const SSHD = '/usr/sbin/sshd';
/** Where it separates its privileges; made by the service's start elsewhere. */
const RUN_FOLDER = '/run/sshd';
const START_TIMEOUT_MS = 60_000;

/** False, or why a test is skipped. */
export const NO_SSHD = existsSync(SSHD)
  ? false
  : 'sshd is not installed (apt-get install openssh-server)';

export interface SshServer {
  readonly config: SshConfig;
  stop(): Promise<void>;
}

export async function startSshServer(folder: string): Promise<SshServer> {
  const file = (name: string) => join(folder, name);
  for (const name of ['host', 'user', 'other'])
    execFileSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-f', file(name)]);
  copyFileSync(file('user.pub'), file('authorized'));
  const port = await freePort();
  const server = [
    `Port ${port}`,
    'ListenAddress 127.0.0.1',
    `HostKey ${file('host')}`,
    `AuthorizedKeysFile ${file('authorized')}`,
    'PidFile none',
    'UsePAM no',
    'StrictModes no',
    'PasswordAuthentication no',
    'PermitRootLogin prohibit-password',
  ];
  writeFileSync(file('sshd_config'), `${server.join('\n')}\n`);
  writeFileSync(file('known'), `web1 ${readFileSync(file('host.pub'), 'utf8')}`);
  writeFileSync(file('known_wrong'), `web1 ${readFileSync(file('other.pub'), 'utf8')}`);
  writeFileSync(file('ssh_config'), clientConfig(folder, port));
  if (userInfo().uid === 0) mkdirSync(RUN_FOLDER, { recursive: true, mode: 0o755 });
  const child = spawn(SSHD, ['-D', '-e', '-f', file('sshd_config')], {
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  await listening(child, port);
  return {
    config: { config_file: file('ssh_config') },
    async stop() {
      const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()));
      if (child.exitCode === null && child.kill('SIGKILL')) await ended;
    },
  };
}

function clientConfig(folder: string, port: number): string {
  const block = (host: string, known: string, key: string) =>
    [
      `Host ${host}`,
      'HostName 127.0.0.1',
      `Port ${host === 'closed' ? 1 : port}`,
      `User ${userInfo().username}`,
      'HostKeyAlias web1',
      `UserKnownHostsFile ${folder}/${known}`,
      `IdentityFile ${folder}/${key}`,
      'IdentitiesOnly yes',
    ].join('\n  ');
  return [
    block('web1', 'known', 'user'),
    block('closed', 'known', 'user'),
    block('stranger', 'known_wrong', 'user'),
    block('unknown', 'none', 'user'),
    block('keyless', 'known', 'other'),
    '',
  ].join('\n');
}

async function listening(child: ChildProcess, port: number): Promise<void> {
  let log = '';
  child.stderr?.on('data', (chunk) => {
    log = `${log}${chunk}`.slice(-4_000);
  });
  const until = performance.now() + START_TIMEOUT_MS;
  while (child.exitCode === null && performance.now() < until) {
    if (await canConnect(port)) return;
    await sleep(50);
  }
  child.kill('SIGKILL');
  throw new Error(`sshd does not come up: ${log}`);
}

function canConnect(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    socket.once('connect', () => resolve(true)).once('error', () => resolve(false));
    socket.once('connect', () => socket.destroy());
  });
}
