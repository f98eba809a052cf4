// Anomalies as the page needs them: a key for each event and score, the most unusual first. Pure.
import { type Labels, labelsKey } from '../../../series/labels.ts';
import type { AnomaliesAnswer, AnomalyEvent, AnomalyScore } from './answers.ts';
import { placeOf, titleOf } from './text.ts';

export function eventKey({ subject }: AnomalyEvent): string {
  return `event ${labelsKey(subject)}`;
}

export function scoreKey({ signal, detector, labels }: AnomalyScore): string {
  return `${signal} ${detector} ${labelsKey(labels)}`;
}

/** Open ones first, then by score; what has no score yet comes last. */
export function rankScores(scores: AnomaliesAnswer['scores'], text: string): AnomalyScore[] {
  const words = text.toLowerCase().split(/\s+/).filter(Boolean);
  const rank = ({ isOpen, score }: AnomalyScore) => (isOpen ? 1e6 : 0) + (score ?? -1);
  return scores
    .filter(({ signal, labels }) => {
      const own = `${signal} ${titleOf(signal)} ${placeOf(labels)}`.toLowerCase();
      return words.every((word) => own.includes(word));
    })
    .sort((a, b) => rank(b) - rank(a) || scoreKey(a).localeCompare(scoreKey(b)));
}

/** The labels of a series without those that say who judged it. */
export function laneName(labels: Labels): string {
  const { signal = 'host', detector = '', ...rest } = labels;
  const by = detector === '' || detector === 'fused' ? '' : ` (${detector})`;
  return `${titleOf(signal)}: ${placeOf(rest)}${by}`;
}

/** Where a value lies between the edges, for a bar: 0 left, 1 right, with room on both sides. */
export function bandPlaces(one: {
  readonly lower: number | null;
  readonly upper: number | null;
  readonly actual: number | null;
}): { readonly from: number; readonly to: number; readonly at: number } | undefined {
  const { lower, upper, actual } = one;
  if (lower === null || upper === null || actual === null) return undefined;
  const low = Math.min(lower, actual);
  const high = Math.max(upper, actual);
  const room = (high - low) * 0.1 || 1;
  const place = (value: number) => (value - low + room) / (high - low + 2 * room);
  return { from: place(lower), to: place(upper), at: place(actual) };
}
