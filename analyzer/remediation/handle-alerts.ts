// Stored alerts become proposals, each target once; an alert that is over takes back what has not begun.
import type { Logger } from '../../service/log.ts';
import { labelsKey } from '../series/labels.ts';
import { type ActionRecord, OPEN_STATES } from '../store/action-record.ts';
import type { StoredAlert } from '../store/alert-inbox.ts';
import type { Records, Store } from '../store/store.ts';
import { type ProposalContext, propose } from './proposal.ts';

const MAX_ALERTS_AT_ONCE = 200;
export const MAX_OPEN_ACTIONS = 1_000;
const NOT_BEGUN = ['proposed', 'suggested', 'waiting', 'approved'] as const;

/** All of it is one commit: an alert is handled exactly when its proposal is stored. */
export async function handleAlerts(
  store: Store,
  options: Omit<ProposalContext, 'outcomes'> & { readonly log: Logger },
): Promise<void> {
  if ((await store.alerts.waiting(1)).length === 0) return;
  await store.transaction(async (tx) => {
    const waiting = await tx.alerts.waiting(MAX_ALERTS_AT_ONCE);
    const open = await tx.actions.list({ states: OPEN_STATES, limit: MAX_OPEN_ACTIONS });
    const taken = new Map(open.map((action) => [targetOf(action), action]));
    const context = { ...options, outcomes: await tx.actions.outcomes() };
    for (const alert of waiting) {
      if (alert.status === 'resolved') await cancel(tx, alert, context.now);
      else if (taken.size < MAX_OPEN_ACTIONS) await add(tx, propose(alert, context), taken);
      else context.log.warn({ fingerprint: alert.fingerprint }, 'too many open actions');
      await tx.alerts.handled(alert);
    }
  });
}

async function add(
  { actions }: Records,
  action: ActionRecord | undefined,
  taken: Map<string, ActionRecord>,
): Promise<void> {
  if (action === undefined) return;
  const before = taken.get(targetOf(action));
  if (before !== undefined) {
    if (!isOutlived(before, action)) return;
    const now = action.created;
    const reason = 'its alert came anew, that it had been over was not heard';
    await actions.move(before.id, { from: 'suggested', to: 'cancelled', now, reason });
  }
  taken.set(targetOf(action), action);
  await actions.add(action);
}

/** The same alert with another beginning: the one before it is over. What is under way, or waits, has an end of its own. */
function isOutlived(before: ActionRecord, action: ActionRecord): boolean {
  if (before.state !== 'suggested' || before.alertId === action.alertId) return false;
  return labelsKey(before.labels) === labelsKey(action.labels);
}

/** What runs goes on, and is proved. */
async function cancel({ actions }: Records, alert: StoredAlert, now: number): Promise<void> {
  for (const { id, state } of await actions.ofAlert(alert.id)) {
    const from = NOT_BEGUN.find((one) => one === state);
    if (from !== undefined)
      await actions.move(id, { from, to: 'cancelled', now, reason: 'the alert is over' });
  }
}

/** One action at a time for a playbook on a host and a group, whoever raised the alert. */
function targetOf({ playbook, host, labels }: ActionRecord): string {
  return JSON.stringify([playbook, host, labels.group ?? '']);
}
