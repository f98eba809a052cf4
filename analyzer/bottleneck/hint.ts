// What a hint is made of: a question in PromQL that is asked for an open finding, and the sentence that its answer becomes.
import { matchers } from '../features/feature.ts';
import type { Hint } from '../series/finding.ts';
import { type Labels, withoutLabels } from '../series/labels.ts';
import type { Point } from '../series/series.ts';

/** The subject of an open finding in the forms that queries need. */
export interface HintSubject {
  readonly labels: Labels;
  /** Its name for a sentence. */
  readonly name: string;
  /** Matchers of the subject itself, without braces. */
  readonly own: string;
  /** Matchers of its host. */
  readonly host: string;
}

export interface HintQuestion {
  /** Stable id, such as `hot_symbols`. */
  readonly about: string;
  readonly promql: (subject: HintSubject) => string;
  /** One sentence, or undefined when the answer is not worth one. The points are the largest first and never empty. */
  readonly say: (points: readonly Point[], subject: HintSubject) => string | undefined;
  /** Asked when there is no answer, to say why, or how to get one. */
  readonly otherwise?: HintQuestion;
}

export function hintSubject(labels: Labels): HintSubject {
  const { job, instance } = labels;
  const host = {
    ...(job === undefined ? {} : { job }),
    ...(instance === undefined ? {} : { instance }),
  };
  const name = Object.values(withoutLabels(labels, 'job', 'instance')).join(' ');
  return { labels, name: name || 'the host', own: matchers(labels), host: matchers(host) };
}

/** The hint that an answer becomes; undefined when there is nothing to tell. NaN counts as not there. */
export function toHint(
  question: HintQuestion,
  subject: HintSubject,
  points: readonly Point[],
): Hint | undefined {
  const sorted = points
    .filter(({ value }) => !Number.isNaN(value))
    .sort((a, b) => b.value - a.value);
  const text = sorted.length === 0 ? undefined : question.say(sorted, subject);
  if (text === undefined) return undefined;
  return { about: question.about, source: 'prometheus', text, promql: question.promql(subject) };
}

/** `a 40 %, b 20 %`: the points as a list. */
export function listOf(
  points: readonly Point[],
  name: (labels: Labels) => string,
  value: (value: number) => string,
): string {
  return points.map((point) => `${name(point.labels)} ${value(point.value)}`).join(', ');
}
