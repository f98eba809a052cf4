// The anomaly detectors' answers as metric families. Fresh per scrape, timestamps never.
import type { Labels, MetricFamily, Sample } from '../../exporter/promformat/family.ts';
import type { AnomalyReport, AnomalyScore, FeedbackScores, WarmUp } from '../series/anomaly.ts';
import { withOwnLabels } from './own-labels.ts';

export function toAnomalyFamilies(report: AnomalyReport): MetricFamily[] {
  const { scores, conditions, warmUp, feedback } = report;
  const open = scores.filter(({ isOpen }) => isOpen);
  return [
    gauge(
      'guard_anomaly_score',
      'How unusual a series is now: 0 as expected, 1 at the edge of what is usual, above 1 an anomaly.',
      scores.flatMap((one) => sample(one, one.score)),
    ),
    gauge(
      'guard_anomaly_expected',
      "What is usual for the series now: the middle and the bounds; the signal's own unit.",
      scores.flatMap(boundSamples),
    ),
    gauge(
      'guard_anomaly_actual',
      "The value that was judged: the mean of the last step; the signal's own unit.",
      scores
        .filter(({ detector }) => detector === 'fused')
        .flatMap((one) => sample(one, one.actual)),
    ),
    gauge(
      'guard_anomaly',
      'An anomaly that is open now; the value is always 1.',
      open.flatMap((one) => sample(one, 1)),
    ),
    gauge(
      'guard_anomaly_condition',
      'What is no question of rarity: a line that went flat, a gap, a counter that began again within the hour; the value is always 1.',
      conditions.flatMap(({ kind, labels, signal }) =>
        finite(withOwnLabels(labels, { signal, condition: kind }), 1),
      ),
    ),
    ...(warmUp === undefined ? [] : warmUpFamilies(warmUp)),
    ...feedbackFamilies(feedback),
  ];
}

function warmUpFamilies({ warm, warming, learning, lastAt, hosts, groups }: WarmUp) {
  const states = Object.entries({ warm, warming, learning });
  const models = Object.entries({ host: hosts, group: groups }).flatMap(([subject, counts]) =>
    Object.entries(counts).map(([state, value]) => ({ labels: { subject, state }, value })),
  );
  return [
    gauge(
      'guard_anomaly_series',
      'Watched series: warm ones have a score, warming ones too little history, learning ones wait for their past to be read.',
      states.map(([state, value]) => ({ labels: { state }, value })),
    ),
    gauge(
      'guard_anomaly_warm_timestamp_seconds',
      'Unix time at which the last of the series that warm up will have a score; absent when none does.',
      finite({}, lastAt),
    ),
    gauge(
      'guard_anomaly_models',
      'Hosts and process groups of which all series are judged together: those that are followed, and those that have a model.',
      models,
    ),
  ];
}

function feedbackFamilies(feedback: readonly FeedbackScores[]): MetricFamily[] {
  const of = (figure: (one: FeedbackScores) => number): Sample[] =>
    feedback.flatMap((one) => finite({ signal: one.signal }, figure(one)));
  return [
    gauge(
      'guard_anomaly_precision_ratio',
      "Share of a signal's labelled alarms that were real, by the operators' labels.",
      of(({ precision }) => precision),
    ),
    gauge(
      'guard_anomaly_recall_ratio',
      "Share of a signal's labelled real events of which an alarm told.",
      of(({ recall }) => recall),
    ),
    gauge(
      'guard_anomaly_f1_ratio',
      "Harmonic mean of precision and recall of a signal, by the operators' labels.",
      of(({ f1 }) => f1),
    ),
    gauge(
      'guard_anomaly_time_to_detect_seconds',
      'Median time from the beginning that a label names to the alarm.',
      of(({ timeToDetectSeconds }) => timeToDetectSeconds),
    ),
    gauge(
      'guard_anomaly_labels',
      'Labels that operators have given, by what they say of the alarm: real, noise, or missed for a real event without one.',
      feedback.flatMap(({ signal, real, noise, missed }) =>
        Object.entries({ real, noise, missed }).map(([verdict, value]) => ({
          labels: { signal, verdict },
          value,
        })),
      ),
    ),
  ];
}

function boundSamples(one: AnomalyScore): Sample[] {
  const { lower, expected: middle, upper } = one;
  return Object.entries({ lower, middle, upper }).flatMap(([bound, value]) =>
    sample(one, value, { bound }),
  );
}

function sample({ labels, signal, detector }: AnomalyScore, value: number, more: Labels = {}) {
  return finite(withOwnLabels(labels, { signal, detector, ...more }), value);
}

/** What is not known has no sample. */
function finite(labels: Labels, value: number): Sample[] {
  return Number.isFinite(value) ? [{ labels, value }] : [];
}

function gauge(name: string, help: string, samples: readonly Sample[]): MetricFamily {
  return { name, help, type: 'gauge', samples };
}
