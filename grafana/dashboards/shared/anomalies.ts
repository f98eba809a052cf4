// What is unusual: the score of every watched signal, and the band that is usual around a line.
import { color, graph, property } from '../panel.ts';
import type { Query } from '../query.ts';

const NOT_WATCHED =
  'no anomaly detector watches a signal of this choice, or none has enough history';

/** From this score on a value lies outside of what is usual. */
export const ANOMALOUS_SCORE = 1;

/** How unusual each signal is; `which` chooses the subjects. */
export function anomalyScores({ width, which }: { width: number; which: string }) {
  return graph({
    title: 'How unusual each signal is',
    description:
      'Score of the anomaly detectors for each watched signal, highest detector: 0 is as expected, 1 the edge of what is usual, above it the value is an anomaly and is marked on the graphs of this page.',
    unit: 'short',
    emptyWhen: NOT_WATCHED,
    queries: [
      {
        name: 'Score',
        legend: '{{signal}} {{group}} on {{instance}}',
        expr: `max by (signal, instance, group) (guard_anomaly_score{${which}})`,
      },
    ],
    alarmAt: ANOMALOUS_SCORE,
    width,
  });
}

/** The edges of what is usual for a signal, as queries of a graph that shows the signal itself. */
export function usualBand({ signal, which }: { signal: string; which: string }): Query[] {
  const edge = (name: string, aggregate: string, bound: string): Query => ({
    name,
    legend: `usual ${bound === 'upper' ? 'at most' : 'at least'}`,
    expr: `${aggregate}(guard_anomaly_expected{signal="${signal}",bound="${bound}",${which}})`,
    emptyWhen: NOT_WATCHED,
  });
  return [edge('UsualHigh', 'max', 'upper'), edge('UsualLow', 'min', 'lower')];
}

/** Makes the two edges a grey area; for graphs that are not stacked. */
export function usualStyle<B extends Overridable>(builder: B): B {
  return builder
    .overrideByQuery('UsualHigh', [
      color('#808080'),
      property('custom.lineWidth', 0),
      property('custom.fillOpacity', 20),
      property('custom.fillBelowTo', 'usual at least'),
    ])
    .overrideByQuery('UsualLow', [
      color('#808080'),
      property('custom.lineWidth', 0),
      property('custom.fillOpacity', 0),
    ]);
}

interface Overridable {
  overrideByQuery(name: string, properties: ReturnType<typeof property>[]): this;
}
