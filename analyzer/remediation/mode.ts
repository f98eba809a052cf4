// What an action may do by itself: the playbook's mode for this environment, no higher than the environment's own,
// and auto only for what has been proved often enough.
import { z } from 'zod';
import type { OutcomeCount } from '../store/action-log.ts';
import { matchesAny } from './glob.ts';
import type { Playbook } from './playbook.ts';
import { countedVerdicts, successRate } from './success-rate.ts';

export const MODES = ['off', 'suggest', 'approve', 'auto'] as const;
export type Mode = (typeof MODES)[number];

const name = z.string().regex(/^[a-z][a-z0-9_-]{0,63}$/, 'expected a name such as production');

export const environmentSchema = z.strictObject({
  name: name.describe('Name, which playbooks may give modes for.'),
  hosts: z
    .array(z.string().min(1))
    .min(1)
    .max(1_000)
    .describe('Hosts; * stands for any characters.'),
  mode: z.enum(MODES).default('suggest').describe('The most that any playbook may do here.'),
});
export type Environment = z.infer<typeof environmentSchema>;

export const unlockSchema = z.strictObject({
  min_verdicts: z
    .int()
    .min(0)
    .max(100_000)
    .default(10)
    .describe('Verdicts that say something, of this playbook against this kind.'),
  min_success: z
    .number()
    .gt(0)
    .lt(1)
    .default(0.6)
    .describe('The success rate has to be higher than this with a probability of 95 %.'),
});
export type Unlock = z.infer<typeof unlockSchema>;

/** A playbook's modes by environment; the names are checked against the configuration when playbooks are loaded. */
export const modesSchema = z.record(name, z.enum(MODES));

export interface ModeQuestion {
  readonly playbook: Pick<Playbook, 'name' | 'mode' | 'modes'>;
  readonly kind: string;
  readonly host: string;
  readonly environments: readonly Environment[];
  readonly outcomes: readonly OutcomeCount[];
  readonly unlock: Unlock;
}

export interface GrantedMode {
  readonly mode: Mode;
  /** Why it is less than the playbook asks for. */
  readonly reason?: string;
}

/** A host of no environment, where there are some, is nobody's: nothing is done there. */
export function grantMode(question: ModeQuestion): GrantedMode {
  const { playbook, host, environments } = question;
  const environment = environmentOf(environments, host);
  if (environment === undefined && environments.length > 0)
    return lower(playbook.mode, 'suggest', `host ${host} is in no environment`);
  const wanted =
    environment === undefined ? playbook.mode : (playbook.modes[environment.name] ?? playbook.mode);
  const capped =
    environment === undefined
      ? { mode: wanted }
      : lower(
          wanted,
          environment.mode,
          `environment ${environment.name} allows ${environment.mode}`,
        );
  if (capped.mode !== 'auto') return capped;
  const locked = lockedReason(question);
  return locked === undefined ? capped : { mode: 'approve', reason: locked };
}

export function environmentOf(
  environments: readonly Environment[],
  host: string,
): Environment | undefined {
  return environments.find((one) => matchesAny(one.hosts, host));
}

function lower(wanted: Mode, most: Mode, reason: string): GrantedMode {
  return MODES.indexOf(wanted) <= MODES.indexOf(most) ? { mode: wanted } : { mode: most, reason };
}

function lockedReason({ playbook, kind, outcomes, unlock }: ModeQuestion): string | undefined {
  const rate = successRate(outcomes, { playbook: playbook.name, kind });
  const count = countedVerdicts(rate);
  if (count >= unlock.min_verdicts && rate.lower >= unlock.min_success) return undefined;
  return `auto is locked: improved ${rate.improved} of ${count}, surely more than ${percent(rate.lower)}; it needs ${unlock.min_verdicts} verdicts and ${percent(unlock.min_success)}`;
}

function percent(share: number): string {
  return `${Math.floor(share * 100)} %`;
}
