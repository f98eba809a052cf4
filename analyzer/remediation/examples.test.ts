import assert from 'node:assert/strict';
import { copyFileSync, globSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { test } from 'node:test';
import { remediationSchema } from './config.ts';
import { createExecutors } from './executors/list.ts';
import { loadPlaybooks } from './load-playbooks.ts';
import type { LoadedPlaybook } from './playbook.ts';

const EXAMPLES = join(import.meta.dirname, 'playbooks', 'examples');
const files = globSync('*.yml', { cwd: EXAMPLES }).sort();
/** Scaling asks a server, which has to be named. */
const executors = createExecutors(
  remediationSchema.parse({
    kubernetes: { url: 'https://127.0.0.1:6443', token_file: '/run/token' },
  }),
);

/** As somebody enables it: copied to a folder of their own, with another mode. */
function enable(file: string, mode: string): LoadedPlaybook | undefined {
  const folder = mkdtempSync(join(tmpdir(), 'guard-example-'));
  try {
    copyFileSync(join(EXAMPLES, file), join(folder, file));
    const text = readFileSync(join(folder, file), 'utf8');
    writeFileSync(join(folder, file), text.replace(/^mode: suggest/m, `mode: ${mode}`));
    const loaded = loadPlaybooks(folder, { executors, durable: true, environments: [] });
    return loaded.find(({ playbook }) => `${playbook.name}.yml` === basename(file));
  } finally {
    rmSync(folder, { recursive: true });
  }
}

test('there is an example for each kind of action', () => {
  assert.deepEqual(files, [
    'clear_cache.yml',
    'kill_runaway.yml',
    'lower_concurrency.yml',
    'restart_service.yml',
    'rotate_logs.yml',
    'scale_deployment.yml',
  ]);
});

for (const file of files)
  test(`${file} only suggests as it is, and is complete enough to be enabled`, () => {
    const { playbook } = enable(file, 'suggest') ?? {};
    assert.equal(playbook?.mode, 'suggest');
    assert.ok(playbook.action !== undefined && playbook.steps.length >= 2);
    assert.equal(enable(file, 'approve')?.playbook.mode, 'approve');
    assert.equal(enable(file, 'auto')?.playbook.mode, 'auto', 'its limits are written down');
  });

test('an example is not loaded before somebody copies it', () => {
  const ready = loadPlaybooks(undefined, { executors, durable: true, environments: [] });
  assert.deepEqual(
    ready.filter(({ playbook }) => playbook.action !== undefined),
    [],
  );
});
