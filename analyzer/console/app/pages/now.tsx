// What is wrong now: ranked findings with their reasons, what runs out next, and what cannot be judged.

import { useEffect, useMemo, useRef } from 'react';
import type { Finding, StatusAnswer } from '../data/answers.ts';
import { useFindings } from '../data/context.ts';
import { filterFindings, findingKey, headlineOf } from '../data/findings.ts';
import { useChoice } from '../data/location.ts';
import { useResource } from '../data/resource.ts';
import { countText, placeOf, titleOf } from '../data/text.ts';
import { SearchField } from '../parts/search-field.tsx';
import { VirtualList } from '../parts/virtual-list.tsx';
import { Ago, Badge, Empty, Loading, Meter, Problem } from '../parts/words.tsx';
import { FindingDetail } from './finding-detail.tsx';
import { Runway } from './runway.tsx';
import { Unjudged } from './unjudged.tsx';

const ROW_HEIGHT = 74;

export function NowPage() {
  const { data, problem, isLoading } = useFindings();
  const status = useResource<StatusAnswer>('/api/v1/status', 'status').data;
  return (
    <>
      <h1>What is wrong now</h1>
      <StatusLine findings={data?.findings} status={status} />
      <Problem error={problem} />
      {isLoading && <Loading />}
      {data !== undefined && (
        <Findings findings={data.findings} isJudged={status?.state === 'ok'} />
      )}
      <Runway />
      <Unjudged />
    </>
  );
}

interface StatusLineProps {
  readonly findings: readonly Finding[] | undefined;
  readonly status: StatusAnswer | undefined;
}

/** One sentence; read out when it changes. */
function StatusLine({ findings = [], status }: StatusLineProps) {
  const firing = findings.filter(({ state }) => state === 'firing');
  const of = (severity: string) => firing.filter((one) => one.severity === severity).length;
  const parts = ['critical', 'warning', 'info'].flatMap((severity) =>
    of(severity) === 0 ? [] : [`${of(severity)} ${severity}`],
  );
  return (
    <p className="lead" role="status">
      {firing.length === 0 ? 'Nothing fires' : `${parts.join(', ')} firing`}
      {status !== undefined && `, of ${countText(status.groups, 'process group')} watched`}
      {status?.reason != null && <span className="reason">: {status.reason}</span>}
    </p>
  );
}

interface FindingsProps {
  readonly findings: readonly Finding[];
  /** Whether the last look could be judged at all. */
  readonly isJudged: boolean;
}

function Findings({ findings, isJudged }: FindingsProps) {
  const [chosen, choose] = useChoice('finding');
  const [text, setText] = useChoice('search');
  const [severity, setSeverity] = useChoice('severity');
  const [state, setState] = useChoice('state');
  const shown = useMemo(
    () => filterFindings(findings, { text, severity, state }),
    [findings, text, severity, state],
  );
  const current = useKept(shown, chosen);
  if (findings.length === 0)
    return (
      <Empty title={isJudged ? 'No bottleneck found' : 'Nothing can be told yet'}>
        <p>
          {isJudged
            ? 'Nothing that the rules look for is there now. It is looked at again with every cycle.'
            : 'The analyzer has to read its first samples, or cannot read any: see above.'}
        </p>
      </Empty>
    );
  return (
    <section aria-label="Findings" className="split">
      <div className="split-list">
        <div className="filters">
          <SearchField
            label="Search findings"
            placeholder="Search"
            value={text}
            onChange={setText}
          />
          <Choice label="Severity" value={severity} onChange={setSeverity} of={SEVERITIES} />
          <Choice label="State" value={state} onChange={setState} of={FINDING_STATES} />
        </div>
        <p className="list-count" role="status">
          {shown.length === findings.length
            ? countText(shown.length, 'finding')
            : `${shown.length} of ${countText(findings.length, 'finding')}`}
        </p>
        <VirtualList
          label="Findings, the most urgent first"
          items={shown}
          keyOf={findingKey}
          selected={current && findingKey(current)}
          onSelect={choose}
          rowHeight={ROW_HEIGHT}
          renderRow={renderFinding}
        />
      </div>
      <div className="split-detail">
        {current === undefined ? (
          <Empty title="No finding matches" />
        ) : (
          <FindingDetail key={findingKey(current)} finding={current} />
        )}
      </div>
    </section>
  );
}

/** What is being read stays, also when another one has become more urgent. */
function useKept(shown: readonly Finding[], chosen: string): Finding | undefined {
  const kept = useRef('');
  const find = (key: string) => shown.find((one) => findingKey(one) === key);
  const current = find(chosen) ?? find(kept.current) ?? shown[0];
  const key = current === undefined ? '' : findingKey(current);
  useEffect(() => {
    kept.current = key;
  }, [key]);
  return current;
}

const SEVERITIES = ['critical', 'warning', 'info'] as const;
const FINDING_STATES = ['firing', 'pending', 'resolved'] as const;

interface ChoiceProps {
  readonly label: string;
  readonly value: string;
  readonly onChange: (value: string) => void;
  readonly of: readonly string[];
}

export function Choice({ label, value, onChange, of }: ChoiceProps) {
  return (
    <select aria-label={label} value={value} onChange={({ target }) => onChange(target.value)}>
      <option value="">{label}</option>
      {of.map((name) => (
        <option key={name} value={name}>
          {titleOf(name)}
        </option>
      ))}
    </select>
  );
}

function renderFinding(finding: Finding) {
  const { kind, subject, severity, state, score, since, evidence } = finding;
  const tone = state === 'resolved' ? 'quiet' : severity;
  return (
    <div className={`row ${tone} ${state}`} title={headlineOf(finding)}>
      <span className="row-head">
        <Badge tone={tone}>{state === 'resolved' ? 'resolved' : severity}</Badge>
        <strong className="cut">{titleOf(kind)}</strong>
        <span className="row-score">
          <Meter ratio={score} tone={tone} label="Score" />
          <span className="unseen">score </span>
          {score.toFixed(2)}
        </span>
      </span>
      <span className="row-place cut">{placeOf(subject)}</span>
      <span className="row-foot">
        <span className="cut">{evidence[0]?.text}</span>
        <span className="row-when">
          {state === 'pending' && 'pending, '}
          <Ago time={since} />
        </span>
      </span>
    </div>
  );
}
