// When a change of a workload has arrived at every pod, by the rules of `kubectl rollout status`.
// Source: https://github.com/kubernetes/kubectl/blob/master/pkg/polymorphichelpers/rollout_status.go
import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';
import { ExecutorError } from '../executor.ts';
import { type Caller, parseAnswer } from './http-json.ts';

const count = z.int().default(0);

export const workloadSchema = z.object({
  metadata: z.object({ generation: z.int().default(0) }),
  spec: z.object({
    replicas: z.int().optional(),
    paused: z.boolean().optional(),
    updateStrategy: z
      .object({
        type: z.string().optional(),
        rollingUpdate: z.object({ partition: z.int().default(0) }).nullish(),
      })
      .optional(),
  }),
  status: z
    .object({
      observedGeneration: count,
      replicas: count,
      updatedReplicas: count,
      availableReplicas: count,
      readyReplicas: count,
      currentRevision: z.string().default(''),
      updateRevision: z.string().default(''),
      desiredNumberScheduled: count,
      updatedNumberScheduled: count,
      numberAvailable: count,
      conditions: z
        .array(z.object({ type: z.string(), reason: z.string().default('') }))
        .default([]),
    })
    .prefault({}),
});
export type WorkloadState = z.infer<typeof workloadSchema>;

export interface Progress {
  readonly ended: 'no' | 'ok' | 'failed';
  readonly progress: string;
}

export type RolloutKind = 'deployment' | 'statefulset' | 'daemonset';

/** What the state says of the newest change. */
export function judgeRollout(kind: RolloutKind, state: WorkloadState): Progress {
  if (state.status.observedGeneration < state.metadata.generation)
    return { ended: 'no', progress: 'the controller has not seen the change yet' };
  if (kind === 'deployment') return judgeDeployment(state);
  return kind === 'statefulset' ? judgeStatefulSet(state) : judgeDaemonSet(state);
}

function judgeDeployment({ spec: { replicas = 1 }, status }: WorkloadState): Progress {
  const { updatedReplicas, availableReplicas, conditions } = status;
  const late = conditions.some(
    ({ type, reason }) => type === 'Progressing' && reason === 'ProgressDeadlineExceeded',
  );
  const progress = `${updatedReplicas} of ${replicas} updated, ${availableReplicas} available, ${status.replicas} in all`;
  if (late) return { ended: 'failed', progress: `its progress deadline is exceeded: ${progress}` };
  const isOver =
    updatedReplicas >= replicas &&
    status.replicas <= updatedReplicas &&
    availableReplicas >= updatedReplicas;
  return { ended: isOver ? 'ok' : 'no', progress };
}

function judgeStatefulSet({ spec, status }: WorkloadState): Progress {
  const { replicas = 1, updateStrategy } = spec;
  const { readyReplicas, updatedReplicas, currentRevision, updateRevision } = status;
  const progress = `${updatedReplicas} of ${replicas} updated, ${readyReplicas} ready`;
  if (updateStrategy?.type === 'OnDelete')
    return { ended: 'failed', progress: `its update strategy is OnDelete: ${progress}` };
  if (readyReplicas < replicas || status.replicas > replicas) return { ended: 'no', progress };
  const partition = updateStrategy?.rollingUpdate?.partition ?? 0;
  const isUpdated =
    partition > 0 ? updatedReplicas >= replicas - partition : updateRevision === currentRevision;
  return { ended: isUpdated ? 'ok' : 'no', progress };
}

function judgeDaemonSet({ spec, status }: WorkloadState): Progress {
  const { desiredNumberScheduled, updatedNumberScheduled, numberAvailable } = status;
  const progress = `${updatedNumberScheduled} of ${desiredNumberScheduled} updated, ${numberAvailable} available`;
  if (spec.updateStrategy?.type === 'OnDelete')
    return { ended: 'failed', progress: `its update strategy is OnDelete: ${progress}` };
  const isOver =
    updatedNumberScheduled >= desiredNumberScheduled && numberAvailable >= desiredNumberScheduled;
  return { ended: isOver ? 'ok' : 'no', progress };
}

export interface RolloutWatch {
  readonly call: Caller;
  readonly path: string;
  readonly kind: RolloutKind;
  readonly pollMs: number;
  readonly signal: AbortSignal;
}

/** @throws {Error} when the signal ends it first, with how far it came. */
export async function waitForRollout({ call, path, kind, pollMs, signal }: RolloutWatch) {
  let last = 'nothing was seen yet';
  for (;;) {
    try {
      const state = parseAnswer(workloadSchema, await call({ method: 'GET', path }), path);
      const { ended, progress } = judgeRollout(kind, state);
      if (ended !== 'no') return { ok: ended === 'ok', progress };
      last = progress;
    } catch (error) {
      if (!(error instanceof ExecutorError && error.retryable) || signal.aborted) {
        throw new Error(`${(error as Error).message}; last: ${last}`);
      }
    }
    await sleep(pollMs, undefined, { signal }).catch(() => {
      throw new Error(`out of time; last: ${last}`);
    });
  }
}
