// Reads how the fleet of an action's host is, and asks the breaker in the very commit that records the intent.
import type { ActionRecord } from '../store/action-record.ts';
import type { Records } from '../store/store.ts';
import { type FleetMember, fleetTrouble } from './fleet.ts';
import type { StageContext } from './stage.ts';

const WORKING = ['running', 'settling', 'rollback_due', 'rolling_back'] as const;
const MAX_WORKING = 1_000;

/** Every target that `up` knows of the job. @throws {QueryError} */
export async function readFleet(
  { querier, clock, config }: StageContext,
  { labels: { job } }: ActionRecord,
): Promise<readonly FleetMember[]> {
  if (config.fleet.max_share >= 1) return [];
  const promql = job === undefined ? 'up' : `up{job=${JSON.stringify(job)}}`;
  const points = await querier.instant(promql, clock());
  return points.flatMap(({ labels, value }) =>
    labels.job === undefined || labels.instance === undefined
      ? []
      : [{ job: labels.job, instance: labels.instance, up: value !== 0 }],
  );
}

/** Why the action must not run; undefined when it may. */
export async function fleetRefusal(
  { config, findings }: StageContext,
  action: ActionRecord,
  { members, tx }: { readonly members: readonly FleetMember[]; readonly tx: Records },
): Promise<string | undefined> {
  if (config.fleet.max_share >= 1) return undefined;
  const busy = await tx.actions.list({ states: WORKING, limit: MAX_WORKING });
  return fleetTrouble({
    members,
    findings: findings(),
    working: new Set(busy.map((one) => one.host)),
    target: action,
    maxShare: config.fleet.max_share,
  });
}
