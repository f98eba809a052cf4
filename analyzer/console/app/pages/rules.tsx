// Alerting rules and their thresholds: how often others would have fired, and saving them.

import { useMemo } from 'react';
import type { Rule, RulesAnswer } from '../data/answers.ts';
import { useChoice } from '../data/location.ts';
import { useResource } from '../data/resource.ts';
import { countText, titleOf } from '../data/text.ts';
import { SearchField } from '../parts/search-field.tsx';
import { VirtualList } from '../parts/virtual-list.tsx';
import { Empty, Loading, Problem } from '../parts/words.tsx';
import { RuleDetail } from './rule-detail.tsx';

const ROW_HEIGHT = 58;

export function RulesPage() {
  const { data, problem, isLoading, reload } = useResource<RulesAnswer>('/api/v1/rules', 'actions');
  return (
    <>
      <h1>What raises an alert</h1>
      <p className="lead">
        Try other thresholds on the past before they are in force. What the diagnosis finds by
        itself is on <a href="#/now">Now</a>; here are the rules that Prometheus evaluates.
      </p>
      <Problem error={problem} />
      {isLoading && <Loading />}
      {data !== undefined && <Rules answer={data} onSaved={reload} />}
    </>
  );
}

function Rules({ answer, onSaved }: { answer: RulesAnswer; onSaved: () => void }) {
  const [search, setSearch] = useChoice('search');
  const [chosen, choose] = useChoice('rule');
  const shown = useMemo(() => filterRules(answer.rules, search), [answer, search]);
  const current = answer.rules.find(({ alert }) => alert === chosen) ?? shown[0];
  return (
    <section aria-label="Rules" className="split">
      <div className="split-list">
        <div className="filters">
          <SearchField
            label="Search rules"
            placeholder="Search alert or threshold"
            value={search}
            onChange={setSearch}
          />
        </div>
        <p className="list-count" role="status">
          {countText(shown.length, 'rule')}
        </p>
        <VirtualList
          label="Alerting rules"
          items={shown}
          keyOf={keyOf}
          selected={current?.alert}
          onSelect={choose}
          rowHeight={ROW_HEIGHT}
          renderRow={renderRule}
        />
      </div>
      <div className="split-detail">
        {current === undefined ? (
          <Empty title="No rule matches" />
        ) : (
          <RuleDetail key={current.alert} rule={current} answer={answer} onSaved={onSaved} />
        )}
      </div>
    </section>
  );
}

function filterRules(rules: readonly Rule[], text: string): readonly Rule[] {
  const words = text.toLowerCase().split(/\s+/).filter(Boolean);
  return rules.filter(({ alert, threshold, kind }) => {
    const all = `${alert} ${threshold} ${titleOf(threshold)} ${kind}`.toLowerCase();
    return words.every((word) => all.includes(word));
  });
}

const keyOf = ({ alert }: Rule) => alert;

function renderRule({ alert, severities }: Rule) {
  const worst = severities.at(-1)?.severity ?? 'info';
  return (
    <div className={`row ${worst}`}>
      <strong className="cut">{alert}</strong>
      <span className="row-place cut">
        {severities
          .map(({ severity, limit, hold }) => `${severity} ${limit} for ${hold}`)
          .join(', ')}
      </span>
    </div>
  );
}
