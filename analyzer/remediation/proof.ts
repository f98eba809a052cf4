// Whether an action helped: the target's change less the change of those that nobody touched (difference in differences).
// Source: Card & Krueger, "Minimum Wages and Employment", American Economic Review 84 (1994).
import { MAD_TO_STANDARD_DEVIATION, median } from '../math/quantile.ts';
import type { Grid, Querier } from '../prometheus/querier.ts';
import type { Labels } from '../series/labels.ts';
import type { Series } from '../series/series.ts';
import type { ActionVerdict, Reading } from '../store/action-record.ts';
import { hostOf } from './template.ts';

const STEPS = 6;
const MAX_PEERS = 200;
/** From so many on their spread says what chance alone does. */
const MIN_PEERS_FOR_SPREAD = 3;
/** Two standard deviations are about 95 % of what chance does. */
const SPREAD_FACTOR = 2 * MAD_TO_STANDARD_DEVIATION;

export interface Question {
  readonly promql: string;
  readonly peersPromql: string | undefined;
  readonly labels: Labels;
  readonly host: string;
  /** Seconds back from `at` that are read; the median counts. */
  readonly window: number;
  readonly at: number;
  /** Hosts on which something was done as well. */
  readonly touched: ReadonlySet<string>;
}

/** Undefined when the target has no value. @throws {QueryError} */
export async function readSignal(
  querier: Querier,
  question: Question,
): Promise<Reading | undefined> {
  const { promql, peersPromql, at, window } = question;
  const step = Math.max(1, Math.ceil(window / STEPS));
  const grid: Grid = { from: at - STEPS * step, to: at, step };
  const own = await querier.range(promql, grid);
  const others = peersPromql === undefined ? own : await querier.range(peersPromql, grid);
  const targets = own.filter((series) => isTarget(series, question)).map(levelOf);
  const known = targets.filter(Number.isFinite);
  if (known.length === 0) return undefined;
  const peers = new Map<string, number>();
  for (const series of others) {
    const instance = series.labels.instance;
    const level = levelOf(series);
    if (instance === undefined || !Number.isFinite(level)) continue;
    const host = hostOf(instance);
    if (host === question.host || question.touched.has(host)) continue;
    if (!peers.has(instance) && peers.size >= MAX_PEERS) continue;
    peers.set(instance, (peers.get(instance) ?? 0) + level);
  }
  const target = known.reduce((sum, value) => sum + value, 0);
  return { time: at, target, peers: Object.fromEntries(peers) };
}

/** A series says nothing against it: every label that both have is the same. */
function isTarget({ labels }: Series, { labels: wanted }: Question): boolean {
  return ['instance', 'group', 'job'].every(
    (name) =>
      labels[name] === undefined || wanted[name] === undefined || labels[name] === wanted[name],
  );
}

function levelOf({ values }: Series): number {
  return median(values.filter(Number.isFinite));
}

export interface Standard {
  readonly better: 'down' | 'up';
  readonly minEffect: number;
}

export interface Judgement {
  readonly verdict: ActionVerdict;
  /** A sentence with the numbers. */
  readonly text: string;
}

/** @param before undefined when it could not be read: then nothing is claimed. */
export function judgeEffect(
  before: Reading | undefined,
  after: Reading | undefined,
  { better, minEffect }: Standard,
): Judgement {
  if (before === undefined || after === undefined) {
    const when = before === undefined ? 'before' : 'after';
    return { verdict: 'unknown', text: `The signal had no value ${when} the action` };
  }
  const changes = Object.entries(after.peers).flatMap(([instance, value]) => {
    const earlier = before.peers[instance];
    return earlier === undefined ? [] : [value - earlier];
  });
  const drift = changes.length === 0 ? 0 : median(changes);
  const effect = after.target - before.target - drift;
  const chance =
    changes.length < MIN_PEERS_FOR_SPREAD
      ? 0
      : SPREAD_FACTOR * median(changes.map((change) => Math.abs(change - drift)));
  const level = Math.max(Math.abs(before.target), Math.abs(after.target));
  const threshold = Math.max(minEffect * level, chance);
  const gain = better === 'down' ? -effect : effect;
  const verdict =
    level === 0 || Math.abs(effect) < threshold ? 'no_effect' : gain > 0 ? 'improved' : 'worse';
  const peers =
    changes.length === 0
      ? 'no untouched peers to compare with'
      : `${changes.length} untouched peers moved by ${short(drift)}`;
  const text = `${short(before.target)} → ${short(after.target)}, ${peers}: effect ${short(effect)}, ${short(threshold)} counts`;
  return { verdict, text };
}

function short(value: number): string {
  return String(Number(value.toPrecision(4)));
}
