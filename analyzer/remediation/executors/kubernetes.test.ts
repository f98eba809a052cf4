import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { type JsonReply, type SeenCall, serveJson } from './json-server.contract.ts';
import { type AllowedWorkload, createKubernetesExecutor } from './kubernetes.ts';

const { signal } = new AbortController();
const SHOP = '/apis/apps/v1/namespaces/shop/deployments/web';
const HPAS = '/apis/autoscaling/v2/namespaces/shop/horizontalpodautoscalers';
const ALLOWED: readonly AllowedWorkload[] = [
  {
    namespace: 'shop',
    kind: 'deployment',
    name: 'w*',
    verbs: ['restart', 'scale'],
    min: 2,
    max: 5,
  },
];

interface Cluster {
  readonly replicas: number;
  readonly spec: object;
  readonly patchStatus: number;
  readonly autoscaled: boolean;
  /** What the controller never gets done. */
  readonly stuck: boolean;
}

/** One deployment whose controller needs two looks to roll a change out. */
async function startApi(context: TestContext, changes: Partial<Cluster> = {}) {
  const cluster = {
    replicas: 3,
    spec: {},
    patchStatus: 200,
    autoscaled: false,
    stuck: false,
    ...changes,
  };
  let { replicas } = cluster;
  let generation = 1;
  let looks = 2;
  const deployment = () => {
    looks += 1;
    const done = looks >= 2 && !cluster.stuck ? replicas : 1;
    return {
      kind: 'Deployment',
      metadata: { generation },
      spec: { replicas, ...cluster.spec },
      status: {
        observedGeneration: looks >= 1 ? generation : generation - 1,
        ...{ replicas, updatedReplicas: done, availableReplicas: done },
      },
    };
  };
  const scale = () => ({ kind: 'Scale', metadata: { resourceVersion: '77' }, spec: { replicas } });
  const hpa = {
    metadata: { name: 'web-hpa' },
    spec: { scaleTargetRef: { kind: 'Deployment', name: 'web' } },
  };
  const patch = (call: SeenCall): JsonReply => {
    if (cluster.patchStatus !== 200)
      return { status: cluster.patchStatus, body: { kind: 'Status', message: 'no' } };
    if (call.query.get('dryRun') === 'All') return { status: 200, body: deployment() };
    const wanted = (call.body as { spec: { replicas?: number } }).spec.replicas;
    replicas = wanted ?? replicas;
    generation += 1;
    looks = -1;
    return { status: 200, body: wanted === undefined ? deployment() : scale() };
  };
  const answers: Readonly<Record<string, (call: SeenCall) => JsonReply>> = {
    [`GET ${SHOP}`]: () => ({ status: 200, body: deployment() }),
    [`PATCH ${SHOP}`]: patch,
    [`GET ${SHOP}/scale`]: () => ({ status: 200, body: scale() }),
    [`PATCH ${SHOP}/scale`]: patch,
    [`GET ${HPAS}`]: () => ({ status: 200, body: { items: cluster.autoscaled ? [hpa] : [] } }),
  };
  const { server, seen } = await serveJson(context, (call) => {
    if (call.token !== 'Bearer secret-token') return { status: 401, body: { kind: 'Status' } };
    return (
      answers[`${call.method} ${call.path}`]?.(call) ?? { status: 404, body: { kind: 'Status' } }
    );
  });
  const executor = createKubernetesExecutor({ server, allowed: ALLOWED, pollMs: 5 });
  return { executor, server, seen };
}

const action = (parameters: object, timeoutSeconds = 30) => ({
  ...{ id: 'a1', host: 'node1', timeoutSeconds },
  parameters: { namespace: 'shop', name: 'web', ...parameters },
});
const patches = (seen: readonly SeenCall[]) => seen.filter(({ method }) => method === 'PATCH');

test('a restart is tried by dryRun=All, then made as kubectl makes it, and followed to its end', async (context) => {
  const { executor, seen } = await startApi(context);
  assert.match(
    await executor.plan(action({ verb: 'restart' }), signal),
    /restart of deployment shop\/web of 3 pods\n.*nothing was changed/,
  );
  assert.deepEqual(
    patches(seen).map(({ query }) => query.get('dryRun')),
    ['All'],
  );
  const outcome = await executor.run(action({ verb: 'restart' }), signal);
  assert.equal(outcome.result, 'done', outcome.output);
  assert.match(outcome.output, /3 of 3 updated, 3 available/);
  const [, made] = patches(seen);
  assert.equal(made?.query.get('dryRun'), null);
  assert.equal(made?.contentType, 'application/merge-patch+json');
  assert.match(JSON.stringify(made?.body), /"kubectl\.kubernetes\.io\/restartedAt":"\d{4}-/);
});

test('scaling stays within its limits and names the version that it read', async (context) => {
  const { executor, seen } = await startApi(context);
  assert.match(
    await executor.plan(action({ verb: 'scale', by: 1 }), signal),
    /from 3 to 4 replicas/,
  );
  const outcome = await executor.run(action({ verb: 'scale', by: 1 }), signal);
  assert.equal(outcome.result, 'done', outcome.output);
  assert.deepEqual(patches(seen)[1]?.body, {
    metadata: { resourceVersion: '77' },
    spec: { replicas: 4 },
  });
  for (const change of [{ to: 1 }, { to: 6 }, { by: 2 }, { by: -3 }])
    assert.equal(
      (await executor.run(action({ verb: 'scale', ...change }), signal)).reason,
      'outside_limits',
    );
  assert.equal(
    (await executor.run(action({ verb: 'scale', to: 4 }), signal)).reason,
    'nothing_to_do',
  );
  assert.equal(patches(seen).length, 2);
});

const REFUSED: readonly (readonly [
  name: string,
  cluster: Partial<Cluster>,
  parameters: object,
  result: string,
])[] = [
  ['a paused deployment', { spec: { paused: true } }, { verb: 'restart' }, 'permanent paused'],
  [
    'an update strategy that restarts nothing',
    { spec: { updateStrategy: { type: 'OnDelete' } } },
    { verb: 'restart' },
    'permanent on_delete',
  ],
  [
    'replicas of an autoscaler',
    { autoscaled: true },
    { verb: 'scale', by: 1 },
    'permanent autoscaled',
  ],
  [
    'what was scaled meanwhile',
    { patchStatus: 409 },
    { verb: 'scale', by: 1 },
    'retryable http_status',
  ],
  ['what the account may not do', { patchStatus: 403 }, { verb: 'restart' }, 'permanent forbidden'],
  ['what is not there', {}, { verb: 'restart', name: 'wiki' }, 'permanent not_found'],
];

for (const [name, cluster, parameters, result] of REFUSED)
  test(`not done: ${name}`, async (context) => {
    const { executor } = await startApi(context, cluster);
    const outcome = await executor.run(action(parameters), signal);
    assert.equal(`${outcome.result} ${outcome.reason}`, result, outcome.output);
    await assert.rejects(executor.plan(action(parameters), signal), { name: 'ExecutorError' });
  });

test('a rollout that does not end is told with how far it came, and not tried again', async (context) => {
  const { executor } = await startApi(context, { stuck: true });
  const outcome = await executor.run(action({ verb: 'restart' }, 1), signal);
  assert.deepEqual([outcome.result, outcome.reason], ['permanent', 'timeout']);
  assert.match(outcome.output, /last: 1 of 3 updated/);
});

test('what is not allowed reaches no server', async (context) => {
  const { executor, server, seen } = await startApi(context);
  const nothing = createKubernetesExecutor({ server, allowed: [] });
  const restart = action({ verb: 'restart' });
  for (const [one, request] of [
    [executor, action({ verb: 'restart', name: 'db' })],
    [executor, action({ verb: 'restart', namespace: 'kube-system' })],
    [executor, action({ verb: 'restart', name: 'w/../../x' })],
    [executor, action({ verb: 'restart', name: 'w..' })],
    [executor, action({ verb: 'restart', kind: 'statefulset' })],
    [nothing, restart],
    [createKubernetesExecutor({ server: undefined, allowed: ALLOWED }), restart],
  ] as const)
    assert.equal((await one.run(request, signal)).reason, 'not_allowed');
  assert.equal(seen.length, 0);
});

test('parameters are told apart before anything is asked', async (context) => {
  const { executor } = await startApi(context);
  const base = { namespace: '{{namespace}}', name: '{{group}}' };
  assert.deepEqual(executor.check({ ...base, verb: 'restart' }), []);
  assert.deepEqual(executor.check({ ...base, verb: 'scale', by: -1 }), []);
  for (const wrong of [
    { verb: 'scale' },
    { verb: 'scale', to: 1, by: 1 },
    { verb: 'scale', by: '1' },
    { verb: 'restart', to: 2 },
    { verb: 'scale', to: 2, kind: 'daemonset' },
    { verb: 'delete' },
    { verb: 'restart', kind: 'pod' },
  ])
    assert.notDeepEqual(executor.check({ ...base, ...wrong }), [], JSON.stringify(wrong));
});
