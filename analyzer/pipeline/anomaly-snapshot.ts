// Everything the watches know as parts for the store, and back.
import { DETECTORS } from '../anomaly/list.ts';
import type { AlarmBudget, BudgetState } from './alarm-budget.ts';
import type { PeerWatch, WatchedPeer } from './peer-watch.ts';
import type { SeriesWatch, WatchedSeries } from './series-watch.ts';
import type { SubjectWatch, WatchedSubject } from './subject-watch.ts';

/** Series per part: some 250 kB. */
const SERIES_PER_PART = 100;

export interface WatchParts {
  readonly series: SeriesWatch;
  readonly hosts: SubjectWatch;
  readonly groups: SubjectWatch;
  readonly peers: PeerWatch;
  readonly budget: AlarmBudget;
}

/** What a state fits to: another step or band width makes it worthless. */
export interface Identity {
  readonly step: number;
  readonly sensitivity: number;
}

type Part =
  | { readonly kind: 'identity'; readonly identity: string }
  | { readonly kind: 'series'; readonly list: readonly WatchedSeries[] }
  | { readonly kind: 'host' | 'group'; readonly host: WatchedSubject }
  | { readonly kind: 'peers'; readonly list: readonly WatchedPeer[] }
  | { readonly kind: 'budget'; readonly list: readonly BudgetState[] };

export function* snapshotParts(
  { series, hosts, groups, peers, budget }: WatchParts,
  identity: Identity,
): Generator<Part> {
  yield { kind: 'identity', identity: text(identity) };
  const all = [...series.all.values()];
  for (let at = 0; at < all.length; at += SERIES_PER_PART)
    yield { kind: 'series', list: all.slice(at, at + SERIES_PER_PART) };
  for (const host of hosts.all.values()) yield { kind: 'host', host };
  for (const host of groups.all.values()) yield { kind: 'group', host };
  yield { kind: 'peers', list: [...peers.all.values()] };
  yield { kind: 'budget', list: budget.all() };
}

/** Takes what was saved; series that were fed last before `oldest` are learnt anew. @throws {Error} when it does not fit. */
export function restoreParts(
  parts: readonly unknown[] | undefined,
  { series, hosts, groups, peers, budget }: WatchParts,
  { identity, oldest }: { identity: Identity; oldest: number },
): void {
  if (parts === undefined) return;
  const [first, ...rest] = parts as Part[];
  if (first?.kind !== 'identity' || first.identity !== text(identity))
    throw new Error('the saved state is of another step, sensitivity or set of detectors');
  for (const part of rest) {
    if (part.kind === 'series')
      series.restore(part.list.filter(({ lastTime }) => lastTime > oldest));
    else if (part.kind === 'host') hosts.restore([part.host]);
    else if (part.kind === 'group') groups.restore([part.host]);
    else if (part.kind === 'peers') peers.restore(part.list);
    else if (part.kind === 'budget') budget.restore(part.list);
  }
}

function text(identity: Identity): string {
  const detectors = DETECTORS.map(({ detector }) => `${detector.name}/${detector.stateLength}`);
  return JSON.stringify({ ...identity, detectors });
}
