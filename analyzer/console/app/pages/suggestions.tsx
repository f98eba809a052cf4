// What may help against a finding: the reason, what it is expected to change, what it costs, what people said of it and may say.
import { useState } from 'react';
import type { Finding } from '../data/answers.ts';
import { useLive, useViewer } from '../data/context.ts';
import { percentText } from '../data/text.ts';
import { ReasonDialog } from '../parts/dialog.tsx';
import { Problem } from '../parts/words.tsx';

type Suggestion = Finding['suggestions'][number];

export function SuggestionList({ finding }: { finding: Finding }) {
  return (
    <ol className="suggestions">
      {finding.suggestions.map((suggestion) => (
        <li key={suggestion.id}>
          <p className="suggestion-text">{suggestion.text}</p>
          <p className="quiet-text">{suggestion.reason}</p>
          <Facts suggestion={suggestion} />
          <Words finding={finding} suggestion={suggestion} />
        </li>
      ))}
    </ol>
  );
}

function Facts({ suggestion }: { suggestion: Suggestion }) {
  const { effect, effort, confidence, cost, record } = suggestion;
  const sure = record?.mean ?? confidence;
  return (
    <ul className="tags">
      {effect !== undefined && <li>Effect: {effect}</li>}
      {effort !== undefined && <li>Takes {effort}</li>}
      {sure !== undefined && <li>{percentText(sure)} sure</li>}
      {cost !== undefined && <li>Cost: {cost}</li>}
      {record !== undefined && <li>So far: {recordText(record)}</li>}
    </ul>
  );
}

function recordText(record: NonNullable<Suggestion['record']>): string {
  const said = [
    ['accepted', record.accepted],
    ['rejected', record.rejected],
    ['helpful', record.helpful],
    ['not helpful', record.notHelpful],
    ['proved to improve', record.improved],
    ['proved without effect', record.noEffect],
    ['proved to be worse', record.worse],
  ] as const;
  return said
    .filter(([, count]) => count > 0)
    .map(([what, count]) => `${count} ${what}`)
    .join(', ');
}

const VERDICTS = {
  accept: 'Accept',
  reject: 'Reject …',
  helpful: 'Helpful',
  not_helpful: 'Not helpful',
} as const;
type Verdict = keyof typeof VERDICTS;

/** What is said here moves the suggestion up or down wherever this kind of bottleneck is found. */
function Words({ finding, suggestion }: { finding: Finding; suggestion: Suggestion }) {
  const [isAsked, setAsked] = useState(false);
  const [told, setTold] = useState('');
  const [problem, setProblem] = useState<Error>();
  const { mayOperate, send } = useViewer();
  const { touch } = useLive();
  if (!mayOperate) return null;
  const say = async (verdict: Verdict, reason = '') => {
    setProblem(undefined);
    const path = `/api/v1/findings/${encodeURIComponent(finding.id)}/suggestions/${encodeURIComponent(suggestion.id)}`;
    await send(path, { verdict, reason });
    setTold(`Noted: ${VERDICTS[verdict].replace(' …', '').toLowerCase()}.`);
    touch('findings');
  };
  return (
    <fieldset className="feedback">
      <legend className="unseen">What do you say of: {suggestion.text}</legend>
      {(Object.keys(VERDICTS) as Verdict[]).map((verdict) => (
        <button
          key={verdict}
          type="button"
          onClick={() => {
            if (verdict === 'reject') setAsked(true);
            else say(verdict).catch(setProblem);
          }}
        >
          {VERDICTS[verdict]}
        </button>
      ))}
      <span role="status">{told}</span>
      <Problem error={problem} />
      {isAsked && (
        <ReasonDialog
          title="Why is it not for this case?"
          confirm="Reject"
          onClose={() => setAsked(false)}
          onConfirm={(reason) => say('reject', reason)}
        >
          <p>{suggestion.text}</p>
        </ReasonDialog>
      )}
    </fieldset>
  );
}
