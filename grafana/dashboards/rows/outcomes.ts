// Whether actions helped, measured by the PromQL of the alerts that raised them.

import { runbookClick } from '../links.ts';
import { graph, property, table } from '../panel.ts';
import type { Query } from '../query.ts';

const NOTHING_JUDGED =
  'no action was run and judged yet; out of the box the playbooks have steps for a person only';
const OUTCOMES = 'guard_action_outcomes_total';

export const outcomesRow = () => [helped(), outcomes()];

function helped() {
  return table({
    title: 'What helped against what',
    description:
      'Every playbook that was run against every kind of bottleneck: in how many cases the figures that raised the alert improved, did not change, got worse, or could not be read afterwards, and the share that improved of those that could.',
    unit: 'short',
    emptyWhen: NOTHING_JUDGED,
    queries: [
      {
        name: 'Share',
        expr: `(${pairs(`${OUTCOMES}{verdict="improved"}`)} or ${pairs(OUTCOMES)} * 0) / (${pairs(`${OUTCOMES}{verdict!="unknown"}`)} > 0)`,
        emptyWhen: 'no action could be judged',
      },
      ...(['improved', 'no_effect', 'worse', 'unknown'] as const).map(casesOf),
    ],
    columns: {
      action: 'Playbook',
      kind: 'Kind',
      'Value #Share': 'Improved',
      'Value #improved': 'Better',
      'Value #no_effect': 'No effect',
      'Value #worse': 'Worse',
      'Value #unknown': 'Not known',
    },
    sortBy: { heading: 'Improved', descending: true },
    width: 14,
  })
    .overrideByName('Improved', [
      property('unit', 'percentunit'),
      property('min', 0),
      property('max', 1),
    ])
    .overrideByName('Kind', [runbookClick()]);
}

/** A zero where a pair never had this verdict, so that every pair is one whole row. */
function casesOf(verdict: string): Query {
  return {
    name: verdict,
    expr: `${pairs(`${OUTCOMES}{verdict="${verdict}"}`)} or ${pairs(OUTCOMES)} * 0`,
  };
}

function pairs(series: string): string {
  return `sum by (action, kind) (${series})`;
}

function outcomes() {
  return graph({
    title: 'Outcomes so far',
    description:
      'Actions that were run, all time, by what the figures said afterwards. A rising "worse" or "no_effect" means that a playbook is wrong: pause it.',
    unit: 'short',
    emptyWhen: NOTHING_JUDGED,
    queries: [{ name: 'Outcomes', legend: '{{verdict}}', expr: `sum by (verdict) (${OUTCOMES})` }],
    width: 10,
  });
}
