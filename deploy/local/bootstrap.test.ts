import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import {
  chmodSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { after, test } from 'node:test';
import { findProgram } from './executables.ts';

const folders: string[] = [];
after(() => {
  for (const folder of folders) rmSync(folder, { recursive: true, force: true });
});

const path = (process.env.PATH ?? '')
  .split(delimiter)
  .filter((folder) => !folder.includes('node_modules'))
  .join(delimiter);
/** The Node.js of the system, often older than the pinned one: that is what the bootstrap is for. */
const systemNode = findProgram(['node'], { PATH: path }) ?? process.execPath;

/** A checkout whose only dependency is a package `node` that runs the real thing. */
function makeCheckout(): string {
  const root = mkdtempSync(join(tmpdir(), 'guard-bootstrap-'));
  folders.push(root);
  const local = join(root, 'deploy', 'local');
  mkdirSync(local, { recursive: true });
  copyFileSync(join(import.meta.dirname, 'bootstrap.mjs'), join(local, 'bootstrap.mjs'));
  const fake = join(root, 'fake-node');
  mkdirSync(fake);
  writeFileSync(
    join(fake, 'package.json'),
    JSON.stringify({ name: 'node', version: '24.0.0', bin: { node: 'node.sh' } }),
  );
  writeFileSync(join(fake, 'node.sh'), `#!/bin/sh\nexec "${process.execPath}" "$@"\n`);
  chmodSync(join(fake, 'node.sh'), 0o755);
  writeManifest(root, '1.0.0');
  writeFileSync(
    join(root, 'package-lock.json'),
    JSON.stringify({
      name: 'tiny',
      version: '1.0.0',
      lockfileVersion: 3,
      packages: {
        '': { name: 'tiny', version: '1.0.0', devDependencies: { node: 'file:fake-node' } },
        'fake-node': { name: 'node', version: '24.0.0', bin: { node: 'node.sh' } },
        'node_modules/node': { resolved: 'fake-node', link: true },
      },
    }),
  );
  writeFileSync(
    join(root, 'script.mjs'),
    'console.log(JSON.stringify(process.argv.slice(2))); process.exit(7);',
  );
  return root;
}

function writeManifest(root: string, version: string): void {
  const manifest = { name: 'tiny', version, devDependencies: { node: 'file:fake-node' } };
  writeFileSync(join(root, 'package.json'), JSON.stringify(manifest));
}

function start(root: string, ...args: string[]) {
  const command = [join(root, 'deploy/local/bootstrap.mjs'), 'script.mjs', ...args];
  const env = { HOME: root, PATH: path, npm_config_offline: 'true' };
  return spawnSync(systemNode, command, { env, encoding: 'utf8', timeout: 60_000 });
}

test('the first start installs and hands over script, arguments and exit code; the second only hands over', () => {
  const root = makeCheckout();
  const first = start(root, '--flag', 'two words');
  assert.match(first.stderr, /Installing npm packages \(first start, about half a minute\)…/);
  assert.equal(first.stdout, '["--flag","two words"]\n');
  assert.equal(first.status, 7);
  const second = start(root);
  assert.equal(second.stderr, '');
  assert.equal(second.status, 7);
});

test('a changed package.json and a half-done installation are installed again, one made by hand is not', () => {
  const root = makeCheckout();
  start(root);
  writeManifest(root, '1.0.1');
  rmSync(join(root, 'node_modules', '.package-lock.json'));
  assert.match(start(root).stderr, /Installing/);
  rmSync(join(root, 'node_modules', '.latency-guard-stamp'));
  assert.equal(start(root).stderr, '', 'npm itself says that everything is there');
  rmSync(join(root, 'node_modules', '.latency-guard-stamp'));
  rmSync(join(root, 'node_modules', '.package-lock.json'));
  assert.match(start(root).stderr, /Installing/);
});

test('a failing npm ci shows npm’s words and what to do, and is repeated the next time', () => {
  const root = makeCheckout();
  rmSync(join(root, 'package-lock.json'));
  writeFileSync(join(root, 'package-lock.json'), '{}');
  const failed = start(root);
  assert.equal(failed.status, 1);
  assert.match(failed.stderr, /npm error/);
  assert.match(failed.stderr, /`npm ci` in .* failed \(exit code 1\).*npm ping/);
  assert.deepEqual(readdirSync(join(root, 'data')), [], 'the lock is released');
});

test('a dead installer’s lock is taken over, a living one’s is waited for', async () => {
  const root = makeCheckout();
  const lock = join(root, 'data', 'npm-install.lock');
  mkdirSync(lock, { recursive: true });
  const { pid: deadPid } = spawnSync(process.execPath, ['-e', '']);
  writeFileSync(join(lock, 'owner'), String(deadPid));
  const takenOver = start(root);
  assert.equal(takenOver.status, 7, takenOver.stderr);
  assert.equal(existsSync(lock), false);

  rmSync(join(root, 'node_modules'), { recursive: true });
  mkdirSync(lock);
  writeFileSync(join(lock, 'owner'), String(process.pid));
  const waiting = spawn(systemNode, [join(root, 'deploy/local/bootstrap.mjs'), 'script.mjs'], {
    env: { HOME: root, PATH: path, npm_config_offline: 'true' },
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let words = '';
  await new Promise<void>((resolve) => {
    waiting.stderr.on('data', (chunk: Buffer) => {
      words += chunk.toString();
      if (words.includes('waiting for it')) resolve();
    });
  });
  assert.doesNotMatch(words, /Installing/);
  rmSync(lock, { recursive: true });
  assert.equal(await exitOf(waiting), 7, words);
});

test('two first starts at once install once', async () => {
  const root = makeCheckout();
  const starts = [1, 2].map(() => {
    const child = spawn(systemNode, [join(root, 'deploy/local/bootstrap.mjs'), 'script.mjs'], {
      env: { HOME: root, PATH: path, npm_config_offline: 'true' },
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    const words: string[] = [];
    child.stderr.on('data', (chunk: Buffer) => words.push(chunk.toString()));
    return { child, words };
  });
  assert.deepEqual(await Promise.all(starts.map(({ child }) => exitOf(child))), [7, 7]);
  const all = starts.map(({ words }) => words.join('')).join('');
  assert.equal(all.split('Installing npm packages').length - 1, 1, all);
});

test('SIGTERM reaches the script, and the launcher ends as the script ends', async () => {
  const root = makeCheckout();
  start(root);
  const scripts = {
    'exits 5': ["process.on('SIGTERM', () => process.exit(5));", 5],
    'dies of it': ['', 'SIGTERM'],
  } as const;
  for (const [name, [handler, want]] of Object.entries(scripts)) {
    writeFileSync(
      join(root, 'script.mjs'),
      `${handler} setInterval(() => {}, 1000); console.log('up');`,
    );
    const child = spawn(systemNode, [join(root, 'deploy/local/bootstrap.mjs'), 'script.mjs'], {
      env: { HOME: root, PATH: path },
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    await new Promise((resolve) => child.stdout.once('data', resolve));
    child.kill('SIGTERM');
    assert.equal(await exitOf(child), want, name);
  }
});

function exitOf(child: ReturnType<typeof spawn>): Promise<number | string | null> {
  return new Promise((resolve) => child.once('exit', (code, signal) => resolve(signal ?? code)));
}
