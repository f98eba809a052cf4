// The parts of an investigation, each a bounded number of queries: hints, changes, correlations, the version before, logs and traces.

import { type HintQuestion, hintSubject, toHint } from '../bottleneck/hint.ts';
import { hintQuestions } from '../bottleneck/hints.ts';
import {
  deploymentQuery,
  identityQueries,
  reloadFailureQuery,
  reloadQuery,
  sayDeployments,
  sayIdentityChange,
  sayReloadFailures,
  sayReloads,
} from '../bottleneck/hints-changes.ts';
import { compareVersions, VERSION_WINDOWS, versionQueries } from '../bottleneck/hints-version.ts';
import type { Querier } from '../prometheus/querier.ts';
import type { Evidence, Finding, FindingDetails, Hint } from '../series/finding.ts';
import type { Point } from '../series/series.ts';
import type { InvestigatorOptions, Sources } from './investigate.ts';
import { createCorrelator } from './investigate-correlations.ts';

export type PartName = 'hints' | 'changes' | 'correlations' | 'version' | 'elsewhere';

export interface PartResult extends Omit<FindingDetails, 'learned'> {
  readonly changes?: readonly Evidence[];
  /** There was too little to tell yet: worth asking again before long. */
  readonly early?: boolean;
}

export interface Question {
  readonly finding: Finding;
  readonly now: number;
  readonly sources: Sources;
}

interface Asked {
  readonly result: PartResult;
  readonly queries: number;
}

/** Counts what it asks. */
interface CountingQuerier extends Querier {
  readonly queries: number;
}

export function createQuestions({ querier, elsewhere = [] }: InvestigatorOptions) {
  const correlator = createCorrelator();
  const parts: Record<PartName, (question: Question, ask: Querier) => Promise<PartResult>> = {
    hints: askHints,
    changes: askChanges,
    correlations: correlator.ask,
    version: askVersion,
    elsewhere: (question, ask) => askElsewhere(question, ask, elsewhere),
  };
  return {
    /** @throws {QueryError} when Prometheus does not answer. */
    async ask(part: PartName, question: Question): Promise<Asked> {
      const ask = counting(querier);
      const result = await parts[part](question, ask);
      return { result, queries: ask.queries };
    },
  };
}

function counting(querier: Querier): CountingQuerier {
  let queries = 0;
  return {
    get queries() {
      return queries;
    },
    instant(promql, at) {
      queries += 1;
      return querier.instant(promql, at);
    },
    range(promql, grid) {
      queries += 1;
      return querier.range(promql, grid);
    },
  };
}

async function askHints({ finding, now }: Question, ask: Querier): Promise<PartResult> {
  const subject = hintSubject(finding.subject);
  const hints: Hint[] = [];
  const answer = async (question: HintQuestion): Promise<void> => {
    const points = await ask.instant(question.promql(subject), now);
    const hint = toHint(question, subject, points);
    if (hint !== undefined) hints.push(hint);
    else if (question.otherwise !== undefined) await answer(question.otherwise);
  };
  for (const question of hintQuestions(finding.kind)) await answer(question);
  return { hints };
}

async function askChanges({ finding, now }: Question, ask: Querier): Promise<PartResult> {
  const subject = hintSubject(finding.subject);
  const [reload, failure] = [reloadQuery(subject, now), reloadFailureQuery(subject)];
  const changes = [
    ...sayReloads(await ask.instant(reload, now), reload, now),
    ...sayReloadFailures(await ask.instant(failure, now), failure),
  ];
  if (finding.subject.group === undefined) return { changes };
  const identity = identityQueries(subject);
  const current = await ask.instant(identity.now, now);
  const recent = await ask.instant(identity.recent, now);
  changes.push(...sayIdentityChange(current, recent, subject));
  const namespace = current[0]?.labels.namespace ?? '';
  if (namespace !== '') {
    const deployment = deploymentQuery(namespace);
    changes.push(...sayDeployments(await ask.instant(deployment, now), deployment));
  }
  return { changes };
}

async function askVersion({ finding, now }: Question, ask: Querier): Promise<PartResult> {
  if (finding.kind !== 'memory_leak') return {};
  const subject = hintSubject(finding.subject);
  const queries = versionQueries(subject);
  for (const { seconds, step } of VERSION_WINDOWS) {
    const to = Math.floor(now / step) * step;
    const grid = { from: to - seconds, to, step };
    const [memory] = await ask.range(queries.memory, grid);
    if (memory === undefined) continue;
    const identities = await ask.range(queries.identities, grid);
    const [starts] = await ask.range(queries.starts, grid);
    const found = compareVersions({ memory, identities, starts }, subject);
    if (found === undefined) continue;
    return { hints: [{ ...found, about: 'previous_version', source: 'prometheus' }] };
  }
  return {
    untold: [
      `no earlier version or run of ${subject.name} within a week of which memory is known: nothing to compare the growth with`,
    ],
  };
}

/** A log or a trace store that does not answer costs its hints alone. */
async function askElsewhere(
  { finding, now }: Question,
  ask: Querier,
  elsewhere: NonNullable<InvestigatorOptions['elsewhere']>,
): Promise<PartResult> {
  if (elsewhere.length === 0) return {};
  const { own, host } = hintSubject(finding.subject);
  const known: Point[] = [
    ...(await ask.instant(`guard_host_info{${host}}`, now)),
    ...(finding.subject.group === undefined
      ? []
      : await ask.instant(`guard_process_info{${own}}`, now)),
  ];
  const identity = Object.assign({}, ...known.map(({ labels }) => labels)) as Record<
    string,
    string
  >;
  const hints: Hint[] = [];
  const untold: string[] = [];
  for (const source of elsewhere) {
    try {
      hints.push(...(await source.ask({ finding, identity })));
    } catch (error) {
      untold.push((error as Error).message);
    }
  }
  return { hints, untold };
}
