// How expectations are drawn: the middle dashed, the two bands as areas of one colour.
import type { DynamicConfigValue } from '@grafana/grafana-foundation-sdk/dashboard';
import { color, property } from '../panel.ts';

const EXPECTED = 'orange';

/** Between the points of a day's curve lies more than the five minutes for which Prometheus repeats a sample. */
const JOINED = property('custom.spanNulls', true);

/** Styles the queries Measured, Median, High80/Low80, High95/Low95 and Earlier of a graph; absent ones do not matter. */
export function bandStyle<B extends Overridable>(builder: B): B {
  builder
    .overrideByQuery('Measured', [property('custom.lineWidth', 2), color('blue')])
    .overrideByQuery('Median', [...line('dash', [8, 6], EXPECTED), JOINED])
    .overrideByQuery('Earlier', line('dot', [2, 6], 'purple'));
  band(builder, '95', 10);
  band(builder, '80', 22);
  return builder;
}

interface Overridable {
  overrideByQuery(name: string, properties: DynamicConfigValue[]): this;
}

function band(builder: Overridable, level: '80' | '95', opacity: number): void {
  const edge = [property('custom.lineWidth', 0), color(EXPECTED), JOINED];
  builder
    .overrideByQuery(`High${level}`, [
      ...edge,
      property('custom.fillOpacity', opacity),
      property('custom.fillBelowTo', `at least (${level} %)`),
    ])
    .overrideByQuery(`Low${level}`, [
      ...edge,
      property('custom.fillOpacity', 0),
      // One entry per band will do.
      property('custom.hideFrom', { legend: true, tooltip: false, viz: false }),
    ]);
}

function line(fill: 'dash' | 'dot', dash: number[], name: string): DynamicConfigValue[] {
  return [
    property('custom.lineStyle', { fill, dash }),
    property('custom.fillOpacity', 0),
    color(name),
  ];
}
