import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { ConfigError, parseConfig } from '../../../service/config.ts';
import { processConfigSchema } from './grouping-config.ts';
import { createDescribedProcesses, listAllContainers, readTags } from './info-setup.ts';
import { createProcessCollector } from './process.ts';

const folder = mkdtempSync(join(tmpdir(), 'guard-setup-'));
const socketPath = join(folder, 'docker.sock');
const ID = 'd'.repeat(64);
const server = createServer((_request, response) =>
  response.end(JSON.stringify([{ Id: ID, Names: ['/web'], Image: 'nginx' }])),
);
const children: ChildProcess[] = [];
await new Promise<void>((resolve) => server.listen(socketPath, resolve));

after(() => {
  for (const child of children) child.kill('SIGKILL');
  server.closeAllConnections();
  server.close();
  rmSync(folder, { recursive: true });
});

const parse = (text: string) => parseConfig(processConfigSchema, text, 'exporter.yml');

test('of several runtimes, those that answer', async () => {
  const none = join(folder, 'none.sock');
  assert.equal((await listAllContainers([none, socketPath]))[0]?.image, 'nginx');
  await assert.rejects(listAllContainers([none]), { reason: 'not_found' });
  await assert.rejects(listAllContainers([none, join(folder, '.')]), { name: 'NoDataError' });
  await assert.rejects(listAllContainers([]), { reason: 'not_configured' });
});

test('tags of the file and of the environment; what is not set is left out', () => {
  const tags = { team: 'shop', region: { environment: 'REGION' }, zone: { environment: 'ZONE' } };
  const environment = { REGION: 'eu', ZONE: undefined, SECRET: 'x' };
  assert.deepEqual(readTags(tags, environment), { team: 'shop', region: 'eu' });
  assert.deepEqual(readTags({}, environment), {});
});

test('mistakes of the sections are told', () => {
  const problems = (text: string): string => {
    try {
      parse(text);
    } catch (error) {
      assert.ok(error instanceof ConfigError);
      return error.message;
    }
    return '';
  };
  assert.match(problems('tags: {Team: x}'), /tags/);
  assert.match(problems('tags: {instance: x}'), /labels of the target/);
  assert.match(problems('tags: {a: {file: x}}'), /tags\.a/);
  assert.match(problems('kubernetes: {}'), /kubernetes: needs either kubelet_url or api_url/);
  assert.match(problems('kubernetes: {api_url: "https://k"}'), /api_url needs node_name/);
  assert.match(problems('kubernetes: {kubelet_url: x}'), /expected a URL/);
  assert.match(problems('container_sockets: [docker.sock]'), /container_sockets\[0\]/);
  assert.match(problems('compatibility: netdata'), /expected process-exporter/);
  assert.equal(problems('kubernetes: {kubelet_url: "https://127.0.0.1:10250"}'), '');
});

const skip = existsSync('/proc/self/cgroup') ? false : 'no procfs here';

test('the processes of this machine, under both names, with tags', { skip }, async () => {
  const child = spawn('sleep', ['300'], { stdio: 'ignore' });
  children.push(child);
  const config = parse(`
compatibility: process-exporter
groups: [{name: setup-test, cmdline: ['^sleep 300$'], cgroup: ['.']}]
tags: {team: shop}
container_sockets: [${socketPath}]
`);
  const collector = createDescribedProcesses({
    config,
    procfs: '/proc',
    environment: {},
    create: (containerNames) =>
      createProcessCollector({
        ...{ procfs: '/proc', groups: config.groups, maxGroups: 500, topProcesses: 0 },
        containerNames,
      }),
  });
  const families = await collector.collect(new AbortController().signal);
  await collector.stop?.();
  const find = (name: string, label: string) =>
    families
      .find((family) => family.name === name)
      ?.samples.find(({ labels }) => labels[label] === 'setup-test');
  assert.ok((find('guard_process_processes', 'group')?.value ?? 0) >= 1);
  assert.equal(
    find('namedprocess_namegroup_num_procs', 'groupname')?.value,
    find('guard_process_processes', 'group')?.value,
  );
  const { labels } = find('guard_process_info', 'group') ?? {};
  assert.match(labels?.exe ?? '', /\/(?:sleep|coreutils)$/);
  const unit = /\/([^/\n]+\.service)/.exec(readFileSync(`/proc/${child.pid}/cgroup`, 'utf8'))?.[1];
  assert.ok(unit === undefined || labels?.unit !== undefined);
  assert.deepEqual(families.find(({ name }) => name === 'guard_exporter_tags_info')?.samples, [
    { labels: { team: 'shop' }, value: 1 },
  ]);
});
