// The Helm chart: its copies are current, its values are checked, and what it renders is what Kubernetes takes.
import assert from 'node:assert/strict';
import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { Ajv } from 'ajv';
import { parse } from 'yaml';
import { configSchema as analyzerSchema } from '../../analyzer/config.ts';
import { configSchema as exporterSchema } from '../../exporter/config.ts';
import { parseConfig } from '../../service/config.ts';
import { CHART, chartFiles } from './chart-files.ts';
import {
  createValidator,
  findHelm,
  type KubernetesObject,
  render,
  runHelm,
} from './rendered-chart.contract.ts';

const ROOT = join(import.meta.dirname, '../..');
const read = (file: string) => readFileSync(join(CHART, file), 'utf8');
const helm = findHelm();
const needsHelm = { skip: helm === undefined && 'no helm: deploy/helm/install-helm.sh data/helm' };
const validate = createValidator();

/** Everything that can be turned on, at once. */
const FULL = `
commonLabels: {team: sre}
image: {registry: registry.example/guard/, pullSecrets: [pull]}
exporter:
  hostNetwork: false
  webConfigSecret: exporter-web
  config: {process: {max_groups: 50}, ping: {targets: [10.0.0.1]}}
  priorityClassName: system-node-critical
  podAnnotations: {a: b}
  podLabels: {c: d}
  extraArgs: [--process.backend=portable]
  extraVolumes: [{name: certificates, secret: {secretName: certificates}}]
  extraVolumeMounts: [{name: certificates, mountPath: /certificates}]
analyzer:
  shards: 3
  alertmanagerUrls: [http://alertmanager-0:9093, http://alertmanager-1:9093]
  webConfigSecret: analyzer-web
  remediationNamespaces: [shop, pay]
  config:
    store: {url: 'postgresql://guard@db:5432/guard?sslmode=no-verify'}
    forecast: {horizons: [10m, 1h]}
monitoring:
  labels: {release: stack}
  exporterEndpoint: {scheme: https, tlsConfig: {insecureSkipVerify: true}, basicAuth: {username: {name: s, key: u}, password: {name: s, key: p}}}
  rules: {anomalyCompatibility: true}
networkPolicy:
  from: [{namespaceSelector: {matchLabels: {kubernetes.io/metadata.name: monitoring}}}]
  egress: [{to: [{namespaceSelector: {}}]}]
`;

const only = (objects: readonly KubernetesObject[], kind: string) => {
  const found = objects.filter((object) => object.kind === kind);
  assert.equal(found.length, 1, `one ${kind}`);
  return found[0]!;
};
const podOf = (object: KubernetesObject) =>
  (object.spec as { template: { spec: PodSpec; metadata: { annotations: object } } }).template;
interface PodSpec {
  readonly containers: readonly { args: string[]; image: string; securityContext: object }[];
  readonly volumes: readonly { name: string }[];
  readonly [key: string]: unknown;
}

test('rules and dashboards in the chart are those of the repository (npm run helm:build)', () => {
  const files = chartFiles();
  assert.ok(files.size > 8);
  const present = globSync('files/**/*.{yml,json}', { cwd: CHART }).map((file) => file.slice(6));
  assert.deepEqual(present.sort(), [...files.keys()].sort());
  for (const [path, text] of files) assert.equal(read(`files/${path}`), text, path);
});

test('the chart has the version of the product', () => {
  const { version } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as {
    version: string;
  };
  const chart = parse(read('Chart.yaml')) as { version: string; appVersion: string };
  assert.deepEqual([chart.version, chart.appVersion], [version, version]);
});

const values = new Ajv({ strict: false, allErrors: true }).compile(
  JSON.parse(read('values.schema.json')) as object,
);

test('the schema of the values knows every key of values.yaml, and no other', () => {
  assert.ok(values(parse(read('values.yaml'))), JSON.stringify(values.errors));
  assert.ok(values(parse(FULL)), JSON.stringify(values.errors));
  const schema = JSON.parse(read('values.schema.json')) as { properties: Record<string, Node> };
  assert.deepEqual(missingKeys(parse(read('values.yaml')) as object, schema), ['global']);
});

test('values that cannot be meant are refused', () => {
  for (const text of [
    'exporte: {}',
    'exporter: {capabilities: [NET_ADMIN]}',
    'exporter: {extraArgs: [restart]}',
    'exporter: {port: 0}',
    'analyzer: {shards: 0}',
    'analyzer: {shards: 1.5}',
    'analyzer: {prometheusUrl: prometheus:9090}',
    'analyzer: {remediationNamespaces: ["*"]}',
    'image: {registry: registry.example}',
    'networkPolicy: {from: []}',
    'monitoring: {interval: 5}',
  ]) {
    assert.equal(values(parse(text)), false, text);
  }
});

interface Node {
  readonly properties?: Readonly<Record<string, Node>>;
}

/** Keys of the schema that values.yaml does not show; definitions are shown by their first use. */
function missingKeys(shown: object, { properties = {} }: Node): string[] {
  return Object.entries(properties).flatMap(([key, node]) => {
    const value = (shown as Record<string, unknown>)[key];
    if (value === undefined) return [key];
    if (typeof value !== 'object' || value === null) return [];
    return missingKeys(value, node).map((below) => `${key}.${below}`);
  });
}

test('Helm finds nothing to complain about', needsHelm, () => {
  const { status, stdout } = runHelm(helm!, ['lint', '--strict', CHART]);
  assert.equal(status, 0, stdout);
});

for (const [name, text, kubernetes] of [
  ['as it comes', '', '1.30.0'],
  ['everything on', FULL, '1.30.0'],
  ['the oldest Kubernetes', FULL, '1.25.0'],
  ['without the operator', 'monitoring: {enabled: false}', '1.30.0'],
  ['exporter only', 'analyzer: {enabled: false}\nserviceAccount: {create: false}', '1.30.0'],
  [
    'analyzer only',
    'exporter: {enabled: false}\nanalyzer: {persistence: {enabled: false}}',
    '1.30.0',
  ],
] as const) {
  test(`Kubernetes takes every object: ${name}`, needsHelm, () => {
    const objects = render(helm!, text, kubernetes);
    assert.ok(objects.length > 4);
    assert.deepEqual(objects.flatMap(validate), []);
    const names = objects.map(
      ({ kind, metadata }) => `${kind} ${metadata.namespace ?? ''} ${metadata.name}`,
    );
    assert.equal(new Set(names).size, names.length);
  });
}

test('the validator refuses what Kubernetes would', () => {
  const service = { apiVersion: 'v1', kind: 'Service', metadata: { name: 'a' } };
  assert.deepEqual(validate({ ...service, spec: { ports: [{ port: 80 }] } }), []);
  assert.match(validate({ ...service, spec: { prots: [] } }).join(), /prots/);
  assert.match(validate({ ...service, spec: { ports: [{ port: 'x' }] } }).join(), /port/);
  assert.match(validate({ ...service, kind: 'Servise' }).join(), /not a known kind/);
  const monitor = {
    apiVersion: 'monitoring.coreos.com/v1',
    kind: 'PodMonitor',
    metadata: { name: 'a' },
  };
  assert.match(validate({ ...monitor, spec: { selector: {}, endpoints: [] } }).join(), /endpoints/);
});

test('the configuration in the ConfigMaps is one that our programs take', needsHelm, () => {
  const objects = render(helm!, FULL);
  const textOf = (name: string, key: string) => {
    const map = objects.find(
      ({ kind, metadata }) => kind === 'ConfigMap' && metadata.name === name,
    );
    assert.ok(map, name);
    return (map.data as Record<string, string>)[key]!;
  };
  const exporter = parseConfig(
    exporterSchema,
    textOf('guard-latency-guard-exporter', 'exporter.yml'),
    'exporter.yml',
  );
  assert.equal(exporter.process.max_groups, 50);
  assert.equal(exporter.process.kubernetes?.node_name, '$(NODE_NAME)');
  const analyzer = parseConfig(
    analyzerSchema,
    textOf('guard-latency-guard-analyzer', 'analyzer.yml'),
    'analyzer.yml',
  );
  assert.deepEqual(analyzer.forecast.horizons.length, 2);
});

test('the exporter gets what it measures by, and nothing else', needsHelm, () => {
  const { spec } = podOf(only(render(helm!), 'DaemonSet'));
  assert.equal(spec.hostPID, true);
  assert.deepEqual(spec.containers[0]?.securityContext, {
    allowPrivilegeEscalation: false,
    readOnlyRootFilesystem: true,
    capabilities: { drop: ['ALL'], add: ['SYS_PTRACE', 'DAC_READ_SEARCH', 'NET_RAW'] },
    appArmorProfile: { type: 'Unconfined' },
  });
  assert.deepEqual(spec.tolerations, [{ operator: 'Exists' }]);
  const old = podOf(only(render(helm!, '', '1.25.0'), 'DaemonSet'));
  assert.doesNotMatch(JSON.stringify(old.spec), /appArmorProfile/);
  assert.match(JSON.stringify(old.metadata.annotations), /apparmor.*unconfined/);
});

test('every pod of the analyzer takes the shard of its number', needsHelm, () => {
  const objects = render(helm!, FULL);
  const set = only(objects, 'StatefulSet');
  assert.equal((set.spec as { replicas: number }).replicas, 3);
  assert.ok(podOf(set).spec.containers[0]?.args.includes('--shard=auto/3'));
  assert.ok(
    podOf(set).spec.containers[0]?.args.includes('--alertmanager.url=http://alertmanager-1:9093'),
  );
  assert.match(set.metadata.name, /^[a-z-]+$/);
});

test(
  'what is scraped has the jobs and instances that rules and presets count on',
  needsHelm,
  () => {
    const objects = render(helm!);
    const pods = JSON.stringify(only(objects, 'PodMonitor').spec);
    assert.match(pods, /"targetLabel":"job","replacement":"latency-guard-exporter"/);
    assert.match(pods, /__meta_kubernetes_pod_node_name"\],"targetLabel":"instance"/);
    const services = JSON.stringify(only(objects, 'ServiceMonitor').spec);
    assert.match(services, /"targetLabel":"job","replacement":"latency-guard-analyzer"/);
    assert.match(services, /"honorLabels":true/);
  },
);

test('PrometheusRules hold the rules to the letter', needsHelm, () => {
  const rules = render(helm!).filter(({ kind }) => kind === 'PrometheusRule');
  assert.equal(rules.length, 2);
  for (const { metadata, spec } of rules) {
    const file = metadata.name.replace(/^guard-latency-guard-/, '');
    const source = parse(readFileSync(join(ROOT, `rules/${file}.yml`), 'utf8')) as object;
    assert.deepEqual(spec, source);
  }
});

test('dashboards arrive whole, each below the size of a ConfigMap', needsHelm, () => {
  const maps = render(helm!).filter(({ metadata }) => metadata.labels?.grafana_dashboard === '1');
  const expected = globSync('grafana/dashboards/json/*.json', { cwd: ROOT });
  assert.equal(maps.length, expected.length);
  for (const { data } of maps) {
    const [[name, text] = ['', '']] = Object.entries(data as Record<string, string>);
    assert.ok(text.length < 1_000_000);
    const file = join(ROOT, 'grafana/dashboards/json', name.replace('latency-guard-', ''));
    assert.deepEqual(JSON.parse(text), JSON.parse(readFileSync(file, 'utf8')));
  }
});
