// What the dashboards have in common above the panels: the choice of data source, hosts and groups, and the event markers.
import {
  AnnotationQueryBuilder,
  DatasourceVariableBuilder,
  QueryVariableBuilder,
  VariableRefresh,
  VariableSort,
} from '@grafana/grafana-foundation-sdk/dashboard';
import { DATASOURCE, GROUP, HOST } from './query.ts';

/** Data source, job, host and group, each narrowing the next. */
export function variables(): [DatasourceVariableBuilder, ...QueryVariableBuilder[]] {
  return [
    new DatasourceVariableBuilder('datasource').label('Prometheus').type('prometheus'),
    choice('job', 'Job', 'label_values(guard_boot_time_seconds, job)'),
    choice('instance', 'Host', 'label_values(guard_boot_time_seconds{job=~"$job"}, instance)'),
    choice(
      'group',
      'Process group',
      `label_values(guard_process_processes{${HOST}}, group)`,
      // Findings about a whole host have no group, and hundreds of names make a query too long.
    ).allValue('.*'),
  ];
}

/** Marks on every graph: when a finding fired, and when an alert of our rules did. */
export function annotations(): AnnotationQueryBuilder[] {
  return [
    mark('Findings', `guard_finding{state="firing",${GROUP}}`)
      .iconColor('red')
      .titleFormat('{{kind}}: {{group}}')
      .textFormat('{{instance}}, {{severity}}')
      .tagKeys('severity'),
    mark('Alerts', 'ALERTS{alertstate="firing",alertname=~"Guard.*"}')
      .iconColor('orange')
      .titleFormat('{{alertname}}')
      .textFormat('{{instance}} {{group}}')
      .tagKeys('severity'),
  ];
}

function choice(name: string, label: string, query: string): QueryVariableBuilder {
  return new QueryVariableBuilder(name)
    .label(label)
    .datasource(DATASOURCE)
    .query(query)
    .definition(query)
    .multi(true)
    .includeAll(true)
    .current({ selected: true, text: ['All'], value: ['$__all'] })
    .refresh(VariableRefresh.OnTimeRangeChanged)
    .sort(VariableSort.AlphabeticalCaseInsensitiveAsc);
}

function mark(name: string, expr: string): AnnotationQueryBuilder {
  return new AnnotationQueryBuilder()
    .name(name)
    .datasource(DATASOURCE)
    .enable(true)
    .expr(expr)
    .step('15s');
}
