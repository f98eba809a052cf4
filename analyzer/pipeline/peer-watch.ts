// Replicas of one process group on several hosts, compared with each other at every look.
import { type AlarmState, NO_ALARM, nextAlarm } from '../anomaly/multivariate-alarm.ts';
import { judgePeers, MIN_PEERS, type PeerJudgement } from '../anomaly/peer-outlier.ts';
import type { WatchedSeries } from './series-watch.ts';

/** Who differs this share of the time is built or used differently: no event. */
const USUAL_SHARE = 0.2;
/** Seconds after which a look counts half in that share. */
const HALF_LIFE_SECONDS = 86_400;

/** Plain data. */
export interface WatchedPeer {
  /** Of the series. */
  readonly key: string;
  judgement: PeerJudgement;
  score: number;
  alarm: AlarmState;
  peak: number;
  /** How much of the time it was unlike the others. */
  unlike: number;
  lastTime: number;
}

export interface PeerWatch {
  readonly all: ReadonlyMap<string, WatchedPeer>;
  observe(series: Iterable<WatchedSeries>, at: number): void;
  restore(peers: readonly WatchedPeer[]): void;
}

export interface PeerWatchOptions {
  readonly sensitivity: number;
  /** The least difference that matters, of a signal. */
  readonly leastDeviation: (signal: string) => number;
  readonly factor: (series: WatchedSeries) => number;
}

export function createPeerWatch(options: PeerWatchOptions): PeerWatch {
  const all = new Map<string, WatchedPeer>();
  return {
    all,
    observe(series, at) {
      const current = [...series].filter(
        ({ labels, lastTime }) => labels.group !== undefined && lastTime === at,
      );
      const seen = new Set<string>();
      for (const replicas of Map.groupBy(current, groupKey).values()) {
        const hosts = new Set(replicas.map(({ host }) => host));
        if (hosts.size < MIN_PEERS || hosts.size !== replicas.length) continue;
        const judged = judgePeers(
          replicas.map(({ recent }) => recent),
          options.sensitivity,
        );
        for (const [index, judgement] of judged.entries()) {
          const one = replicas[index]!;
          seen.add(one.key);
          all.set(one.key, next(all.get(one.key), { series: one, judgement, at }, options));
        }
      }
      for (const key of all.keys()) if (!seen.has(key)) all.delete(key);
    },
    restore(peers) {
      for (const peer of peers) all.set(peer.key, { ...peer });
    },
  };
}

function groupKey({ signal, labels }: WatchedSeries): string {
  return `${signal}\n${labels.group}`;
}

interface Look {
  readonly series: WatchedSeries;
  readonly judgement: PeerJudgement;
  readonly at: number;
}

function next(
  before: WatchedPeer | undefined,
  { series, judgement, at }: Look,
  options: PeerWatchOptions,
): WatchedPeer {
  const distance = Math.abs((series.recent.at(-1) ?? Number.NaN) - judgement.expected);
  const matters = distance >= options.leastDeviation(series.signal);
  const raw = judgement.score / options.factor(series);
  const score = matters ? raw : Math.min(1, raw);
  const isUnlike = score > 1 ? 1 : 0;
  const keep = 0.5 ** ((at - (before?.lastTime ?? at)) / HALF_LIFE_SECONDS);
  const unlike = before === undefined ? isUnlike : keep * before.unlike + (1 - keep) * isUnlike;
  const alarmBefore = before?.alarm ?? NO_ALARM;
  const opens = score > 1 && unlike < USUAL_SHARE;
  const stays = alarmBefore.since !== undefined && unlike < 2 * USUAL_SHARE;
  const alarm = opens || stays ? nextAlarm(alarmBefore, score, at) : NO_ALARM;
  const peak = alarm.since === undefined ? 0 : Math.max(before?.peak ?? 0, score || 0);
  return { key: series.key, judgement, score, alarm, peak, unlike, lastTime: at };
}
