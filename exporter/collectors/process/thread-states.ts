// The two gauges of process-exporter that tell of single threads: how many are in which state, and asleep in which kernel function.
// Ours count the seconds instead, see guard_process_thread_seconds_total.
import { gauge, type MetricFamily, type Sample } from '../../promformat/family.ts';
import type { ProcessTable, SeenThread } from './table.ts';

/** All of them are told of every group. Source: proc/read.go of process-exporter 0.7.10. */
const STATES = ['Other', 'Running', 'Sleeping', 'Waiting', 'Zombie'] as const;
type State = (typeof STATES)[number];
const STATE_OF: Readonly<Record<string, State>> = {
  R: 'Running',
  S: 'Sleeping',
  D: 'Waiting',
  Z: 'Zombie',
};
/** Of one group. There are some hundreds in a kernel; the rest is left out, the rarest first. */
export const MAX_CHANNELS = 64;

interface Tally {
  /** Whether the threads of every process of the group are known. */
  complete: boolean;
  readonly states: Record<State, number>;
  readonly channels: Map<string, number>;
}

/** @param groups the groups to tell of; one of which the threads of some process are not known is left out */
export function threadStateFamilies(
  table: Pick<ProcessTable, 'threads'>,
  groups: readonly { readonly name: string }[],
): MetricFamily[] {
  const tallies = new Map<string, Tally>();
  table.threads(({ group }, threads) => {
    const tally = tallies.get(group) ?? createTally();
    tallies.set(group, tally);
    count(tally, threads);
  });
  const told = groups.flatMap(({ name }) => {
    const tally = tallies.get(name);
    return tally?.complete === true ? [{ groupname: name, tally }] : [];
  });
  return [
    gauge(
      'namedprocess_namegroup_states',
      'Number of processes in states Running, Sleeping, Waiting, Zombie, or Other',
      told.flatMap(({ groupname, tally }) =>
        STATES.map((state) => ({ labels: { groupname, state }, value: tally.states[state] })),
      ),
    ),
    gauge(
      'namedprocess_namegroup_threads_wchan',
      'Number of threads in this group waiting on each wchan',
      told.flatMap(({ groupname, tally }) => channelSamples(groupname, tally)),
    ),
  ];
}

function createTally(): Tally {
  const states = { Other: 0, Running: 0, Sleeping: 0, Waiting: 0, Zombie: 0 };
  return { complete: true, states, channels: new Map() };
}

function count(tally: Tally, threads: Iterable<SeenThread>): void {
  let seen = 0;
  for (const { state, channel } of threads) {
    seen += 1;
    tally.states[STATE_OF[state] ?? 'Other'] += 1;
    if (channel === '' || channel === '0') continue;
    tally.channels.set(channel, (tally.channels.get(channel) ?? 0) + 1);
  }
  if (seen === 0) tally.complete = false;
}

function channelSamples(groupname: string, { channels }: Tally): Sample[] {
  const most = [...channels].sort(([, a], [, b]) => b - a).slice(0, MAX_CHANNELS);
  return most.map(([wchan, value]) => ({ labels: { groupname, wchan }, value }));
}
