// What a person decides: approve, deny, pause, resume. Each with a name and a reason, and only while it can still be decided.
import type { ActionRecord } from '../store/action-record.ts';
import type { Store } from '../store/store.ts';

export interface Decision {
  readonly by: string;
  readonly reason: string;
  /** Unix seconds. */
  readonly now: number;
}

export type Decided =
  | { readonly ok: true; readonly action: ActionRecord }
  | {
      readonly ok: false;
      readonly why: 'unknown' | 'not_waiting' | 'expired';
      readonly detail: string;
    };

/** An approval that has expired is a denial, also when the loop has not said so yet. */
export async function decide(
  store: Store,
  id: string,
  decision: Decision & { readonly to: 'approved' | 'denied' },
): Promise<Decided> {
  const { by, reason, now, to } = decision;
  const before = await store.actions.get(id);
  if (before === undefined) return { ok: false, why: 'unknown', detail: `No action ${id}` };
  if (before.state === 'waiting' && before.expires !== undefined && now >= before.expires) {
    const why = 'nobody approved it in time';
    await store.actions.move(id, { from: 'waiting', to: 'expired', now, reason: why });
    return { ok: false, why: 'expired', detail: `Action ${id} has expired: ${why}` };
  }
  const set = { decidedBy: by, decisionReason: reason };
  const from = before.state === 'suggested' && to === 'denied' ? 'suggested' : 'waiting';
  const action = await store.actions.move(id, { from, to, now, reason, by, set });
  if (action !== undefined) return { ok: true, action };
  const hint =
    before.state === 'suggested'
      ? 'its playbook only suggests, or the envelope does not allow it'
      : before.reason;
  const detail = `Action ${id} is ${before.state}, not waiting for an approval: ${hint}`;
  return { ok: false, why: 'not_waiting', detail };
}
