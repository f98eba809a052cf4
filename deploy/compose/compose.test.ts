// compose.yml, the Dockerfile and Grafana's provisioning name files, ports, versions and flags of each other: here they agree.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, posix } from 'node:path';
import { test } from 'node:test';
import { parse } from 'yaml';

interface Service {
  readonly image: string;
  readonly build?: { readonly context: string; readonly target: string };
  readonly command?: readonly string[];
  readonly environment?: Readonly<Record<string, string>>;
  readonly volumes?: readonly string[];
  readonly ports?: readonly string[];
  readonly healthcheck?: { readonly test: readonly string[] };
  readonly depends_on?: Readonly<Record<string, { readonly condition: string }>>;
  readonly profiles?: readonly string[];
  readonly read_only?: boolean;
  readonly [key: string]: unknown;
}

const ROOT = join(import.meta.dirname, '..', '..');
const read = (file: string) => readFileSync(join(ROOT, file), 'utf8');
const compose = parse(read('compose.yml'), { merge: true }) as {
  services: Record<string, Service>;
  volumes: Record<string, unknown>;
};
const services = Object.entries(compose.services);
const { exporter, analyzer, prometheus, alertmanager, grafana } = compose.services;
const dockerfile = read('Dockerfile');
const packageJson = JSON.parse(read('package.json')) as { version: string };
const prometheusConfig = read('deploy/compose/prometheus.yml');
const EXACT_VERSION = /^[\w./-]+:v?\d+\.\d+\.\d+(-[a-z]+)*$/;

/** Host side and container side of the mounts that come from this repository. */
function repositoryMounts({ volumes = [] }: Service): [string, string][] {
  return volumes.flatMap((volume) => {
    const [host = '', inside = ''] = volume.split(':');
    return host.startsWith('./') ? [[host, inside] as [string, string]] : [];
  });
}

/** The file of the repository that a container sees at a path. */
function inRepository(service: Service, path: string): string | undefined {
  for (const [host, inside] of repositoryMounts(service)) {
    const below = posix.relative(inside, path);
    if (!below.startsWith('..')) return join(ROOT, host, below);
  }
  return undefined;
}

function run(file: string, ...args: string[]): { status: number | null; output: string } {
  const { status, stdout, stderr } = spawnSync(file, args, { cwd: ROOT, encoding: 'utf8' });
  return { status, output: `${stdout}${stderr}` };
}

const CORE = ['alertmanager', 'analyzer', 'exporter', 'grafana', 'prometheus'];
const PROFILES = {
  logging: ['elasticsearch', 'elasticsearch-setup', 'filebeat', 'kibana'],
  push: ['agent'],
  cloud: ['yace'],
};

for (const profile of ['', ...Object.keys(PROFILES)]) {
  test(`compose accepts the file${profile && ` with the profile ${profile}`}`, (t) => {
    const command = [['docker-compose'], ['docker', 'compose']].find(
      ([file = '', ...args]) => run(file, ...args, 'version').status === 0,
    );
    if (command === undefined) return t.skip('neither docker-compose nor docker compose is there');
    const [file = '', ...args] = [...command, ...(profile ? ['--profile', profile] : [])];
    const { status, output } = run(file, ...args, '-f', 'compose.yml', 'config', '-q');
    assert.deepEqual({ status, output }, { status: 0, output: '' });
  });
}

test('without a profile the five parts are there and nothing else', () => {
  const withoutProfile = services.filter(([, { profiles }]) => profiles === undefined);
  assert.deepEqual(withoutProfile.map(([name]) => name).sort(), CORE);
  for (const [profile, names] of Object.entries(PROFILES)) {
    const own = services.filter(([, { profiles }]) => profiles?.includes(profile));
    assert.deepEqual(own.map(([name]) => name).sort(), names);
  }
});

test('every image has an exact version, ours that of package.json', () => {
  for (const [name, { image, build }] of services) {
    assert.match(image, EXACT_VERSION);
    if (build === undefined) continue;
    assert.equal(image, `latency-guard-${name}:${packageJson.version}`);
    assert.match(dockerfile, new RegExp(`^FROM \\S+ AS ${build.target}$`, 'm'));
  }
  for (const bad of ['prom/prometheus', 'prom/prometheus:latest', 'grafana/grafana:12']) {
    assert.doesNotMatch(bad, EXACT_VERSION);
  }
});

const ENDS_BY_ITSELF = ['elasticsearch-setup'];
/** Its image holds one program and nothing that could ask it. */
const CHECKED_BY_PROMETHEUS = ['yace'];
/** Both create files beside their programs at the first start. */
const WRITES_TO_ITS_ROOT = ['elasticsearch', 'kibana'];

test('every service is restarted, checked, bounded and stripped of privileges', () => {
  for (const [name, service] of services) {
    assert.equal(service.restart, ENDS_BY_ITSELF.includes(name) ? 'no' : 'unless-stopped', name);
    assert.deepEqual(service.cap_drop, ['ALL'], name);
    assert.ok((service.security_opt as string[]).includes('no-new-privileges:true'), name);
    for (const limit of ['cpus', 'mem_limit', 'pids_limit']) assert.ok(service[limit], name);
    const stage = dockerfile.split(/^FROM /m).find((text) => text.includes(` AS ${name}\n`));
    const isChecked = service.healthcheck ?? stage?.includes('HEALTHCHECK');
    const excused = [...ENDS_BY_ITSELF, ...CHECKED_BY_PROMETHEUS];
    assert.ok(isChecked || excused.includes(name), `${name} has a health check`);
    assert.ok(!('privileged' in service), name);
    assert.ok(!(service.volumes ?? []).some((each) => each.includes('docker.sock')), name);
    assert.equal(service.read_only, !WRITES_TO_ITS_ROOT.includes(name), name);
  }
  const sharing = services.filter(([, service]) => 'pid' in service).map(([name]) => name);
  assert.deepEqual(sharing, ['exporter']);
  const asRoot = services.filter(([, { user }]) => user === 'root').map(([name]) => name);
  assert.deepEqual(asRoot, ['filebeat']);
  assert.deepEqual(exporter?.cap_add, ['SYS_PTRACE', 'DAC_READ_SEARCH', 'NET_RAW']);
  assert.deepEqual(
    services.filter(([, service]) => 'cap_add' in service).map(([name]) => name),
    ['exporter'],
  );
});

const UNPUBLISHED = ['elasticsearch-setup', 'filebeat'];

test('nothing is published beyond loopback', () => {
  for (const [name, { ports = [], network_mode }] of services) {
    assert.equal(network_mode, undefined, name);
    assert.equal(ports.length, UNPUBLISHED.includes(name) ? 0 : 1, name);
    for (const port of ports) assert.match(port, /^127\.0\.0\.1:(\d+):\1$/);
  }
});

test('whoever waits for another waits for one that can become healthy', () => {
  for (const [name, { depends_on: waits = {} }] of services) {
    for (const [other, { condition }] of Object.entries(waits)) {
      const ends = ENDS_BY_ITSELF.includes(other);
      assert.equal(condition, ends ? 'service_completed_successfully' : 'service_healthy', name);
      const isChecked =
        compose.services[other]?.healthcheck ?? dockerfile.includes(`AS ${other}\n`);
      assert.ok(ends || isChecked, `${name} waits for ${other}`);
      const profiles = compose.services[other]?.profiles ?? [];
      assert.ok(
        profiles.every((profile) => compose.services[name]?.profiles?.includes(profile)),
        `${name} waits for ${other}, which another profile starts`,
      );
    }
  }
});

test('what is mounted exists: files of the repository, and volumes that are declared', () => {
  for (const [name, service] of services) {
    for (const [host] of repositoryMounts(service)) {
      assert.ok(existsSync(join(ROOT, host)), `${name} mounts ${host}`);
    }
    const named = (service.volumes ?? []).filter((volume) => /^[a-z]/.test(volume));
    for (const volume of named) assert.ok(volume.split(':')[0]! in compose.volumes, volume);
  }
  for (const service of [prometheus!, alertmanager!]) {
    const flag = service.command?.find((text) => text.startsWith('--config.file=')) ?? '';
    const file = inRepository(service, flag.replace('--config.file=', ''));
    assert.ok(file && existsSync(file), `${flag} is a file of the repository`);
  }
});

test('Prometheus accepts its configuration with our rules, all of them and no test of them', () => {
  const rules = readdirSync(join(ROOT, 'rules')).filter((file) =>
    /(?<!_test|^thresholds)\.yml$/.test(file),
  );
  const { rule_files: listed } = parse(prometheusConfig) as { rule_files: string[] };
  const known = listed.map((path) => inRepository(prometheus!, path));
  assert.deepEqual(known.sort(), rules.map((file) => join(ROOT, 'rules', file)).sort());
  const folder = mkdtempSync(join(tmpdir(), 'guard-compose-'));
  try {
    const file = join(folder, 'prometheus.yml');
    writeFileSync(file, prometheusConfig.replaceAll('/etc/prometheus/rules', join(ROOT, 'rules')));
    const { status, output } = run('promtool', 'check', 'config', file);
    assert.equal(status, 0, output);
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test('Prometheus finds every service under its name and port, every five seconds', () => {
  const { global, scrape_configs: jobs } = parse(prometheusConfig) as {
    global: Record<string, string>;
    scrape_configs: {
      job_name: string;
      honor_labels?: boolean;
      static_configs?: { targets: string[] }[];
      dns_sd_configs?: { names: string[]; port: number }[];
    }[];
  };
  assert.deepEqual([global.scrape_interval, global.evaluation_interval], ['5s', '5s']);
  const targets = Object.fromEntries(
    jobs.map(({ job_name, static_configs, dns_sd_configs: [dns] = [] }) => [
      job_name,
      static_configs?.[0]?.targets[0] ?? `${dns?.names[0]}:${dns?.port}`,
    ]),
  );
  assert.deepEqual(targets, {
    'latency-guard-exporter': 'exporter:10910',
    'latency-guard-analyzer': 'analyzer:10911',
    prometheus: '127.0.0.1:9090',
    alertmanager: 'alertmanager:9093',
    yace: 'yace:5000',
  });
  const honoring = jobs.filter(({ honor_labels }) => honor_labels).map(({ job_name }) => job_name);
  assert.deepEqual(honoring, ['latency-guard-analyzer']);
  for (const target of Object.values(targets).slice(0, 2)) {
    const [name = '', port = ''] = target?.split(':') ?? [];
    assert.equal(compose.services[name]?.ports?.[0]?.split(':')[1], port);
    assert.match(dockerfile, new RegExp(`^EXPOSE ${port}$`, 'm'));
  }
});

test('exporter and analyzer know the flags that they are given', () => {
  for (const [name, service] of [
    ['exporter', exporter] as const,
    ['analyzer', analyzer] as const,
  ]) {
    const { status, output } = run(process.execPath, `${name}/main.ts`, '--help');
    assert.equal(status, 0, output);
    for (const argument of service?.command ?? []) {
      const flag = argument.split('=')[0]!;
      assert.ok(output.includes(`${flag} `) || output.includes(`${flag}=`), `${name} ${flag}`);
    }
  }
});

test('the image has the Node.js that is developed with, and copies what exists', () => {
  const { packages } = JSON.parse(read('package-lock.json')) as {
    packages: Record<string, { version: string }>;
  };
  const bases = [...dockerfile.matchAll(/^FROM (\S+:\S+)/gm)].map((match) => match[1]);
  const wanted = `node:${packages['node_modules/node']?.version}-bookworm-slim`;
  assert.deepEqual([...new Set(bases)], [wanted]);
  assert.ok(dockerfile.includes(`ARG VERSION=${packageJson.version}\n`));
  const copied = [...dockerfile.matchAll(/^COPY (?!--from)(.+) \S+$/gm)].flatMap((match) =>
    match[1]!.split(' '),
  );
  assert.ok(copied.length >= 7);
  const sent = read('.dockerignore').split('\n');
  for (const path of copied) {
    assert.ok(existsSync(join(ROOT, path)), path);
    assert.ok(sent.includes(`!${path.split('/')[0]}`), `.dockerignore lets ${path} through`);
  }
  assert.match(dockerfile.split(' AS analyzer\n')[1] ?? '', /^USER node$/m);
});

test('Grafana finds its data sources, its dashboards and its home', () => {
  const environment = grafana?.environment ?? {};
  const { datasources } = parse(read('grafana/provisioning/datasources/latency-guard.yml')) as {
    datasources: { uid: string; type: string; url: string }[];
  };
  assert.deepEqual(
    datasources.map(({ uid, type }) => [uid, type]),
    [
      ['guard-prometheus', 'prometheus'],
      ['guard-alertmanager', 'alertmanager'],
    ],
  );
  for (const { url } of datasources) assert.match(environment[url.replace('$', '')] ?? '', /http:/);
  const { providers } = parse(read('grafana/provisioning/dashboards/latency-guard.yml')) as {
    providers: { type: string; options: { path: string } }[];
  };
  const [provider] = providers;
  assert.equal(provider?.type, 'file');
  assert.equal(
    inRepository(grafana!, provider?.options.path ?? ''),
    join(ROOT, 'grafana/dashboards/json'),
  );
  const home = environment.GF_DASHBOARDS_DEFAULT_HOME_DASHBOARD_PATH ?? '';
  assert.ok(existsSync(inRepository(grafana!, home) ?? ''), home);
  assert.match(environment.GF_AUTH_ANONYMOUS_ENABLED ?? '', /:-false\}$/);
});
