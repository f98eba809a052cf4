// How right the analyzer was: anomalies by the labels of operators, and rules beside what was learned from labels.
import { runbookClick } from '../links.ts';
import { graph, property, table } from '../panel.ts';
import { GROUP, type Query } from '../query.ts';
import { groupClick, hostClick, scoreGauge } from '../shared/findings.ts';

const NO_LABEL =
  'nobody has labelled an anomaly yet (docs/anomalies.md tells how to say that one was real or noise)';
const LABELS = 'guard_anomaly_labels';

export const feedbackRow = () => [byLabels(), rightness(), learnt()];

function byLabels() {
  return table({
    title: 'Anomalies by the labels of operators',
    description:
      'For each labelled signal: which share of its labelled alarms was real (precision), of which share of the labelled real events an alarm told (recall), both as one figure (F1), how long the alarm took, and on how many labels this rests. Few labels prove little.',
    unit: 'percentunit',
    emptyWhen: NO_LABEL,
    queries: [
      figure('Precision', 'precision_ratio'),
      figure('Recall', 'recall_ratio'),
      figure('F1', 'f1_ratio'),
      figure('Delay', 'time_to_detect_seconds'),
      labelsOf('real'),
      labelsOf('noise'),
      labelsOf('missed'),
    ],
    columns: {
      signal: 'Signal',
      'Value #Precision': 'Precision',
      'Value #Recall': 'Recall',
      'Value #F1': 'F1',
      'Value #Delay': 'Time to alarm',
      'Value #real': 'Real',
      'Value #noise': 'Noise',
      'Value #missed': 'Missed',
    },
    sortBy: { heading: 'Noise', descending: true },
    width: 14,
  })
    .overrideByName('Time to alarm', [property('unit', 's')])
    .overrideByRegexp('Real|Noise|Missed', [property('unit', 'short'), property('decimals', 0)]);
}

function figure(name: string, suffix: string): Query {
  return { name, expr: `max by (signal) (guard_anomaly_${suffix})` };
}

function labelsOf(verdict: string): Query {
  return { name: verdict, expr: `sum by (signal) (${LABELS}{verdict="${verdict}"})` };
}

function rightness() {
  return graph({
    title: 'Anomalies: precision and recall',
    description:
      'The same over time, for each labelled signal. A label of noise raises the threshold of its signal, so precision should rise; when recall falls with it, the signal is hard to tell.',
    unit: 'percentunit',
    emptyWhen: NO_LABEL,
    queries: [
      {
        name: 'Precision',
        legend: 'precision of {{signal}}',
        expr: 'avg by (signal) (guard_anomaly_precision_ratio)',
      },
      {
        name: 'Recall',
        legend: 'recall of {{signal}}',
        expr: 'avg by (signal) (guard_anomaly_recall_ratio)',
      },
    ],
    width: 10,
  });
}

function learnt() {
  const learned = `max by (kind, instance, group) (guard_finding_learned_ratio{${GROUP}})`;
  const rules = `max by (kind, instance, group) (guard_bottleneck_score{${GROUP}})`;
  return table({
    title: 'Open findings: rules beside the learned classifier',
    description:
      'What the rules give to each open finding, and what the classifier that learned from labelled faults gives to the same kind. Where both agree the finding is more certain; the classifier alone never raises one.',
    unit: 'short',
    emptyWhen: 'no finding is open, or no classifier has learned ("guard retrain")',
    queries: [
      { name: 'Rules', expr: `${rules} and on (kind, instance, group) ${learned}` },
      { name: 'Learned', expr: learned },
    ],
    columns: {
      kind: 'Kind',
      group: 'Group',
      instance: 'Host',
      'Value #Rules': 'Rules',
      'Value #Learned': 'Learned',
    },
    sortBy: { heading: 'Rules', descending: true },
    width: 24,
    height: 7,
  })
    .overrideByRegexp('Rules|Learned', scoreGauge())
    .overrideByName('Kind', [runbookClick()])
    .overrideByName('Group', [groupClick()])
    .overrideByName('Host', [hostClick()]);
}
