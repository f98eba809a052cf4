// What the console asks for anew, and when: a value of each part of the answers that is another one once the part has changed.
import type { Snapshot } from '../pipeline/state.ts';
import type { Topics } from './events.ts';

export interface TopicOptions {
  readonly snapshot: () => Snapshot;
  /** Number of the newest entry of the audit log: nothing happens to an action or the kill switch without one. */
  readonly audited: () => Promise<number | undefined> | number | undefined;
}

/** Snapshots are put together anew whenever they are asked for, so that their parts are compared by what they say. */
export function createTopics({ snapshot, audited }: TopicOptions): () => Promise<Topics> {
  let ofCycle: Topics = {};
  return async () => {
    const actions = await audited();
    const now = snapshot();
    if (ofCycle.status !== now.cycles)
      ofCycle = {
        status: now.cycles,
        findings: now.cycles,
        forecasts: markForecasts(now),
        anomalies: markAnomalies(now),
      };
    return { ...ofCycle, actions };
  };
}

/** A refresh ends later than the one before it. */
function markForecasts({ forecasts }: Snapshot): string {
  const latest = forecasts.reduce((end, one) => Math.max(end, one.end), 0);
  return `${forecasts.length} ${latest}`;
}

/** A look at the series finds other values than the one before it. */
function markAnomalies({ anomalies: { events, scores } }: Snapshot): string {
  const sum = scores.reduce(
    (all, { actual, score, isOpen }) => all + (actual || 0) + (score || 0) + Number(isOpen),
    0,
  );
  return `${events.length} ${scores.length} ${sum}`;
}
