// What the diagnosis answers: who is the bottleneck, of what kind, why, and what to do.
import type { Labels } from './labels.ts';

export type Severity = 'info' | 'warning' | 'critical';

export interface Evidence {
  /** A sentence with number and unit that an operator understands without a manual. */
  readonly text: string;
  /** The PromQL that shows the claim. */
  readonly promql: string;
}

export interface Suggestion {
  /** Stable id used as label value, such as `profile_hot_path`. */
  readonly id: string;
  readonly text: string;
  readonly reason: string;
  /** What is expected to change when it is done. */
  readonly effect?: string | undefined;
  /** How long it takes somebody who knows the service. */
  readonly effort?: Effort | undefined;
  /** 0–1: how sure it is to help against this kind of bottleneck. */
  readonly confidence?: number | undefined;
  /** What the capacity costs, where money is an alternative to work. */
  readonly cost?: string | undefined;
  /** What came of it and what people said, against this kind of bottleneck; absent while nobody knows. */
  readonly record?: SuggestionRecord | undefined;
}

export interface SuggestionRecord {
  /** Persons whose last word on a finding it was. */
  readonly accepted: number;
  readonly rejected: number;
  readonly helpful: number;
  readonly notHelpful: number;
  /** Proved verdicts of playbooks that carry it out. */
  readonly improved: number;
  readonly noEffect: number;
  readonly worse: number;
  /** 0–1: how sure it is to help, from `confidence` and all of these. */
  readonly mean: number;
}

export type Effort = 'minutes' | 'hours' | 'days';

/** Who waits because of a bottleneck: subject, how much, and the PromQL that shows it. */
export interface Victim extends Evidence {
  readonly subject: Labels;
}

/** One rule's judgement of one subject at one moment. */
export interface Verdict {
  readonly kind: string;
  /** The blamed subject: `instance`, `job` and, when a process group is blamed, `group`. */
  readonly subject: Labels;
  /** 0–1; from 0.5 on it is a finding. */
  readonly score: number;
  /** 0–1: how much of the evidence that the rule asks for was there and agreed. */
  readonly confidence: number;
  readonly severity: Severity;
  readonly evidence: readonly Evidence[];
  readonly suggestions: readonly Suggestion[];
  /** The worst hit first; absent or empty when nobody else is seen to wait. */
  readonly victims?: readonly Victim[] | undefined;
  /** What changed shortly before: a restart, another program or image. */
  readonly changes?: readonly Evidence[] | undefined;
}

/** Something asked for when a finding is open: one sentence with numbers, and what shows it. */
export interface Hint extends Evidence {
  /** What it is about, such as `hot_symbols`; stable. */
  readonly about: string;
  /** Where it comes from; only hints of Prometheus have PromQL, the others name their query in `shownBy`. */
  readonly source: 'prometheus' | 'journal' | 'traces';
  /** The command line or the URL that shows it. */
  readonly shownBy?: string | undefined;
}

/** A series of the same host that moves with the finding's main signal. */
export interface Correlated extends Evidence {
  /** The feature, and the subject whose value it is. */
  readonly signal: string;
  readonly subject: Labels;
  /** Pearson's coefficient in [-1, 1]. */
  readonly coefficient: number;
  /** Seconds by which it follows the main signal; negative when it moves first. */
  readonly lagSeconds: number;
}

/** What the learned classifier says of the finding's subject, beside the rules. */
export interface LearnedVerdict {
  /** A kind, or `none`. */
  readonly kind: string;
  /** What its trees give to that kind, on average, in [0, 1]. */
  readonly probability: number;
  /** The same for what the rule says. */
  readonly agreement: number;
  /** Version of the model. */
  readonly model: number;
  /** Whether it takes part in the ranking: only a model that beat the rules on held-back labels does. */
  readonly counts: boolean;
}

/** What is asked for only when a finding is open, since it costs queries. */
export interface FindingDetails {
  readonly hints?: readonly Hint[] | undefined;
  /** The strongest first. */
  readonly correlated?: readonly Correlated[] | undefined;
  /** What could not be asked or told, and why. */
  readonly untold?: readonly string[] | undefined;
  readonly learned?: LearnedVerdict | undefined;
}

/** A verdict with a life: it has to hold before it fires, and to be gone for a while before it is resolved. */
export interface Finding extends Verdict, FindingDetails {
  readonly state: 'pending' | 'firing' | 'resolved';
  /** Unix seconds at which the score first reached 0.5. */
  readonly since: number;
  /** Unix seconds of the last change of state. */
  readonly changed: number;
}

/** An honest absence: what could not be judged, for which signal, and why. */
export interface Unavailable {
  readonly what: string;
  readonly signal: string;
  readonly reason: string;
  readonly detail: string;
}
