// Every dashboard of the product: one file, one line here, one committed JSON file that Grafana loads.
import type { Dashboard } from '@grafana/grafana-foundation-sdk/dashboard';
import { overview } from './overview.ts';

/** File name in `json/` to what builds its content. */
export const DASHBOARDS: Readonly<Record<string, () => Dashboard>> = {
  'overview.json': overview,
};
