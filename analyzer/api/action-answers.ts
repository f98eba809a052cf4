// What the API answers about actions, decisions and the audit log, as schemas.
import { z } from 'zod';
import { ACTION_STATES } from '../store/action-record.ts';
import { nextCursor } from './page.ts';

const labels = z.record(z.string(), z.string());
const seconds = z.number().describe('Unix seconds');

const count = z.int().min(0);
const record = z
  .object({
    improved: count,
    noEffect: count,
    worse: count,
    unknown: count,
    mean: z.number().describe('Expected success rate, from the prior Beta(1, 1)'),
    lower: z.number().describe('The success rate is higher than this with a probability of 95 %'),
  })
  .optional();

export const actionAnswer = z.looseObject({
  id: z.string(),
  state: z.enum(ACTION_STATES),
  reason: z.string(),
  waits: z.string().optional().describe('Why it has not begun although it is approved'),
  playbook: z.string(),
  kind: z.string(),
  host: z.string(),
  labels,
  mode: z.enum(['suggest', 'approve', 'auto']),
  steps: z.array(z.string()),
  dryRun: z.string().optional(),
  created: seconds,
  updated: seconds,
  expires: seconds.optional().describe('An approval that did not come by then is a denial'),
  decidedBy: z.string().optional(),
  decisionReason: z.string().optional(),
  output: z.string().optional(),
  verdict: z.enum(['improved', 'no_effect', 'worse', 'unknown']).optional(),
  record: record.describe('Verdicts so far of this playbook against this kind'),
});
export const actionsAnswer = z.object({
  actions: z.array(actionAnswer).describe('The newest first'),
  next: nextCursor,
});
export const playbooksAnswer = z.object({
  playbooks: z.array(
    z.looseObject({ name: z.string(), title: z.string(), steps: z.array(z.string()), record }),
  ),
});
export const killSwitchAnswer = z.object({
  paused: z
    .object({ by: z.string(), reason: z.string(), since: seconds })
    .nullable()
    .describe('null while actions may start'),
});
export const auditAnswer = z.object({
  entries: z
    .array(
      z.object({
        seq: z.int(),
        time: seconds,
        event: z.string(),
        subject: z.string(),
        detail: z.record(z.string(), z.unknown()),
        hash: z.string(),
      }),
    )
    .describe('The newest first'),
  next: nextCursor,
});
export const acceptedAnswer = z.object({ accepted: z.int() });
export const verificationAnswer = z.object({
  entries: z.int(),
  head: z.string(),
  problem: z.string().nullable(),
  checked: seconds,
});
