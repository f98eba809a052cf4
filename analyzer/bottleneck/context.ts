// What surrounds a finding: who waits because of it, and what changed shortly before.
import type { SubjectFeatures } from '../features/table.ts';
import type { Evidence, Victim } from '../series/finding.ts';
import { formatSpan } from './format.ts';
import { evidence, groupName, isKernelGroup, type VictimSign } from './rule.ts';

const MAX_VICTIMS = 5;
/** A change is worth telling for this long; the preset looks as far back for another program or image. */
export const RECENT_SECONDS = 900;

/** The other groups of the host that suffer, worst first. */
export function findVictims(
  sign: VictimSign | undefined,
  { host, subject }: SubjectFeatures,
): Victim[] {
  if (sign === undefined) return [];
  const { feature, atLeast } = sign;
  return host
    .once(`victims.${feature}.${atLeast}`, () => listSufferers(sign, host.groups))
    .filter(({ group }) => group.subject.group !== subject.group)
    .slice(0, MAX_VICTIMS)
    .map(({ group, value }) => ({
      subject: group.subject,
      text: `${groupName(group.subject)} ${sign.say(value)}`,
      promql: group.promql(feature),
    }));
}

/** One more than can be told, since the one that is to blame may be among them. */
function listSufferers({ feature, atLeast }: VictimSign, groups: readonly SubjectFeatures[]) {
  return groups
    .filter((group) => !isKernelGroup(group))
    .map((group) => ({ group, value: group.value(feature) ?? 0 }))
    .filter(({ value }) => value >= atLeast)
    .sort((a, b) => b.value - a.value)
    .slice(0, MAX_VICTIMS + 1);
}

/** A restart, and another program or image under the same name. */
export function findChanges(subject: SubjectFeatures, now: number): Evidence[] {
  const changes: Evidence[] = [];
  const name = groupName(subject.subject);
  const started = subject.value('group_start_time_seconds');
  if (started !== undefined && now - started < RECENT_SECONDS) {
    const text = `${name} was started ${formatSpan(Math.max(1, now - started))} ago`;
    changes.push(evidence(text, subject, 'group_start_time_seconds'));
  }
  const versions = subject.value('group_info_versions');
  if (versions !== undefined && versions > 1) {
    const text = `${name} had ${versions} programs, units or images in the last ${formatSpan(RECENT_SECONDS)}`;
    changes.push(evidence(text, subject, 'group_info_versions'));
  }
  return changes;
}
