// What /metrics says of actions, read from the store: the counts survive a restart.
import { counter, gauge, type MetricFamily } from '../../exporter/promformat/family.ts';
import type { Store } from '../store/store.ts';

export function toActionFamilies({ actions, alerts, killSwitch }: Store): MetricFamily[] {
  const outcomes = actions.outcomes().map(({ playbook, kind, verdict, count }) => ({
    labels: { action: playbook, kind, verdict },
    value: count,
  }));
  const states = Object.entries(actions.countByState()).map(([state, value]) => ({
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
    gauge('guard_alerts_waiting', 'Stored alerts that are not handled yet.', alerts.countWaiting()),
    gauge(
      'guard_actions_paused',
      '1 while the kill switch keeps actions from starting.',
      killSwitch.paused() === undefined ? 0 : 1,
    ),
  ];
}
