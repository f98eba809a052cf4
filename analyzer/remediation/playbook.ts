// A playbook: what a person does about a kind of bottleneck and, where there is one, what may be done by itself.
import { z } from 'zod';
import { duration } from '../../service/config.ts';
import type { Labels } from '../series/labels.ts';
import { matchesAny, matchesGlob } from './glob.ts';

export const MODES = ['off', 'suggest', 'approve', 'auto'] as const;
const MAX_STEPS = 30;
const DEFAULT_LIMITS = { cooldown: 1_800, count: 6, per: 3_600, attempts: 2 } as const;

const text = z.string().min(1).max(2_000);
const command = z.strictObject({
  executor: z.string(),
  parameters: z.record(z.string(), z.unknown()),
  timeout: duration({ min: 1, max: 3_600 }).prefault('5m'),
});
const limits = z.strictObject({
  /** Between two actions on one host, whoever made them. */
  cooldown: duration({ min: 1, max: 7 * 86_400 }).optional(),
  /** Runs of this playbook, on all hosts together. */
  rate: z
    .strictObject({ count: z.int().min(1).max(10_000), per: duration({ min: 1, max: 7 * 86_400 }) })
    .optional(),
  /** Runs on one host a day; after that it is a person's turn. */
  attempts: z.int().min(1).max(100).optional(),
  approval_expires: duration({ min: 1, max: 7 * 86_400 }).prefault('30m'),
});
const verify = z.strictObject({
  promql: text.optional(),
  /** Untouched series to compare with; default: the other instances that `promql` answers. */
  peers: text.optional(),
  settle: duration({ min: 1, max: 86_400 }).prefault('2m'),
  /** What is read at once: the median of this long. */
  window: duration({ min: 5, max: 3_600 }).prefault('30s'),
  better: z.enum(['down', 'up']).default('down'),
  /** Smallest change that counts, as a share of the value. */
  min_effect: z.number().gt(0).max(10).default(0.1),
});

export const playbookSchema = z
  .strictObject({
    name: z.string().regex(/^[a-z][a-z0-9_]{0,63}$/, 'expected a name such as restart_worker'),
    title: text,
    match: z.strictObject({
      kinds: z.array(z.string().min(1)).min(1).max(50),
      labels: z.record(z.string(), z.string()).default({}),
    }),
    steps: z.array(text).min(1).max(MAX_STEPS),
    mode: z.enum(MODES).default('suggest'),
    risk: z.enum(['low', 'medium', 'high']).default('medium'),
    action: command.optional(),
    rollback: command.optional(),
    limits: limits.prefault({}),
    verify: verify.prefault({}),
  })
  .superRefine(({ mode, action, rollback, limits: { cooldown, rate, attempts } }, context) => {
    const refuse = (path: string[], message: string) =>
      context.addIssue({ code: 'custom', path, message });
    const acts = mode === 'approve' || mode === 'auto';
    if (acts && action === undefined) refuse(['mode'], `${mode} needs an action`);
    if (rollback !== undefined && action === undefined) refuse(['rollback'], 'needs an action');
    if (mode === 'auto' && [cooldown, rate, attempts].includes(undefined))
      refuse(['limits'], 'mode auto needs cooldown, rate and attempts, each written down');
  });

export type Playbook = z.infer<typeof playbookSchema>;
export type PlaybookCommand = NonNullable<Playbook['action']>;

/** The limits in force, with those that the file leaves to the default. */
export function limitsOf({ limits: own }: Playbook) {
  const { count, per, cooldown, attempts } = DEFAULT_LIMITS;
  return {
    cooldown: own.cooldown ?? cooldown,
    rate: own.rate ?? { count, per },
    attempts: own.attempts ?? attempts,
    approvalExpires: own.approval_expires,
  };
}

/** What an alert is about: our own alerts have a kind, all have a name. */
export function kindOf(labels: Labels): string {
  return labels.kind ?? labels.alertname ?? 'unknown';
}

/** The first that is not off and matches. */
export function choosePlaybook(
  playbooks: readonly LoadedPlaybook[],
  labels: Labels,
): LoadedPlaybook | undefined {
  return playbooks.find(
    ({ playbook: { mode, match } }) =>
      mode !== 'off' &&
      matchesAny(match.kinds, kindOf(labels)) &&
      Object.entries(match.labels).every(([name, glob]) => matchesGlob(glob, labels[name] ?? '')),
  );
}

export interface LoadedPlaybook {
  readonly playbook: Playbook;
  /** SHA-256 of the file. */
  readonly digest: string;
}
