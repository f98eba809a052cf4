// What /metrics says of actions, read from the store: the counts survive a restart.
import { counter, gauge, type MetricFamily } from '../../exporter/promformat/family.ts';
import { StoreUnavailableError } from '../store/database.ts';
import type { Store } from '../store/store.ts';

/** Only what can be told: while the store cannot be used, counts are left out. */
export async function toActionFamilies(store: Store): Promise<MetricFamily[]> {
  const leader = gauge(
    'guard_actions_leader',
    '1 while this analyzer is the one that acts for its store.',
    store.leader.isHeld() ? 1 : 0,
  );
  const up = (value: 0 | 1) =>
    gauge('guard_store_up', '1 when the store of alerts and actions could be used last.', value);
  // The loop asks again every second; a scrape does not wait for a time-out.
  if (store.problem() !== undefined) return [leader, up(0)];
  try {
    return [leader, up(1), ...(await storedFamilies(store))];
  } catch (error) {
    if (!(error instanceof StoreUnavailableError)) throw error;
    return [leader, up(0)];
  }
}

async function storedFamilies({ actions, alerts, killSwitch }: Store): Promise<MetricFamily[]> {
  const outcomes = (await actions.outcomes()).map(({ playbook, kind, verdict, count }) => ({
    labels: { action: playbook, kind, verdict },
    value: count,
  }));
  const states = Object.entries(await actions.countByState()).map(([state, value]) => ({
    labels: { state },
    value,
  }));
  return [
    counter(
      'guard_action_outcomes_total',
      'Actions by what the signal that raised them says afterwards: improved, no_effect, worse, unknown.',
      outcomes,
    ),
    gauge('guard_actions', 'Actions by state.', states),
    gauge(
      'guard_alerts_waiting',
      'Stored alerts that are not handled yet.',
      await alerts.countWaiting(),
    ),
    gauge(
      'guard_actions_paused',
      '1 while the kill switch keeps actions from starting.',
      (await killSwitch.paused()) === undefined ? 0 : 1,
    ),
  ];
}
