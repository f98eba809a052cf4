// A playbook: what a person does about a kind of bottleneck and, where there is one, what may be done by itself.
import { z } from 'zod';
import { duration } from '../../service/config.ts';
import type { Labels } from '../series/labels.ts';
import { matchesAny, matchesGlob } from './glob.ts';
import { MODES, modesSchema } from './mode.ts';

const MAX_STEPS = 30;
const DEFAULT_LIMITS = { cooldown: 1_800, count: 6, per: 3_600, attempts: 2 } as const;

const text = z.string().min(1).max(2_000);
const command = z.strictObject({
  executor: z.string().describe('Who runs it.'),
  parameters: z
    .record(z.string(), z.unknown())
    .describe(
      'What the executor is told; {{label}} is a label of the alert (docs/remediation.md).',
    ),
  timeout: duration({ min: 1, max: 3_600 }).prefault('5m').describe('What one run may take.'),
});
const limits = z.strictObject({
  cooldown: duration({ min: 1, max: 7 * 86_400 })
    .optional()
    .describe('Time after a run in which nothing else runs on that host.'),
  rate: z
    .strictObject({
      count: z.int().min(1).max(10_000).describe('Runs that are allowed …'),
      per: duration({ min: 1, max: 7 * 86_400 }).describe('… in this time.'),
    })
    .optional()
    .describe('Runs over all hosts.'),
  attempts: z
    .int()
    .min(1)
    .max(100)
    .optional()
    .describe('Runs on a host within a day, before a person has to look.'),
  approval_expires: duration({ min: 1, max: 7 * 86_400 })
    .prefault('30m')
    .describe('An approval has to come within this time of the proposal.'),
});
const verify = z.strictObject({
  promql: text
    .optional()
    .describe('What must get better; the evidence of the finding unless given.'),
  peers: text
    .optional()
    .describe(
      'Untouched series to compare with; the other instances that promql answers unless given.',
    ),
  settle: duration({ min: 1, max: 86_400 })
    .prefault('2m')
    .describe('Time after the action before it is looked at.'),
  window: duration({ min: 5, max: 3_600 })
    .prefault('30s')
    .describe('What is read at once: the median of this long.'),
  better: z.enum(['down', 'up']).default('down').describe('Whether down or up is better.'),
  min_effect: z
    .number()
    .gt(0)
    .max(10)
    .default(0.1)
    .describe('Smallest change that counts, as a share of the value.'),
});

export const playbookSchema = z
  .strictObject({
    name: z
      .string()
      .regex(/^[a-z][a-z0-9_]{0,63}$/, 'expected a name such as restart_worker')
      .describe('Name, unique among the playbooks.'),
    title: text.describe('One line for people.'),
    match: z
      .strictObject({
        kinds: z
          .array(z.string().min(1))
          .min(1)
          .max(50)
          .describe('Kinds of bottleneck, or names of alerts.'),
        labels: z
          .record(z.string(), z.string())
          .default({})
          .describe('Labels that the alert must have as well.'),
      })
      .describe('Which alerts it is for.'),
    steps: z.array(text).min(1).max(MAX_STEPS).describe('What a person would do, in order.'),
    mode: z
      .enum(MODES)
      .default('suggest')
      .describe(
        'off, suggest, approve (runs after approval) or auto (runs by itself, within limits and after proof).',
      ),
    modes: modesSchema.default({}).describe('Other modes by environment.'),
    risk: z
      .enum(['low', 'medium', 'high'])
      .default('medium')
      .describe('What it may break, for whoever approves.'),
    suggestion: z
      .string()
      .regex(/^[a-z][a-z0-9_]{0,63}$/, 'expected the id of a suggestion')
      .optional()
      .describe('Id of the suggestion that it carries out: its verdicts move that one up or down.'),
    action: command.optional().describe('What is run.'),
    rollback: command.optional().describe('What is run when it got worse.'),
    limits: limits
      .prefault({})
      .describe('How often it may act; mode auto needs cooldown, rate and attempts written down.'),
    verify: verify.prefault({}).describe('How it is proved to have helped.'),
  })
  .superRefine(
    ({ mode, modes, action, rollback, limits: { cooldown, rate, attempts } }, context) => {
      const refuse = (path: string[], message: string) =>
        context.addIssue({ code: 'custom', path, message });
      const all = [mode, ...Object.values(modes)];
      const acting = all.find((one) => one === 'approve' || one === 'auto');
      if (acting && action === undefined) refuse(['mode'], `${acting} needs an action`);
      if (rollback !== undefined && action === undefined) refuse(['rollback'], 'needs an action');
      if (all.includes('auto') && [cooldown, rate, attempts].includes(undefined))
        refuse(['limits'], 'mode auto needs cooldown, rate and attempts, each written down');
    },
  );

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

/**
 * The first that matches and is not off. Where others have the very same match and mode, the one that helped most
 * often so far, so that the order of files only decides between those that nothing is known of.
 */
export function choosePlaybook(
  playbooks: readonly LoadedPlaybook[],
  labels: Labels,
  rank: PlaybookRank = {},
): LoadedPlaybook | undefined {
  const { isOff = ({ mode }) => mode === 'off', score = () => 0 } = rank;
  const fitting = playbooks.filter(({ playbook }) => matches(playbook, labels) && !isOff(playbook));
  const [first] = fitting;
  if (first === undefined) return undefined;
  const peers = fitting.filter(({ playbook }) => keyOf(playbook) === keyOf(first.playbook));
  return peers.reduce((best, one) => (score(one.playbook) > score(best.playbook) ? one : best));
}

export interface PlaybookRank {
  readonly isOff?: (playbook: Playbook) => boolean;
  /** The higher the better. */
  readonly score?: (playbook: Playbook) => number;
}

function matches({ match }: Playbook, labels: Labels): boolean {
  return (
    matchesAny(match.kinds, kindOf(labels)) &&
    Object.entries(match.labels).every(([name, glob]) => matchesGlob(glob, labels[name] ?? ''))
  );
}

/** Another match or mode is somebody's decision, which no record overrides. */
function keyOf({ match, mode, modes, action }: Playbook): string {
  const sorted = (record: Readonly<Record<string, string>>) => Object.entries(record).sort();
  const parts = [match.kinds.toSorted(), sorted(match.labels), mode, sorted(modes)];
  return JSON.stringify([...parts, action === undefined]);
}

export interface LoadedPlaybook {
  readonly playbook: Playbook;
  /** SHA-256 of the file. */
  readonly digest: string;
}
