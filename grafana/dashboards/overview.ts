// The overview: one page that a newcomer reads from top to bottom, from the verdict down to whether to believe it.
import type { Builder } from '@grafana/grafana-foundation-sdk/cog';
import {
  type Dashboard,
  DashboardBuilder,
  DashboardCursorSync,
  DashboardLinkBuilder,
  DashboardLinkType,
  type Panel,
  RowBuilder,
} from '@grafana/grafana-foundation-sdk/dashboard';
import { disksRow } from './rows/disks.ts';
import { groupsRow } from './rows/groups.ts';
import { networkRow } from './rows/network.ts';
import { outlookRow } from './rows/outlook.ts';
import { trustRow } from './rows/trust.ts';
import { verdictRow } from './rows/verdict.ts';
import { annotations, variables } from './variables.ts';

const TAG = 'latency-guard';

const ROWS: Readonly<Record<string, () => Builder<Panel>[]>> = {
  'What is wrong, what to do, what comes next': verdictRow,
  'How full the host is, and where it is heading': outlookRow,
  'Which process group': groupsRow,
  Disks: disksRow,
  Network: networkRow,
  'Can this page be believed': trustRow,
};

/** Latency Guard / Overview. */
export function overview(): Dashboard {
  const builder = new DashboardBuilder('Latency Guard / Overview')
    .uid('guard-overview')
    .description(
      'Which process on which host is the bottleneck, why, what to do about it, and when a resource runs out.',
    )
    .tags([TAG])
    .time({ from: 'now-30m', to: 'now' })
    .refresh('5s')
    .tooltip(DashboardCursorSync.Crosshair)
    .variables(variables())
    .annotations(annotations())
    .link(
      new DashboardLinkBuilder('Latency Guard')
        .type(DashboardLinkType.Dashboards)
        .tags([TAG])
        .asDropdown(true)
        .includeVars(true)
        .keepTime(true),
    );
  for (const [title, panels] of Object.entries(ROWS)) {
    builder.withRow(new RowBuilder(title));
    for (const panel of panels()) builder.withPanel(panel);
  }
  return builder.build();
}
