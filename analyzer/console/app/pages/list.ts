// The pages in the order of the navigation: one page = its file and one line here.
import type { ComponentType } from 'react';
import { ActionsPage } from './actions.tsx';
import { AnomaliesPage } from './anomalies.tsx';
import { ForecastsPage } from './forecasts.tsx';
import { NowPage } from './now.tsx';
import { RulesPage } from './rules.tsx';

export interface Page {
  /** The first part of the address. */
  readonly name: string;
  readonly title: string;
  readonly Content: ComponentType;
}

export const PAGES: readonly [Page, ...Page[]] = [
  { name: 'now', title: 'Now', Content: NowPage },
  { name: 'forecasts', title: 'Forecasts', Content: ForecastsPage },
  { name: 'anomalies', title: 'Anomalies', Content: AnomaliesPage },
  { name: 'actions', title: 'Actions', Content: ActionsPage },
  { name: 'rules', title: 'Rules', Content: RulesPage },
];
