import assert from 'node:assert/strict';
import { test } from 'node:test';
import { judgeRollout, type RolloutKind, workloadSchema } from './rollout.ts';

const ROLLOUTS: readonly (readonly [kind: RolloutKind, state: object, want: string])[] = [
  [
    'deployment',
    { metadata: { generation: 2 }, spec: {}, status: { observedGeneration: 1 } },
    'no',
  ],
  [
    'deployment',
    {
      metadata: {},
      spec: { replicas: 2 },
      status: { replicas: 3, updatedReplicas: 2, availableReplicas: 2 },
    },
    'no',
  ],
  [
    'deployment',
    {
      metadata: {},
      spec: { replicas: 2 },
      status: { replicas: 2, updatedReplicas: 2, availableReplicas: 1 },
    },
    'no',
  ],
  [
    'deployment',
    {
      metadata: {},
      spec: { replicas: 2 },
      status: { replicas: 2, updatedReplicas: 2, availableReplicas: 2 },
    },
    'ok',
  ],
  [
    'deployment',
    {
      metadata: {},
      spec: { replicas: 2 },
      status: { conditions: [{ type: 'Progressing', reason: 'ProgressDeadlineExceeded' }] },
    },
    'failed',
  ],
  [
    'statefulset',
    {
      metadata: {},
      spec: { replicas: 2 },
      status: { replicas: 2, readyReplicas: 2, currentRevision: 'a', updateRevision: 'b' },
    },
    'no',
  ],
  [
    'statefulset',
    {
      metadata: {},
      spec: { replicas: 2 },
      status: { replicas: 2, readyReplicas: 2, currentRevision: 'b', updateRevision: 'b' },
    },
    'ok',
  ],
  [
    'statefulset',
    {
      metadata: {},
      spec: { replicas: 2 },
      status: { replicas: 3, readyReplicas: 3, currentRevision: 'b', updateRevision: 'b' },
    },
    'no',
  ],
  [
    'daemonset',
    {
      metadata: {},
      spec: {},
      status: { desiredNumberScheduled: 3, updatedNumberScheduled: 3, numberAvailable: 2 },
    },
    'no',
  ],
  [
    'daemonset',
    {
      metadata: {},
      spec: {},
      status: { desiredNumberScheduled: 3, updatedNumberScheduled: 3, numberAvailable: 3 },
    },
    'ok',
  ],
  [
    'daemonset',
    { metadata: {}, spec: { updateStrategy: { type: 'OnDelete' } }, status: {} },
    'failed',
  ],
];

test('a rollout is over when kubectl says so', () => {
  for (const [kind, state, want] of ROLLOUTS)
    assert.equal(
      judgeRollout(kind, workloadSchema.parse(state)).ended,
      want,
      JSON.stringify(state),
    );
});
