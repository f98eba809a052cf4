// Where the analyzer's configuration says that runbooks, dashboards and Prometheus are.
import { createContext, useContext } from 'react';
import type { Labels } from '../../../series/labels.ts';
import type { LinksAnswer } from './answers.ts';

export const LinksContext = createContext<LinksAnswer>({
  runbooks: '',
  prometheus: null,
  grafana: null,
});

export function useLinks(): LinksAnswer {
  return useContext(LinksContext);
}

/** The group's dashboard, else the host's; undefined where no Grafana is configured. */
export function dashboardUrl({ grafana }: LinksAnswer, labels: Labels): string | undefined {
  if (grafana === null || labels.instance === undefined) return undefined;
  const search = new URLSearchParams({ 'var-instance': labels.instance });
  if (labels.job !== undefined) search.set('var-job', labels.job);
  if (labels.group !== undefined) search.set('var-group', labels.group);
  const uid = labels.group === undefined ? 'guard-host' : 'guard-group';
  return `${grafana.replace(/\/+$/, '')}/d/${uid}?${search}`;
}

export function runbookUrl({ runbooks }: LinksAnswer, kind: string): string | undefined {
  return runbooks === '' ? undefined : `${runbooks.replace(/\/+$/, '')}/${kind}.md`;
}
