// What the remediation does now: what waits for a person, and whether anything may start at all.
import {
  BigValueColorMode,
  BigValueGraphMode,
  BigValueTextMode,
} from '@grafana/grafana-foundation-sdk/common';
import { MappingType, type ValueMapping } from '@grafana/grafana-foundation-sdk/dashboard';
import { PanelBuilder as StatBuilder } from '@grafana/grafana-foundation-sdk/stat';
import { PanelBuilder as TimelineBuilder } from '@grafana/grafana-foundation-sdk/statetimeline';
import { dress, graph, lastValue, ownLimits, stacked } from '../panel.ts';
import type { Query } from '../query.ts';

/** What a person is asked for, or called to (docs/remediation.md has the way of an action). */
const ASKED = 'suggested|waiting';
const CALLED = 'escalated|failed|interrupted';
const AT_WORK = 'approved|running|settling|rollback_due|rolling_back';
const OPEN = `proposed|${ASKED}|${AT_WORK}`;

export const actionsRow = () => [needsSomebody(), killSwitch(), inbox(), openActions(), ended()];

function needsSomebody() {
  return dress(new StatBuilder(), {
    title: 'Actions now',
    description:
      'Actions that wait for an approval or for a person to do them ("guard actions" lists them), that are at work or being proved, and how many ended in a call for a person, all time.',
    unit: 'short',
    queries: [
      count('Asked', 'wait for a person', ASKED),
      count('Work', 'at work', AT_WORK),
      count('Called', 'needed a person', CALLED),
    ],
    width: 8,
    height: 7,
  })
    .reduceOptions(lastValue())
    .colorMode(BigValueColorMode.Background)
    .graphMode(BigValueGraphMode.None)
    .textMode(BigValueTextMode.ValueAndName)
    .decimals(0)
    .noValue('The analyzer does not answer')
    .overrideByName('wait for a person', [ownLimits({ warnAt: 1 })])
    .overrideByName('needed a person', [ownLimits({ warnAt: 1 })]);
}

function count(name: string, legend: string, states: string): Query {
  return { name, legend, shape: 'now', expr: `sum(guard_actions{state=~"${states}"})` };
}

function killSwitch() {
  return dress(new TimelineBuilder(), {
    title: 'Kill switch',
    description:
      'While it is set ("guard pause"), no action starts; what runs goes on to its end. It stays set over a restart, until "guard resume".',
    unit: 'short',
    queries: [{ name: 'Paused', legend: '{{instance}}', expr: 'guard_actions_paused' }],
    width: 8,
    height: 7,
  }).mappings(PAUSED);
}

const PAUSED: ValueMapping[] = [
  {
    type: MappingType.ValueToText,
    options: {
      '0': { text: 'actions may start', color: 'green', index: 0 },
      '1': { text: 'paused', color: 'orange', index: 1 },
    },
  },
];

function inbox() {
  return graph({
    title: 'Alerts that wait to be handled',
    description:
      'Alerts that are stored and not looked at yet. It should be 0 but for moments; a line that stays up means that no action is proposed in time.',
    unit: 'short',
    queries: [{ name: 'Alerts', legend: '{{instance}}', expr: 'guard_alerts_waiting' }],
    warnAt: 10,
    alarmAt: 100,
    width: 8,
    height: 7,
  });
}

function openActions() {
  return stacked({
    title: 'Open actions by state',
    description:
      'Actions that are not over: proposed, suggested to or waiting for a person, running, settling (is it better now?), or being rolled back because it got worse.',
    unit: 'short',
    queries: [
      {
        name: 'Open',
        legend: '{{state}}',
        expr: `sum by (state) (guard_actions{state=~"${OPEN}"})`,
      },
    ],
    width: 12,
  });
}

function ended() {
  return graph({
    title: 'How actions ended',
    description:
      'Actions that are over, all time, by their end: proved, rolled back because it got worse, denied, expired because nobody approved in time, cancelled because the alert was over, refused by the dry run or its limits, failed, interrupted, escalated to a person.',
    unit: 'short',
    queries: [
      {
        name: 'Ended',
        legend: '{{state}}',
        expr: `sum by (state) (guard_actions{state!~"${OPEN}"})`,
      },
    ],
    width: 12,
  });
}
