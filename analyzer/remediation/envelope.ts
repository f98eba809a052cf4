// The envelope around every action, closed unless opened: who may be touched at all, and when.
import type { ActionRecord } from '../store/action-record.ts';
import type { Records } from '../store/store.ts';
import type { RemediationConfig } from './config.ts';
import { matchesAny } from './glob.ts';
import { closedByWindow } from './maintenance.ts';
import { limitsOf, type Playbook } from './playbook.ts';

const DAY_SECONDS = 86_400;

export type Leave =
  | { readonly answer: 'go' }
  /** It may be granted later; the approval's expiry ends the waiting. */
  | { readonly answer: 'wait'; readonly reason: string }
  | { readonly answer: 'refuse'; readonly reason: string }
  /** A person has to look. */
  | { readonly answer: 'escalate'; readonly reason: string };

type Target = Pick<ActionRecord, 'host' | 'labels'>;

/** Why nothing may be done there by anybody's approval; undefined when it may. An empty list allows nothing. */
export function forbidden(
  { host, labels }: Target,
  { allow, protect }: Pick<RemediationConfig, 'allow' | 'protect'>,
): string | undefined {
  if (host === '') return 'the alert names no host (label instance or host)';
  if (matchesAny(protect.hosts, host)) return `host ${host} is protected`;
  if (labels.group !== undefined && matchesAny(protect.groups, labels.group))
    return `group ${labels.group} is protected`;
  if (!matchesAny(allow.hosts, host)) return `remediation.allow.hosts does not have ${host}`;
  return undefined;
}

/** Whether an approved action may begin now; asked with the records of a transaction, it holds until its end. */
export async function mayBegin(
  action: ActionRecord,
  playbook: Playbook,
  context: {
    readonly store: Pick<Records, 'actions' | 'killSwitch'>;
    readonly running: number;
    readonly config: RemediationConfig;
    readonly now: number;
  },
): Promise<Leave> {
  const { store, running, config, now } = context;
  const { cooldown, rate, attempts } = limitsOf(playbook);
  const closed = forbidden(action, config);
  if (closed !== undefined) return { answer: 'refuse', reason: closed };
  const paused = await store.killSwitch.paused();
  if (paused !== undefined) return wait(`paused by ${paused.by}: ${paused.reason}`);
  const window = closedByWindow(
    config.windows,
    { playbook: playbook.name, host: action.host },
    now,
  );
  if (window !== undefined) return wait(window);
  if (action.due !== undefined && now < action.due) return wait('waits for its next attempt');
  const { actions } = store;
  const { name, host } = { name: playbook.name, host: action.host };
  if ((await actions.runsSince(now - DAY_SECONDS, { playbook: name, host })) >= attempts)
    return { answer: 'escalate', reason: `${name} ran ${attempts} times on ${host} within a day` };
  if (running >= config.max_concurrent) return wait(`${running} actions are running`);
  const last = await actions.lastRunOn(host);
  // Another attempt of the same action has its own, shorter, pause.
  if (action.attempt === 1 && last !== undefined && now - last < cooldown)
    return wait(`${host} cools down for ${Math.ceil(cooldown - (now - last))} s`);
  if ((await actions.runsSince(now - rate.per, { playbook: name })) >= rate.count)
    return wait(`${name} ran ${rate.count} times within ${rate.per} s`);
  return { answer: 'go' };
}

function wait(reason: string): Leave {
  return { answer: 'wait', reason };
}
