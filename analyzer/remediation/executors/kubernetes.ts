// `kubernetes`: restarts or scales one workload as kubectl does, first with dryRun=All, and waits for the rollout.
// Source: https://kubernetes.io/docs/reference/kubernetes-api/workload-resources/deployment-v1/
import { z } from 'zod';
import {
  type Executor,
  type ExecutorAction,
  ExecutorError,
  type Outcome,
  toOutcome,
} from '../executor.ts';
import { matchesGlob } from '../glob.ts';
import { type Caller, createCaller, type JsonServer, parseAnswer } from './http-json.ts';
import { parseParameters, problemsOf } from './parameters.ts';
import { waitForRollout, workloadSchema } from './rollout.ts';

export const WORKLOAD_KINDS = ['deployment', 'statefulset', 'daemonset'] as const;
export const WORKLOAD_VERBS = ['restart', 'scale'] as const;

/** RFC 1123: a label for namespaces, a subdomain for workloads. */
const LABEL = /^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/;
const NAME = /^[a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?$/;
/** The same annotation as `kubectl rollout restart`: its change makes new pods. */
const RESTARTED_AT = 'kubectl.kubernetes.io/restartedAt';
const FIELD_MANAGER = 'latency-guard';
const DEFAULT_POLL_MS = 2_000;
const MAX_REPLICAS = 1_000;

const schema = z
  .strictObject({
    verb: z.enum(WORKLOAD_VERBS),
    kind: z.enum(WORKLOAD_KINDS).default('deployment'),
    namespace: z.string().min(1),
    name: z.string().min(1),
    /** Replicas that it shall have. */
    to: z.int().min(0).max(MAX_REPLICAS).optional(),
    /** Or the change: 1 for one more, -1 for one less. */
    by: z.int().min(-MAX_REPLICAS).max(MAX_REPLICAS).optional(),
  })
  .refine(
    ({ verb, to, by }) =>
      verb === 'scale'
        ? (to === undefined) !== (by === undefined)
        : to === undefined && by === undefined,
    { error: 'scale needs either to or by, restart neither', path: ['to'] },
  )
  .refine(({ verb, kind }) => verb !== 'scale' || kind !== 'daemonset', {
    error: 'a daemonset cannot be scaled',
    path: ['kind'],
  });
type Parameters = z.infer<typeof schema>;

export const workloadAllowSchema = z.strictObject({
  namespace: z.string().regex(LABEL).describe('Namespace.'),
  kind: z.enum(WORKLOAD_KINDS).default('deployment').describe('Kind of workload.'),
  name: z.string().min(1).describe('Name; * stands for any characters.'),
  verbs: z.array(z.enum(WORKLOAD_VERBS)).min(1).describe('What may be done.'),
  min: z
    .int()
    .min(0)
    .max(MAX_REPLICAS)
    .optional()
    .describe('Fewest replicas that scaling leaves; without min and max nothing is scaled.'),
  max: z.int().min(0).max(MAX_REPLICAS).optional().describe('Most replicas that scaling leaves.'),
});
export type AllowedWorkload = z.infer<typeof workloadAllowSchema>;

export interface KubernetesOptions {
  readonly server: JsonServer | undefined;
  /** An empty list allows nothing. */
  readonly allowed: readonly AllowedWorkload[];
  readonly pollMs?: number;
}

interface Workload extends Parameters {
  readonly call: Caller;
  readonly path: string;
  readonly limits: AllowedWorkload;
  readonly signal: AbortSignal;
}

export function createKubernetesExecutor(options: KubernetesOptions): Executor {
  const { server, allowed, pollMs = DEFAULT_POLL_MS } = options;
  const open = ({ parameters, timeoutSeconds }: ExecutorAction, outer: AbortSignal): Workload => {
    const parsed = parseParameters(schema, parameters);
    const limits = requireAllowed(parsed, allowed);
    if (server === undefined)
      throw new ExecutorError('not_allowed', 'remediation.kubernetes is not set');
    const signal = AbortSignal.any([outer, AbortSignal.timeout(timeoutSeconds * 1000)]);
    const { namespace, kind, name } = parsed;
    const path = `/apis/apps/v1/namespaces/${namespace}/${kind}s/${name}`;
    return { ...parsed, limits, path, signal, call: createCaller(server, signal) };
  };
  return {
    check: (parameters) => [
      ...problemsOf(schema, parameters),
      ...(server === undefined
        ? ['verb: remediation.kubernetes is missing in the configuration']
        : []),
    ],
    async plan(action, signal) {
      const workload = open(action, signal);
      const { text } = await change(workload, { dryRun: true, id: action.id });
      return `${text}\nThe API server takes it (dryRun=All, nothing was changed)`;
    },
    run: (action, signal) =>
      toOutcome(async () => {
        const workload = open(action, signal);
        const { text } = await change(workload, { dryRun: false, id: action.id });
        return followRollout(workload, { text, pollMs });
      }),
  };
}

function requireAllowed(
  { namespace, kind, name, verb }: Parameters,
  allowed: readonly AllowedWorkload[],
): AllowedWorkload {
  if (!LABEL.test(namespace) || !NAME.test(name) || name.includes('..'))
    throw new ExecutorError('not_allowed', `"${namespace}/${name}" is not the name of a workload`);
  const entry = allowed.find(
    (one) =>
      one.namespace === namespace &&
      one.kind === kind &&
      matchesGlob(one.name, name) &&
      one.verbs.includes(verb),
  );
  if (entry !== undefined) return entry;
  throw new ExecutorError(
    'not_allowed',
    `remediation.allow.workloads does not have ${verb} ${kind} ${namespace}/${name}`,
  );
}

interface ChangeOptions {
  readonly dryRun: boolean;
  readonly id: string;
}

function change(workload: Workload, options: ChangeOptions): Promise<{ readonly text: string }> {
  return workload.verb === 'restart' ? restart(workload, options) : scale(workload, options);
}

async function restart(workload: Workload, { dryRun, id }: ChangeOptions) {
  const { call, path, kind, namespace, name } = workload;
  const what = `${kind} ${namespace}/${name}`;
  const before = parseAnswer(workloadSchema, await call({ method: 'GET', path }), what);
  // As kubectl refuses it: nothing would happen until somebody resumes it.
  if (before.spec.paused === true)
    throw new ExecutorError('paused', `${what} is paused: a restart would not happen`);
  if (before.spec.updateStrategy?.type === 'OnDelete')
    throw new ExecutorError(
      'on_delete',
      `${what} has update strategy OnDelete: no pod would restart`,
    );
  const annotations = {
    [RESTARTED_AT]: new Date().toISOString(),
    'latency-guard/action-id': id,
  };
  const body = { spec: { template: { metadata: { annotations } } } };
  await patch(workload, { path, body, dryRun });
  const { replicas } = before.spec;
  const pods = replicas === undefined ? '' : ` of ${replicas} pods`;
  return { text: `rollout restart of ${what}${pods}` };
}

const scaleSchema = z.object({
  metadata: z.object({ resourceVersion: z.string() }),
  spec: z.object({ replicas: z.int().default(0) }),
});

async function scale(workload: Workload, { dryRun }: ChangeOptions) {
  const { call, kind, namespace, name, to, by = 0, limits } = workload;
  const path = `${workload.path}/scale`;
  const what = `${kind} ${namespace}/${name}`;
  const before = parseAnswer(scaleSchema, await call({ method: 'GET', path }), what);
  const now = before.spec.replicas;
  const wanted = to ?? now + by;
  const { min, max } = limits;
  if (min === undefined || max === undefined || wanted < min || wanted > max)
    throw new ExecutorError(
      'outside_limits',
      `${what} has ${now} replicas; ${wanted} is not within ${min ?? 'none'} to ${max ?? 'none'} of remediation.allow.workloads`,
    );
  if (wanted === now)
    throw new ExecutorError('nothing_to_do', `${what} has ${now} replicas already`);
  await requireNoAutoscaler(workload);
  // With the version that was read: who scaled meanwhile wins, and we are told (409).
  const { resourceVersion } = before.metadata;
  const body = { metadata: { resourceVersion }, spec: { replicas: wanted } };
  await patch(workload, { path, body, dryRun });
  return { text: `scale of ${what} from ${now} to ${wanted} replicas` };
}

const autoscalers = z.object({
  items: z.array(
    z.object({
      metadata: z.object({ name: z.string() }),
      spec: z.object({ scaleTargetRef: z.object({ kind: z.string(), name: z.string() }) }),
    }),
  ),
});

/** An autoscaler would undo it within seconds; who may not look is told so by the missing right. */
async function requireNoAutoscaler({ call, kind, namespace, name }: Workload): Promise<void> {
  const path = `/apis/autoscaling/v2/namespaces/${namespace}/horizontalpodautoscalers?limit=500`;
  const answer = await call({ method: 'GET', path });
  const { items } = parseAnswer(autoscalers, answer, `autoscalers of ${namespace}`);
  const own = items.find(
    ({ spec: { scaleTargetRef: ref } }) => ref.name === name && ref.kind.toLowerCase() === kind,
  );
  if (own === undefined) return;
  throw new ExecutorError(
    'autoscaled',
    `HorizontalPodAutoscaler ${own.metadata.name} sets the replicas of ${name}: change its limits instead`,
  );
}

interface Patch {
  readonly path: string;
  readonly body: unknown;
  readonly dryRun: boolean;
}

async function patch({ call }: Workload, { path, body, dryRun }: Patch): Promise<void> {
  const query = `?fieldManager=${FIELD_MANAGER}${dryRun ? '&dryRun=All' : ''}`;
  const answer = await call({
    method: 'PATCH',
    path: `${path}${query}`,
    body,
    contentType: 'application/merge-patch+json',
  });
  parseAnswer(z.object({ kind: z.string() }), answer, `PATCH ${path}${query}`);
}

/** The change is made: whatever goes wrong from here on is not tried again. */
async function followRollout(
  { call, path, kind, signal }: Workload,
  { text, pollMs }: { text: string; pollMs: number },
): Promise<Outcome> {
  try {
    const { ok, progress } = await waitForRollout({ call, path, kind, pollMs, signal });
    return ok
      ? { result: 'done', reason: 'done', output: `${text}\n${progress}` }
      : { result: 'permanent', reason: 'rollout_failed', output: `${text}\n${progress}` };
  } catch (error) {
    const output = `${text}\nthe rollout is not over: ${(error as Error).message}`;
    return { result: 'permanent', reason: signal.aborted ? 'timeout' : 'rollout_unknown', output };
  }
}
