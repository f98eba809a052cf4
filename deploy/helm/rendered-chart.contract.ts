// The chart as Helm renders it, and Kubernetes' own schemas to hold it against. For tests; not a test by itself.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Ajv, type ErrorObject } from 'ajv';
import { parseAllDocuments } from 'yaml';
import { CHART } from './chart-files.ts';

/** Without it Helm assumes the version of its own libraries, which a build by Go does not know. */
const KUBERNETES = '1.30.0';
const TIMEOUT_MS = 60_000;
const MAX_OUTPUT_BYTES = 16 * 1024 * 1024;

export interface KubernetesObject {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: {
    readonly name: string;
    readonly namespace?: string;
    readonly labels?: Readonly<Record<string, string>>;
  };
  readonly [key: string]: unknown;
}

/** The Helm of deploy/helm/install-helm.sh or of the system. */
export function findHelm(): string | undefined {
  const built = join(import.meta.dirname, '../../data/helm/helm');
  if (existsSync(built)) return built;
  return spawnSync('helm', ['version'], { timeout: TIMEOUT_MS }).status === 0 ? 'helm' : undefined;
}

export function runHelm(helm: string, args: readonly string[]) {
  const { status, stdout, stderr } = spawnSync(helm, args, {
    encoding: 'utf8',
    timeout: TIMEOUT_MS,
    maxBuffer: MAX_OUTPUT_BYTES,
  });
  return { status, stdout, stderr };
}

/** @param values YAML of values that differ from the chart's */
export function render(helm: string, values = '', kubernetes = KUBERNETES): KubernetesObject[] {
  const { status, stdout, stderr } = spawnSync(
    helm,
    ['template', 'guard', CHART, '-n', 'observability', '--kube-version', kubernetes, '-f', '-'],
    { encoding: 'utf8', input: values, timeout: TIMEOUT_MS, maxBuffer: MAX_OUTPUT_BYTES },
  );
  assert.equal(status, 0, stderr);
  return parseAllDocuments(stdout).flatMap((document) => {
    assert.deepEqual(document.errors, []);
    const object = document.toJS() as KubernetesObject | null;
    return object === null ? [] : [object];
  });
}

/** What Kubernetes, or the Prometheus Operator, would refuse about an object; unknown fields too. */
export function createValidator(): (object: KubernetesObject) => readonly string[] {
  const { kinds, definitions } = JSON.parse(
    readFileSync(join(import.meta.dirname, 'fixtures/kubernetes-schemas.json'), 'utf8'),
  ) as { kinds: Readonly<Record<string, string>>; definitions: object };
  const ajv = new Ajv({ strict: false, allErrors: true });
  ajv.addSchema({ $id: 'kubernetes', definitions });
  return (object) => {
    const name = kinds[`${object.apiVersion}/${object.kind}`];
    if (name === undefined) return [`${object.apiVersion} ${object.kind} is not a known kind`];
    const validate = ajv.getSchema(`kubernetes#/definitions/${name}`);
    assert.ok(validate, `the schema of ${name} is there`);
    if (validate(object) === true) return [];
    return (validate.errors ?? []).map((error) => describe(object, error));
  };
}

function describe({ kind, metadata }: KubernetesObject, error: ErrorObject): string {
  const { instancePath, message = '', params } = error;
  return `${kind} ${metadata.name} ${instancePath}: ${message} ${JSON.stringify(params)}`;
}
