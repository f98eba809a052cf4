// Who may make a running analyzer read its configuration again, and what is told of a file before anything runs.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { startAnalyzer } from './remediation/analyzer-process.contract.ts';

const NOBODY = 'http://127.0.0.1:9';

function makeFolder(t: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), 'guard-reload-'));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

async function start(t: TestContext, text: string, folder: string) {
  const config = join(folder, 'analyzer.yml');
  writeFileSync(config, text);
  const files = { config, storage: join(folder, 'store'), prometheusUrl: NOBODY };
  const analyzer = await startAnalyzer(files);
  t.after(() => analyzer.kill('SIGTERM'));
  return async (token?: string, method = 'POST') => {
    const headers = token === undefined ? {} : { Authorization: `Bearer ${token}` };
    return (await fetch(`${analyzer.url}/-/reload`, { method, headers })).status;
  };
}

test('where people can say who they are, only an administrator reloads', async (t) => {
  const folder = makeFolder(t);
  const tokens = ['viewer', 'operator', 'admin'].map((role) => {
    const hash_file = join(folder, role);
    writeFileSync(hash_file, createHash('sha256').update(`token-${role}`).digest('hex'));
    return { name: role, role, hash_file };
  });
  const reload = await start(t, JSON.stringify({ remediation: { tokens } }), folder);
  assert.equal(await reload(), 401);
  assert.equal(await reload(undefined, 'PUT'), 401);
  assert.equal(await reload('wrong'), 401);
  assert.equal(await reload('token-viewer'), 403);
  assert.equal(await reload('token-operator'), 403);
  assert.equal(await reload('token-admin'), 200);
  assert.equal(await reload('token-admin', 'PUT'), 200);
  assert.equal(await reload('token-admin', 'GET'), 405);
});

test('where nobody can, it stays open as before', async (t) => {
  const reload = await start(t, '', makeFolder(t));
  assert.equal(await reload(), 200);
});

test('--config.check reads playbooks, tokens and secrets as a start does', (t) => {
  const folder = makeFolder(t);
  mkdirSync(join(folder, 'playbooks'));
  const parameters = {
    salt: '{state: shop.restart}',
    awx: '{job_template: 7}',
    kubernetes: '{verb: restart, namespace: shop, name: web}',
    puppet: '{mode: orchestrator, environment: production}',
  };
  const check = (config: object) => {
    const file = join(folder, 'analyzer.yml');
    writeFileSync(file, JSON.stringify(config));
    const main = join(import.meta.dirname, 'main.ts');
    const args = [main, '--config.check', `--config.file=${file}`];
    return spawnSync(process.execPath, args, { encoding: 'utf8' });
  };
  const remediation = { playbooks: join(folder, 'playbooks') };
  assert.equal(check({ remediation }).status, 0);
  for (const [executor, text] of Object.entries(parameters))
    writeFileSync(
      join(folder, 'playbooks', `by_${executor}.yml`),
      `name: by_${executor}\ntitle: T\nmatch: {kinds: [x]}\nsteps: [S]\naction: {executor: ${executor}, parameters: ${text}}\n`,
    );
  const missing = check({ remediation });
  assert.equal(missing.status, 1);
  for (const section of ['salt', 'awx', 'kubernetes', 'puppet.orchestrator'])
    assert.match(missing.stderr, new RegExp(`remediation.${section} is missing`));
  const tokens = [{ name: 'ann', role: 'admin', hash_file: join(folder, 'nothing') }];
  const unread = check({ remediation: { tokens } });
  assert.equal(unread.status, 1);
  assert.match(unread.stderr, /nothing/);
});
