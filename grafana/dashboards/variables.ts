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

/** Marks on every graph when a finding fired. */
export function findingMarks(): AnnotationQueryBuilder {
  return mark('Findings', `guard_finding{state="firing",${GROUP}}`)
    .iconColor('red')
    .titleFormat('{{kind}}: {{group}}')
    .textFormat('{{instance}}, {{severity}}')
    .tagKeys('severity');
}

/** Marks when an alert of our rules fired; `which` narrows them to the hosts of the page. */
export function alertMarks(which?: string): AnnotationQueryBuilder {
  const chosen = which === undefined ? '' : `,${which}`;
  return mark('Alerts', `ALERTS{alertstate="firing",alertname=~"Guard.*"${chosen}}`)
    .iconColor('orange')
    .titleFormat('{{alertname}}')
    .textFormat('{{instance}} {{group}}')
    .tagKeys('severity');
}

/** Marks while an anomaly is open: a score may stay high when what is unusual has become how things are. */
export function anomalyMarks(which: string): AnnotationQueryBuilder {
  const open = `max by (signal, instance, group) (guard_anomaly{${which}})`;
  return mark('Anomalies', open)
    .iconColor('purple')
    .titleFormat('Unusual: {{signal}}')
    .textFormat('{{instance}} {{group}}')
    .tagKeys('signal');
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

/** A choice of exactly one value, such as the signal of a forecast. */
export function singleChoice(name: string, label: string, query: string): QueryVariableBuilder {
  return new QueryVariableBuilder(name)
    .label(label)
    .datasource(DATASOURCE)
    .query(query)
    .definition(query)
    .multi(false)
    .includeAll(false)
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
