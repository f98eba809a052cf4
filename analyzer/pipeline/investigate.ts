// Asks more about findings that are open: hints, what moves with them, what changed before. Beside the cycle, within a budget.
import { findingKey } from '../bottleneck/track.ts';
import type { FeatureAnswers } from '../features/table.ts';
import { type Querier, QueryError } from '../prometheus/querier.ts';
import type { Evidence, Finding, FindingDetails, Unavailable } from '../series/finding.ts';
import { createQuestions, type PartName, type PartResult } from './investigate-parts.ts';

/** Queries of one round; a part that has begun is ended, so it may be some more. Rounds follow the cycles. */
const MAX_QUERIES_PER_ROUND = 30;
/** Findings of which more is asked; the most severe come first. */
const MAX_FINDINGS = 50;
/** Seconds after which an answer is asked for again while the finding stays open. */
const RENEW_SECONDS: Readonly<Record<PartName, number>> = {
  hints: 60,
  changes: 120,
  correlations: 300,
  version: 300,
  elsewhere: 300,
};
/** The same where there was too little to tell yet. */
const EARLY_SECONDS = 60;
const PARTS = Object.keys(RENEW_SECONDS) as PartName[];

export type Sources = Pick<FeatureAnswers, 'sources' | 'unrecorded'>;

/** Logs or traces: what Prometheus does not have. */
export interface ElsewhereSource {
  readonly name: 'journal' | 'traces';
  /** @throws {Error} with a message for people when it cannot be asked. */
  ask(question: ElsewhereQuestion): Promise<NonNullable<FindingDetails['hints']>>;
}

export interface ElsewhereQuestion {
  readonly finding: Finding;
  /** Labels of `guard_process_info` and `guard_host_info`, as far as they are known. */
  readonly identity: Readonly<Record<string, string>>;
}

export interface Investigator {
  /** Asks what is due of these findings. Never throws. */
  investigate(now: number, findings: readonly Finding[], sources: Sources): Promise<void>;
  /** The finding with what is known of it by now. */
  complete<T extends Finding>(finding: T): T;
  unavailable(): readonly Unavailable[];
}

export interface InvestigatorOptions {
  readonly querier: Querier;
  readonly elsewhere?: readonly ElsewhereSource[];
}

type Known = Map<PartName, { readonly at: number; readonly result: PartResult }>;

export function createInvestigator(options: InvestigatorOptions): Investigator {
  const known = new Map<string, Known>();
  const questions = createQuestions(options);
  let problem: string | undefined;

  function due(now: number, findings: readonly Finding[]) {
    return findings.flatMap((finding) => {
      const parts: Known = known.get(findingKey(finding)) ?? new Map();
      return PARTS.filter((part) => {
        const before = parts.get(part);
        const renew = before?.result.early ? EARLY_SECONDS : RENEW_SECONDS[part];
        return before === undefined || now - before.at >= renew;
      }).map((part) => ({ finding, part }));
    });
  }

  return {
    async investigate(now, findings, sources) {
      forget(known, findings);
      const open = findings.filter(({ state }) => state !== 'resolved').slice(0, MAX_FINDINGS);
      let spent = 0;
      problem = undefined;
      for (const { finding, part } of due(now, open)) {
        if (spent >= MAX_QUERIES_PER_ROUND) return;
        try {
          const { result, queries } = await questions.ask(part, { finding, now, sources });
          spent += queries;
          remember(known, finding, { part, at: now, result });
        } catch (error) {
          problem = (error as Error).message;
          // A server that is away answers no other question either; a query that it refuses is not asked again at once.
          if (!(error instanceof QueryError) || error.kind !== 'rejected') return;
          remember(known, finding, { part, at: now, result: { untold: [problem] } });
        }
      }
    },
    complete: (finding) => completed(finding, known.get(findingKey(finding))),
    unavailable: () =>
      problem === undefined
        ? []
        : [{ what: 'hints', signal: '', reason: 'not_answered', detail: problem }],
  };
}

function remember(
  known: Map<string, Known>,
  finding: Finding,
  { part, at, result }: { part: PartName; at: number; result: PartResult },
): void {
  const key = findingKey(finding);
  const parts: Known = known.get(key) ?? new Map();
  parts.set(part, { at, result });
  known.set(key, parts);
}

/** What the tracker has forgotten is forgotten here, too; a resolved finding keeps what was last known. */
function forget(known: Map<string, Known>, findings: readonly Finding[]): void {
  const keys = new Set(findings.map(findingKey));
  for (const key of known.keys()) if (!keys.has(key)) known.delete(key);
}

function completed<T extends Finding>(finding: T, parts: Known | undefined): T {
  if (parts === undefined) return finding;
  const results = PARTS.flatMap((part) => parts.get(part)?.result ?? []);
  return {
    ...finding,
    changes: withoutRepeats([
      ...(finding.changes ?? []),
      ...results.flatMap(({ changes }) => changes ?? []),
    ]),
    hints: results.flatMap(({ hints }) => hints ?? []),
    correlated: results.flatMap(({ correlated }) => correlated ?? []),
    untold: results.flatMap(({ untold }) => untold ?? []),
  };
}

function withoutRepeats(changes: readonly Evidence[]): Evidence[] {
  return [...new Map(changes.map((change) => [change.text, change])).values()];
}
