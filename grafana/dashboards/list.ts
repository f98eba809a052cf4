// Every dashboard of the product: one file, one line here, one committed JSON file that Grafana loads.
import type { Dashboard } from '@grafana/grafana-foundation-sdk/dashboard';
import { bottlenecks } from './bottlenecks.ts';
import { forecast } from './forecast.ts';
import { group } from './group.ts';
import { host } from './host.ts';
import { latency } from './latency.ts';
import { overview } from './overview.ts';
import { remediation } from './remediation.ts';
import { self } from './self.ts';

/** File name in `json/` to what builds its content. */
export const DASHBOARDS: Readonly<Record<string, () => Dashboard>> = {
  'overview.json': overview,
  'bottlenecks.json': bottlenecks,
  'host.json': host,
  'group.json': group,
  'forecast.json': forecast,
  'latency.json': latency,
  'remediation.json': remediation,
  'self.json': self,
};
