// Stored alerts become proposals, each target once; an alert that is over takes back what has not begun.
import type { Logger } from '../../service/log.ts';
import { type ActionRecord, OPEN_STATES } from '../store/action-record.ts';
import type { StoredAlert } from '../store/alert-inbox.ts';
import type { Store } from '../store/store.ts';
import { type ProposalContext, propose } from './proposal.ts';

const MAX_ALERTS_AT_ONCE = 200;
export const MAX_OPEN_ACTIONS = 1_000;
const NOT_BEGUN = ['proposed', 'suggested', 'waiting', 'approved'] as const;

/** All of it is one commit: an alert is handled exactly when its proposal is stored. */
export function handleAlerts(
  store: Store,
  context: ProposalContext & { readonly log: Logger },
): void {
  const waiting = store.alerts.waiting(MAX_ALERTS_AT_ONCE);
  if (waiting.length === 0) return;
  store.transaction(() => {
    const open = store.actions.list({ states: OPEN_STATES, limit: MAX_OPEN_ACTIONS });
    const taken = new Set(open.map(targetOf));
    for (const alert of waiting) {
      if (alert.status === 'resolved') cancel(store, alert, context.now);
      else if (taken.size < MAX_OPEN_ACTIONS) add(store, propose(alert, context), taken);
      else context.log.warn({ fingerprint: alert.fingerprint }, 'too many open actions');
      store.alerts.handled(alert);
    }
  });
}

function add(store: Store, action: ActionRecord | undefined, taken: Set<string>): void {
  if (action === undefined || taken.has(targetOf(action))) return;
  taken.add(targetOf(action));
  store.actions.add(action);
}

/** What runs goes on, and is proved. */
function cancel({ actions }: Store, alert: StoredAlert, now: number): void {
  for (const { id, state } of actions.ofAlert(alert.id)) {
    const from = NOT_BEGUN.find((one) => one === state);
    if (from !== undefined)
      actions.move(id, { from, to: 'cancelled', now, reason: 'the alert is over' });
  }
}

/** One action at a time for a playbook on a host and a group, whoever raised the alert. */
function targetOf({ playbook, host, labels }: ActionRecord): string {
  return JSON.stringify([playbook, host, labels.group ?? '']);
}
