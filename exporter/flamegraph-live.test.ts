// The route within the exporter: off by default, switched on by a reload, and a real recording of a process of ours.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { createLogger } from '../service/log.ts';
import { createApp } from './app.ts';
import { fixtureHost } from './collectors/fixture-host.contract.ts';

const log = createLogger({ name: 'test', level: 'error', format: 'json' });
log.level = 'silent';
const folder = mkdtempSync(join(tmpdir(), 'guard-flamegraph-live-'));
after(() => rmSync(folder, { recursive: true }));

test('off by default, on after a reload; the group of a burner has stacks, or perf says why not', async (t) => {
  const configFile = join(folder, 'exporter.yml');
  writeFileSync(configFile, '');
  const { readInventory, createPingSource, createPerfStat, statfs } = fixtureHost();
  const app = await createApp(
    {
      configFile,
      listen: { host: '127.0.0.1', port: 0 },
      paths: { procfs: '/proc', sysfs: '/sys', rootfs: '/' },
      processBackend: 'procfs',
    },
    {
      log,
      ...(readInventory && { readInventory }),
      ...(createPingSource && { createPingSource }),
      ...(createPerfStat && { createPerfStat }),
      ...(statfs && { statfs }),
    },
  );
  await app.start();
  t.after(() => app.stop());
  const script = join(folder, 'guard-flame-burner.mjs');
  writeFileSync(script, 'for (;;) Math.sqrt(Math.random());\n');
  const burner = spawn(process.execPath, [script], { stdio: 'ignore' });
  t.after(() => burner.kill('SIGKILL'));
  const get = async (path: string) => {
    const response = await fetch(`http://127.0.0.1:${app.address()?.port}${path}`);
    return { status: response.status, body: await response.text() };
  };
  const path = '/debug/flamegraph?group=node:guard-flame-burner.mjs&seconds=1&format=folded';
  assert.equal((await get(path)).status, 403);
  writeFileSync(configFile, 'perf: {record: {enabled: true, interval: 1h}}');
  await app.reload();
  await new Promise((resolve) => setTimeout(resolve, 500));
  await get('/metrics?collect[]=process');
  const { status, body } = await get(path);
  if (status === 503) assert.match(body, /^(permission_denied|not_installed): /);
  else {
    assert.equal(status, 200, body);
    assert.match(body, /^(node|MainThread);.* \d+$/m);
  }
});
