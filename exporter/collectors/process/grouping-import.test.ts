import assert from 'node:assert/strict';
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { chmodSync, copyFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { type AddressInfo, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { ConfigError, loadConfig, parseConfig } from '../../../service/config.ts';
import { configSchema } from '../../config.ts';
import { createGrouping, IGNORED_GROUP } from './grouping.ts';
import { processConfigSchema } from './grouping-config.ts';
import { processNamesFileSchema } from './grouping-import.ts';
import { createProcessCollector } from './process.ts';

const FIXTURES = join(import.meta.dirname, '../../fixtures/process-exporter');
const TOOL = 'prometheus-process-exporter';
const MARK = `guard${process.pid}x`;
const folder = mkdtempSync(join(tmpdir(), 'guard-import-'));
const children: ChildProcess[] = [];

after(() => {
  // Each is the leader of its own session, so that what it has started ends with it.
  for (const { pid } of children) if (pid !== undefined) endAll(pid);
  rmSync(folder, { recursive: true });
});

function endAll(leader: number): void {
  try {
    process.kill(-leader, 'SIGKILL');
  } catch {
    // It has ended by itself.
  }
}

const rulesOf = (yaml: string) =>
  parseConfig(processNamesFileSchema, yaml, 'all.yaml').process_names;
const identity = {
  comm: 'nginx',
  exe: '/usr/sbin/nginx',
  argv: ['nginx: master process', '-g', 'daemon off;'],
  kernel: false,
  username: 'www',
  pid: 42,
};
const groupOf = (matcher: string, of: Partial<typeof identity> = {}) =>
  createGrouping(rulesOf(`process_names: [${matcher}]`))({ ...identity, ...of });

test('what matches nothing is not reported', () => {
  assert.equal(groupOf('{comm: [apache2]}'), IGNORED_GROUP);
  assert.equal(groupOf('{comm: []}'), IGNORED_GROUP);
});

test('the program is argv[0], whatever the file', () => {
  assert.equal(groupOf('{comm: [nginx]}'), 'nginx: master process');
  assert.equal(groupOf('{exe: [nginx]}'), IGNORED_GROUP);
  assert.equal(groupOf('{exe: [java]}', { argv: ['/opt/jdk/bin/java'] }), 'java');
  assert.equal(groupOf('{exe: [/usr/bin/java]}', { argv: ['/opt/jdk/bin/java'] }), IGNORED_GROUP);
});

test('a process without arguments goes by its name, and has no program', () => {
  assert.equal(groupOf('{comm: [nginx]}', { argv: [] }), 'nginx');
  assert.equal(groupOf('{exe: [nginx]}', { argv: [] }), IGNORED_GROUP);
  assert.equal(groupOf("{cmdline: ['.+']}", { argv: [] }), IGNORED_GROUP);
  assert.equal(groupOf("{cmdline: ['.*']}", { argv: [] }), 'nginx');
});

test('templates as Go fills them', () => {
  const named = (name: string) => groupOf(`{name: '${name}', cmdline: ['-(?P<flag>g) (\\w+)']}`);
  assert.equal(named('{{.Matches}}'), 'map[:daemon flag:g]');
  assert.equal(named('{{ .Comm }}:{{.Matches.flag}}:{{.PID}}'), 'nginx:g:42');
  assert.equal(named('a{{.Matches.no}}b{{index .Matches "no"}}c'), 'a<no value>bc');
});

test("the configuration that its packages come with is by name, without the kernel's threads", () => {
  const { process_names: rules } = loadConfig(processNamesFileSchema, join(FIXTURES, 'all.yaml'));
  assert.equal(createGrouping(rules)(identity), 'nginx');
  const thread = { ...identity, comm: 'kthreadd', argv: [], kernel: true };
  assert.equal(createGrouping(rules)(thread), IGNORED_GROUP);
});

function problemsOf(yaml: string): string {
  try {
    parseConfig(processConfigSchema, yaml, 'exporter.yml');
  } catch (error) {
    assert.ok(error instanceof ConfigError);
    return error.message;
  }
  return '';
}

test('mistakes are told', () => {
  const problems = problemsOf(`process_names:
  - name: x
  - cmdline: ['(?=x)']
    comm: [1]
  - name: '{{.StartTime}}'
    comm: [x]
  - name: '{{if .Comm}}x{{end}}'
    comm: [x]
  - exe: java
`);
  assert.match(problems, /process_names\[0\]: needs at least one of comm, exe, cmdline/);
  assert.match(problems, /:3: process_names\[1\]\.cmdline\[0\]: .*Go knows no such group/);
  assert.match(problems, /process_names\[2\]\.name: \{\{\.StartTime\}\} is not known here/);
  assert.match(problems, /process_names\[3\]\.name: only plain fields/);
  assert.match(problems, /process_names\[4\]\.exe: expected array/);
  assert.match(problemsOf('process_names: []'), /needs at least one matcher/);
});

test('the list may stand at the top of the configuration, in place of groups', () => {
  const names = 'process_names: [{comm: [nginx]}]';
  const { groups } = parseConfig(configSchema, names, 'exporter.yml').process;
  assert.deepEqual(groups, rulesOf(names));
  assert.throws(
    () => parseConfig(configSchema, `${names}\nprocess: {groups: [{name: a, comm: [a]}]}`, 'a.yml'),
    /a\.yml:1: process_names: process already has groups/,
  );
});

test('a file is read with the configuration, and its mistakes are those of the key', () => {
  const file = join(folder, 'bad.yaml');
  writeFileSync(file, 'process_names:\n  - comm: [x]\n    cmdline: ["("]\n');
  const problems = problemsOf(`process_exporter_config: ${file}`);
  assert.match(
    problems,
    /exporter\.yml:1: process_exporter_config: .*bad\.yaml:3: process_names\[0\]/,
  );
  assert.match(problemsOf('process_exporter_config: /no/such'), /\/no\/such: cannot be read/);
  const both = 'groups: [{name: a, comm: [a]}]\nprocess_names: [{comm: [x]}]';
  assert.match(problemsOf(both), /only one of groups, process_names and process_exporter_config/);
  const { groups } = parseConfig(
    processConfigSchema,
    `process_exporter_config: ${join(FIXTURES, 'all.yaml')}`,
    'exporter.yml',
  );
  assert.deepEqual(groups.at(-1), { name: '', ignoreOthers: true });
});

/** Processes that show every kind of match; returns when all of them run. */
async function startProcesses(): Promise<void> {
  const own = join(folder, `g${MARK}`);
  copyFileSync('/bin/sleep', own);
  chmodSync(own, 0o755);
  const scripts = [
    `exec ${own} 300`,
    `exec -a /opt/${MARK}/db sleep 301`,
    `exec -a /opt/${MARK}/other sleep 302`,
    `exec -a ${MARK}-web sleep 303`,
    `exec -a ${MARK}-web sleep 303.5s`,
    `exec -a ${MARK}-parent bash -c 'sleep 304 & bash -c "sleep 305 & wait" & (exec -a ${MARK}-web sleep 303) & ${own} 306 & wait'`,
  ];
  for (const script of scripts) {
    children.push(spawn('/bin/bash', ['-c', script], { detached: true, stdio: 'ignore' }));
  }
  await sleep(500);
}

/** Groups of the other exporter, by name, that have processes. */
async function askOther(config: string): Promise<Map<string, number>> {
  const server = createServer().listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  const flags = [`-config.path=${config}`, `-web.listen-address=127.0.0.1:${port}`];
  const more = ['-threads=false', '-gather-smaps=false'];
  children.push(spawn(TOOL, [...flags, ...more], { detached: true, stdio: 'ignore' }));
  let text = '';
  for (let attempt = 0; attempt < 100 && text === ''; attempt += 1) {
    await sleep(100);
    text = await fetch(`http://127.0.0.1:${port}/metrics`).then(
      (response) => response.text(),
      () => '',
    );
  }
  const found = text.matchAll(/^namedprocess_namegroup_num_procs\{groupname="(.*)"\} (\d+)$/gm);
  return new Map([...found].map(([, name, value]) => [name!, Number(value)]));
}

async function askOurs(config: string): Promise<Map<string, number>> {
  const { process_names: groups } = loadConfig(processNamesFileSchema, config);
  const collector = createProcessCollector({
    procfs: '/proc',
    groups,
    maxGroups: 500,
    topProcesses: 0,
  });
  const families = await collector.collect(new AbortController().signal);
  await collector.stop();
  const family = families.find(({ name }) => name === 'guard_process_processes');
  return new Map(family?.samples.map(({ labels, value }) => [labels.group ?? '', value]));
}

const skip =
  spawnSync(TOOL, ['-version']).error === undefined
    ? false
    : `${TOOL} is not installed (apt-get install ${TOOL})`;

test('the same groups with the same processes as the real process-exporter', { skip }, async () => {
  await startProcesses();
  const config = join(folder, 'process-names.yml');
  const template = readFileSync(join(FIXTURES, 'process-names.yml'), 'utf8');
  writeFileSync(config, template.replaceAll('MARK', MARK));
  const other = await askOther(config);
  const ours = await askOurs(config);
  assert.equal(other.get(`g${MARK}`), 2);
  assert.equal(other.get(`${MARK}-parent`), 4);
  assert.equal([...other.keys()].filter((name) => name.startsWith('web map[')).length, 1);
  const shortened = [...other].map(([name, processes]) => [name.slice(0, 128), processes]);
  assert.deepEqual(Object.fromEntries(ours), Object.fromEntries(shortened));
});
