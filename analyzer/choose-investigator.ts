// Where hints about an open finding are asked for, as the configuration says.
import type { Config } from './config.ts';
import { createInvestigator } from './pipeline/investigate.ts';
import { createJournal } from './pipeline/investigate-journal.ts';
import { createTraces } from './pipeline/investigate-traces.ts';
import type { Querier } from './prometheus/querier.ts';

/** Hints may come from more than Prometheus; undefined when they are switched off. */
export function chooseInvestigator(
  { hints: { enabled, journal, traces } }: Config,
  querier: Querier,
) {
  if (!enabled) return undefined;
  const { url, api, services } = traces;
  return createInvestigator({
    querier,
    elsewhere: [
      ...(journal.enabled
        ? [createJournal({ ...journal, timeoutMs: journal.timeout * 1000 })]
        : []),
      ...(url === undefined
        ? []
        : [createTraces({ url, api, services, timeoutMs: traces.timeout * 1000 })]),
    ],
  });
}
