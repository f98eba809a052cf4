// What outlives the program: the state of the watches and the operators' labels, loaded once, saved now and then.
import {
  type FeedbackState,
  isPart,
  learnFeedback,
  NO_FEEDBACK,
  thresholdFactor,
} from '../anomaly/feedback.ts';
import type { Labels } from '../series/labels.ts';
import { GROUP_SIGNAL, HOST_SIGNAL, type Watched } from './anomaly-events.ts';
import { type Identity, restoreParts, snapshotParts, type WatchParts } from './anomaly-snapshot.ts';
import type { AnomalyStore } from './anomaly-store.ts';

const SAVE_SECONDS = 600;

export interface FeedbackRequest {
  readonly signal: string;
  readonly labels: Labels;
  readonly verdict: 'real' | 'noise';
  /** Unix seconds; the alarm that was open then is meant. */
  readonly at: number;
  readonly began?: number | undefined;
}

export interface Taken {
  /** Series that the label is about. */
  readonly matched: number;
  /** What their scores are divided by from now on. */
  readonly factor: number;
}

export interface WatchMemory {
  /** Loads what was saved, once; later calls do nothing. */
  restore(now: number): Promise<void>;
  saveWhenDue(now: number): Promise<void>;
  /** Saves unless nothing was ever loaded. */
  save(): Promise<void>;
  feedback(): FeedbackState;
  /** Undefined when no watched series has these labels. @throws {Error} when it cannot be stored. */
  label(request: FeedbackRequest, watched: Watched): Promise<Taken | undefined>;
}

export interface WatchMemoryOptions {
  readonly store: AnomalyStore;
  /** A function, since the watches themselves look at the labels. */
  readonly parts: () => WatchParts;
  readonly identity: Identity;
  /** Seconds; what was fed last before that is not worth keeping. */
  readonly history: number;
  /** Told of a failure, and with undefined when it has passed. */
  readonly onProblem: (reason: string, problem: Error | undefined) => void;
}

export function createWatchMemory(options: WatchMemoryOptions): WatchMemory {
  const { store, parts, identity, history, onProblem } = options;
  let feedback = NO_FEEDBACK;
  let restoring: Promise<void> | undefined;
  let savedAt = Number.NEGATIVE_INFINITY;

  async function load(now: number): Promise<void> {
    savedAt = now;
    try {
      feedback = await store.loadFeedback();
    } catch (error) {
      onProblem('feedback_unreadable', error as Error);
    }
    try {
      restoreParts(await store.load(), parts(), { identity, oldest: now - history });
    } catch (error) {
      const { message } = error as Error;
      onProblem('state_unreadable', new Error(`${message}: the past is learnt anew`));
    }
  }

  async function save(): Promise<void> {
    if (restoring === undefined) return;
    await restoring;
    try {
      await store.save(snapshotParts(parts(), identity));
      onProblem('state_not_saved', undefined);
    } catch (error) {
      onProblem('state_not_saved', error as Error);
    }
  }

  return {
    async restore(now) {
      restoring ??= load(now);
      await restoring;
    },
    async saveWhenDue(now) {
      if (now - savedAt < SAVE_SECONDS) return;
      savedAt = now;
      await save();
    },
    save,
    feedback: () => feedback,
    async label({ signal, labels, verdict, at, began }, watched) {
      const matching = labelled(watched).filter(
        (one) => one.signal === signal && isPart(labels, one.labels),
      );
      if (matching.length === 0) return undefined;
      const open = alarmsOf(matching, watched).filter(({ since }) => since <= at);
      const since = Math.min(...open.map((one) => one.since));
      const alarm = { since, peak: Math.max(...open.map(({ peak }) => peak)) };
      const label = { signal, labels, verdict, at, began };
      const next = learnFeedback(feedback, { ...label, ...(open.length > 0 && { alarm }) });
      await store.saveFeedback(next);
      feedback = next;
      return { matched: matching.length, factor: thresholdFactor(feedback, signal, labels) };
    },
  };
}

/** Whatever has a score of its own. */
function labelled({ series, hosts, groups }: Watched) {
  const wholes = (signal: string, all: Watched['hosts']) =>
    [...all.values()].map(({ host, labels, alarm, peak }) => ({
      ...{ signal, host, labels, alarm, peak },
    }));
  return [...series.values(), ...wholes(HOST_SIGNAL, hosts), ...wholes(GROUP_SIGNAL, groups)];
}

/** A series without an episode of its own may be part of what was told of its host. */
function alarmsOf(
  matching: ReturnType<typeof labelled>,
  { hosts }: Watched,
): { since: number; peak: number }[] {
  return matching.flatMap(({ alarm, peak, host }) => {
    const since = alarm.since ?? hosts.get(host)?.alarm.since;
    return since === undefined ? [] : [{ since, peak }];
  });
}
