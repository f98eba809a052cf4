// What `puppet agent` needs of a server, for tests of a real agent: its node, its catalog, a place for its report. Catalogs are
// compiled by the real puppet; certificates come from openssl. No puppetserver: that is a JVM and a hundred packages.
import { execFileSync, spawnSync } from 'node:child_process';
import { copyFileSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { makeAuthority, makeCertificate } from '../../../service/certificates.contract.ts';

const { status } = spawnSync('puppet', ['--version'], { timeout: 60_000 });

/** False, or why a test is skipped. */
export const NO_PUPPET =
  status === 0 ? false : 'puppet is not installed (apt-get install puppet-agent)';

/** The certname of the agent. */
const NODE = 'web1';

/** Plugins: none. */
const EMPTY_FOLDER = {
  path: '/nowhere',
  relative_path: '.',
  links: 'manage',
  owner: 0,
  group: 0,
  mode: 0o755,
  checksum: { type: 'ctime', value: '{ctime}2026-01-01 00:00:00 +0000' },
  type: 'directory',
  destination: null,
};

/** A `puppet` with folders of its own, and what it is told in puppet.conf. */
export function makePuppet(folder: string, settings: readonly string[] = []): string {
  const program = join(folder, 'puppet');
  mkdirSync(join(folder, 'conf'), { recursive: true });
  writeFileSync(join(folder, 'conf', 'puppet.conf'), ['[main]', ...settings, ''].join('\n'));
  const options = `--confdir ${folder}/conf --vardir ${folder}/var --rundir ${folder}/run`;
  writeFileSync(program, `#!/bin/sh\nexec puppet "$@" ${options}\n`, { mode: 0o755 });
  return program;
}

export interface PuppetServer {
  /** For puppet.conf. */
  readonly settings: readonly string[];
  /** What the next catalogs are compiled from. */
  setManifest(text: string): void;
  /** Answers of the catalog wait until then. */
  hold(until: Promise<void>): void;
  stop(): void;
}

export async function startPuppetServer(folder: string): Promise<PuppetServer> {
  const authority = makeAuthority(folder, 'ca');
  const names = 'DNS:localhost,IP:127.0.0.1';
  const own = makeCertificate({ folder, name: 'server', authority, names });
  const agent = makeCertificate({ folder, name: NODE, authority, names: `DNS:${NODE}` });
  const ssl = join(folder, 'ssl');
  for (const name of ['certs', 'private_keys']) mkdirSync(join(ssl, name), { recursive: true });
  copyFileSync(authority.cert, join(ssl, 'certs', 'ca.pem'));
  copyFileSync(agent.cert, join(ssl, 'certs', `${NODE}.pem`));
  copyFileSync(agent.key, join(ssl, 'private_keys', `${NODE}.pem`));

  const manifest = join(folder, 'site.pp');
  const compiler = makePuppet(join(folder, 'compiler'));
  let held = Promise.resolve();
  const tls = { key: readFileSync(own.key), cert: readFileSync(own.cert) };
  const server = createServer(tls, async (request, response) => {
    request.resume();
    const url = request.url ?? '';
    const json = (value: string) => {
      response.setHeader('Content-Type', 'application/json');
      response.setHeader('X-Puppet-Version', '7.23.0');
      response.end(value);
    };
    if (url.startsWith('/puppet/v3/node/'))
      json(JSON.stringify({ name: NODE, parameters: {}, environment: 'production' }));
    else if (url.startsWith('/puppet/v3/catalog/')) {
      await held;
      const text = execFileSync(compiler, ['catalog', 'compile', NODE, '--manifest', manifest], {
        stdio: ['ignore', 'pipe', 'ignore'],
      }).toString();
      json(text.slice(text.indexOf('\n{') + 1));
    } else if (url.startsWith('/puppet/v3/file_metadatas/')) json(JSON.stringify([EMPTY_FOLDER]));
    else if (url.startsWith('/puppet/v3/file_metadata/')) json(JSON.stringify(EMPTY_FOLDER));
    else json('{}');
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    settings: [
      `server = localhost`,
      `serverport = ${port}`,
      `certname = ${NODE}`,
      `ssldir = ${ssl}`,
      'certificate_revocation = false',
      'report = false',
    ],
    setManifest: (text) => writeFileSync(manifest, text),
    hold: (until) => {
      held = until;
    },
    stop() {
      server.closeAllConnections();
      server.close();
    },
  };
}
