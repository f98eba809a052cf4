// What was done about findings, whether it helped, and how right the analyzer was in the eyes of operators.
import type { Dashboard } from '@grafana/grafana-foundation-sdk/dashboard';
import { page } from './page.ts';
import { actionsRow } from './rows/actions.ts';
import { feedbackRow } from './rows/feedback.ts';
import { outcomesRow } from './rows/outcomes.ts';
import { alertMarks, findingMarks } from './variables.ts';

/** Latency Guard / Remediation and feedback. */
export function remediation(): Dashboard {
  return page({
    name: 'remediation',
    title: 'Remediation and feedback',
    description:
      'Which actions are proposed, approved and running, whether they helped by the same figures that raised them, and how right the analyzer was by the labels of operators.',
    time: { from: 'now-24h', to: 'now' },
    refresh: '30s',
    annotations: [findingMarks(), alertMarks('instance=~"$instance"')],
    rows: {
      'What is being done': actionsRow,
      'Did it help': outcomesRow,
      'Was the analyzer right': feedbackRow,
    },
  });
}
