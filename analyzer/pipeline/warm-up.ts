// How far the watch is: which series can be judged, and when the others can.
import type { Fitted, WarmUp } from '../series/anomaly.ts';
import type { WatchParts } from './anomaly-snapshot.ts';
import type { SubjectWatch } from './subject-watch.ts';

/** @param at Unix seconds of the last look. */
export function warmUpOf(
  { series, hosts, groups }: Pick<WatchParts, 'series' | 'hosts' | 'groups'>,
  at: number,
): WarmUp {
  const all = [...series.all.values()];
  const learning = all.filter(({ lastTime }) => Number.isNaN(lastTime));
  const times = all.map((one) => series.warmAt(one)).filter((time) => !Number.isNaN(time));
  const ahead = times.filter((time) => time > at);
  const warm = times.length - ahead.length;
  return {
    learning: learning.length,
    warming: all.length - learning.length - warm,
    warm,
    nextAt: ahead.reduce((least, time) => Math.min(least, time), Number.POSITIVE_INFINITY),
    lastAt: ahead.reduce((most, time) => Math.max(most, time), Number.NEGATIVE_INFINITY),
    hosts: fittedOf(hosts),
    groups: fittedOf(groups),
  };
}

function fittedOf({ all }: SubjectWatch): Fitted {
  const fitted = [...all.values()].filter(({ model }) => model !== undefined).length;
  return { followed: all.size, fitted };
}
