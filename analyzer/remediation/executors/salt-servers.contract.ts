// A real Salt master, minion `web1` and salt-api (TLS) on loopback, in a folder and with ports of their own, for the tests of `salt`.
import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { Agent } from 'node:https';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import fetch from 'node-fetch';
import { makeAuthority, makeCertificate } from '../../../service/certificates.contract.ts';
import { freePort } from './free-port.contract.ts';
import type { SaltConfig } from './salt-api.ts';

const ROOT = join(import.meta.dirname, '..', '..', '..');
const BIN = join(ROOT, 'data', 'venv-salt', 'bin');
const START_TIMEOUT_MS = 120_000;
const STOP_TIMEOUT_MS = 10_000;
export const PASSWORD = 'not-a-secret';

/** False, or why a test is skipped. */
export const NO_SALT = existsSync(join(BIN, 'salt-master'))
  ? false
  : 'Salt is not installed (sh deploy/local/salt-venv.sh data/venv-salt)';

export interface SaltServers {
  readonly folder: string;
  readonly config: SaltConfig;
  /** Ends salt-api alone. */
  stopApi(): Promise<void>;
  startApi(): Promise<void>;
  stopMinion(): Promise<void>;
  stop(): Promise<void>;
}

/** @param states files of the state tree by name. */
export async function startSalt(states: Readonly<Record<string, string>>): Promise<SaltServers> {
  const folder = mkdtempSync(join(tmpdir(), 'guard-salt-'));
  const ports = { publish: await freePort(), answer: await freePort(), api: await freePort() };
  const config = writeFiles(folder, states, ports);
  const master = start(folder, 'salt-master', 'master');
  const minion = start(folder, 'salt-minion', 'minion');
  let api = start(folder, 'salt-api', 'master');
  const stop = async () => {
    await Promise.all([api, minion, master].map(end));
    rmSync(folder, { recursive: true, force: true });
  };
  const ready = async () => {
    const agent = new Agent({ rejectUnauthorized: false });
    await until(async () => (await fetch(config.url, { agent })).ok, [master, minion, api]);
  };
  try {
    await ready();
    const accepted = join(folder, 'master-root', 'etc/salt/pki/master/minions/web1');
    await until(async () => existsSync(accepted), [master, minion, api]);
  } catch (error) {
    await stop();
    throw error;
  }
  return {
    folder,
    config,
    stopApi: () => end(api),
    async startApi() {
      api = start(folder, 'salt-api', 'master');
      await ready();
    },
    async stopMinion() {
      minion.child.kill('SIGKILL');
      await end(minion);
    },
    stop,
  };
}

interface Ports {
  readonly publish: number;
  readonly answer: number;
  readonly api: number;
}

function writeFiles(
  folder: string,
  states: Readonly<Record<string, string>>,
  ports: Ports,
): SaltConfig {
  const file = (...names: string[]) => join(folder, ...names);
  for (const name of ['master', 'minion', 'states', 'm', 'n']) mkdirSync(file(name));
  for (const [name, text] of Object.entries(states)) writeFileSync(file('states', name), text);
  const authority = makeAuthority(folder, 'authority');
  const names = 'IP:127.0.0.1';
  const { cert, key } = makeCertificate({ folder, name: 'api', authority, names });
  writeFileSync(file('password'), `${PASSWORD}\n`);
  const shared = { user: userInfo().username, log_level: 'warning', log_level_logfile: 'quiet' };
  const both = { publish_port: ports.publish, pki_dir: '/etc/salt/pki' };
  writeYaml(file('master', 'master'), {
    ...shared,
    ...both,
    pki_dir: '/etc/salt/pki/master',
    root_dir: file('master-root'),
    interface: '127.0.0.1',
    ret_port: ports.answer,
    auto_accept: true,
    worker_threads: 2,
    file_roots: { base: [file('states')] },
    // Short: a socket's path has at most 107 characters.
    sock_dir: file('m'),
    sharedsecret: PASSWORD,
    token_expire: 30,
    external_auth: {
      sharedsecret: {
        guard: [{ 'web*': ['state.apply', 'saltutil.term_job'] }, '@jobs'],
        reader: ['@jobs'],
      },
    },
    rest_cherrypy: { host: '127.0.0.1', port: ports.api, ssl_crt: cert, ssl_key: key },
    netapi_enable_clients: ['local_async', 'runner'],
  });
  writeYaml(file('minion', 'minion'), {
    ...shared,
    ...both,
    pki_dir: '/etc/salt/pki/minion',
    root_dir: file('minion-root'),
    id: 'web1',
    master: '127.0.0.1',
    master_port: ports.answer,
    sock_dir: file('n'),
    acceptance_wait_time: 1,
  });
  return {
    url: `https://127.0.0.1:${ports.api}`,
    username: 'guard',
    password_file: file('password'),
    eauth: 'sharedsecret',
    ca_file: authority.cert,
    minion: '{{host}}',
  };
}

/** JSON is YAML. */
function writeYaml(file: string, value: object): void {
  writeFileSync(file, JSON.stringify(value, null, 1));
}

interface Running {
  readonly child: ChildProcess;
  readonly program: string;
  log: string;
}

/** As a process group of its own: each starts many processes. */
function start(folder: string, program: string, config: string): Running {
  const child = spawn(join(BIN, program), ['-c', join(folder, config)], {
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const running = { child, program, log: '' };
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (chunk) => {
      running.log = `${running.log}${chunk}`.slice(-4_000);
    });
  return running;
}

async function end({ child }: Running): Promise<void> {
  const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  if (child.exitCode === null && child.signalCode === null) {
    child.kill('SIGTERM');
    await Promise.race([ended, sleep(STOP_TIMEOUT_MS, undefined, { ref: false })]);
  }
  try {
    if (child.pid !== undefined) process.kill(-child.pid, 'SIGKILL');
  } catch {
    // The whole group has ended.
  }
}

async function until(holds: () => Promise<boolean>, all: readonly Running[]): Promise<void> {
  const deadline = performance.now() + START_TIMEOUT_MS;
  while (!(await holds().catch(() => false))) {
    const dead = all.find(({ child }) => child.exitCode !== null);
    if (dead !== undefined || performance.now() > deadline)
      throw new Error(
        `Salt does not come up: ${all.map(({ program, log }) => `${program}: ${log}`).join('\n')}`,
      );
    await sleep(100);
  }
}
