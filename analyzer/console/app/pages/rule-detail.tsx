// One alerting rule: its numbers to change, what they would have done in the past, and how they come into force.
import { type FormEvent, useState } from 'react';
import type { PreviewAnswer, Rule, RulesAnswer, SavedRule } from '../data/answers.ts';
import { useLive, useViewer } from '../data/context.ts';
import { titleOf } from '../data/text.ts';
import { ReasonDialog } from '../parts/dialog.tsx';
import { Promql } from '../parts/promql.tsx';
import { Badge, Problem, Section } from '../parts/words.tsx';
import { PreviewTable } from './rule-preview.tsx';

const DAY = 86_400;
const PASTS = { '1': 'the last day', '7': 'the last week', '30': 'the last 30 days' } as const;
const WIDE_CHARS = 12;

export interface RuleDetailProps {
  readonly rule: Rule;
  readonly answer: RulesAnswer;
  readonly onSaved: () => void;
}

type Numbers = Readonly<Record<string, string>>;

export function RuleDetail({ rule, answer, onSaved }: RuleDetailProps) {
  const own = numbersOf(rule);
  const [typed, setTyped] = useState<Numbers>({});
  const [days, setDays] = useState<keyof typeof PASTS>('7');
  const [preview, setPreview] = useState<PreviewAnswer>();
  const [problem, setProblem] = useState<Error>();
  const [isAsking, setAsking] = useState(false);
  const { me, send } = useViewer();
  const changes = changesOf(own, typed);
  const mayPreview = me?.csrfToken != null;

  const ask = (event: FormEvent) => {
    event.preventDefault();
    setAsking(true);
    setProblem(undefined);
    send<PreviewAnswer>(`/api/v1/rules/${rule.alert}/preview`, {
      changes,
      over: Number(days) * DAY,
    })
      .then(setPreview, setProblem)
      .finally(() => setAsking(false));
  };
  const type = (name: string, value: string) => {
    setTyped({ ...typed, [name]: value });
    setPreview(undefined);
  };
  return (
    <article className="detail">
      <Head rule={rule} />
      <form onSubmit={ask}>
        <Section title="Thresholds">
          <Inputs own={own} typed={typed} onType={type} />
          {rule.overrides > 0 && (
            <p className="quiet-text">
              {rule.overrides} exceptions for some series stay as they are: they are edited in the
              file.
            </p>
          )}
          <div className="numbers">
            <label>
              Try it on
              <select
                value={days}
                onChange={({ target }) => setDays(target.value as keyof typeof PASTS)}
              >
                {Object.entries(PASTS).map(([value, title]) => (
                  <option key={value} value={value}>
                    {title}
                  </option>
                ))}
              </select>
            </label>
            <button type="submit" className="primary" disabled={isAsking || !mayPreview}>
              {isAsking ? 'Looking …' : 'Preview'}
            </button>
          </div>
          {!mayPreview && <p className="note">Who is logged in may try thresholds on the past.</p>}
        </Section>
      </form>
      <Problem error={problem} />
      <Save {...{ rule, answer, changes, preview }} onSaved={onSaved} />
      {preview !== undefined && (
        <Section title={`What would have fired in ${PASTS[days]}`}>
          <PreviewTable preview={preview} />
        </Section>
      )}
      {preview !== undefined && answer.notSavable !== null && Object.keys(changes).length > 0 && (
        <Section title="To paste into thresholds.yml">
          <p className="quiet-text">{answer.notSavable}.</p>
          <pre className="paste">{preview.yaml}</pre>
        </Section>
      )}
    </article>
  );
}

function Head({ rule: { alert, why, severities } }: { rule: Rule }) {
  return (
    <header className="detail-head">
      <h2>{alert}</h2>
      {why !== null && <p>{why}</p>}
      <ul className="plain">
        {severities.map(({ severity, limit, hold, expr }) => (
          <li key={severity}>
            <Badge tone={severity}>{severity}</Badge> {limit} for {hold}
            <Promql promql={expr} about={`${alert} ${severity}`} />
          </li>
        ))}
      </ul>
    </header>
  );
}

/** By the names that the API takes. */
function numbersOf({ severities, parameters }: Rule): Numbers {
  const levels = severities.flatMap(({ severity, limit, hold }) => [
    [severity, limit],
    [`${severity}.hold`, hold],
  ]);
  return { ...Object.fromEntries(levels), ...parameters };
}

function changesOf(own: Numbers, typed: Numbers): Numbers {
  const changed = Object.entries(typed)
    .map(([name, value]) => [name, value.trim()] as const)
    .filter(([name, value]) => value !== '' && value !== own[name]);
  return Object.fromEntries(changed);
}

interface InputsProps {
  readonly own: Numbers;
  readonly typed: Numbers;
  readonly onType: (name: string, value: string) => void;
}

function Inputs({ own, typed, onType }: InputsProps) {
  return (
    <div className="numbers">
      {Object.entries(own).map(([name, value]) => (
        <label key={name}>
          {labelOf(name)}
          <input
            value={typed[name] ?? value}
            className={value.length > WIDE_CHARS ? 'wide' : undefined}
            spellCheck={false}
            onChange={({ target }) => onType(name, target.value)}
          />
        </label>
      ))}
    </div>
  );
}

function labelOf(name: string): string {
  const [severity = '', hold] = name.split('.');
  return hold === undefined ? titleOf(severity) : `${titleOf(severity)} for at least`;
}

interface SaveProps extends RuleDetailProps {
  readonly changes: Numbers;
  readonly preview: PreviewAnswer | undefined;
}

const RELOADS: Readonly<Record<SavedRule['reload'], string>> = {
  reloaded: 'Saved, and Prometheus has loaded it.',
  not_enabled:
    'Saved. Prometheus has to be told to reload: it runs without --web.enable-lifecycle.',
  not_asked: 'Saved. No rules.alerts_file is configured: make the rule file from the thresholds.',
  no_answer: 'Saved. Prometheus did not answer: tell it to reload.',
};

/** Only what was tried on the past may be saved. */
function Save({ rule, answer, changes, preview, onSaved }: SaveProps) {
  const [isAsked, setAsked] = useState(false);
  const [told, setTold] = useState('');
  const { mayAdminister, send } = useViewer();
  const { touch } = useLive();
  if (!mayAdminister || answer.notSavable !== null) return null;
  const isNothing = Object.keys(changes).length === 0;
  return (
    <div className="decision">
      <button
        type="button"
        disabled={isNothing || preview === undefined}
        title={preview === undefined ? 'Preview it first' : undefined}
        onClick={() => setAsked(true)}
      >
        Save …
      </button>
      <span role="status">{told}</span>
      {isAsked && preview !== undefined && (
        <ReasonDialog
          title={`Change ${rule.alert}`}
          confirm="Save"
          onClose={() => setAsked(false)}
          onConfirm={async (reason) => {
            const saved = await send<SavedRule>(`/api/v1/rules/${rule.alert}`, { changes, reason });
            setTold(saved === undefined ? 'Saved.' : RELOADS[saved.reload]);
            touch('actions');
            onSaved();
          }}
        >
          <PreviewTable preview={preview} isShort />
          <p className="quiet-text">Written to {answer.thresholdsFile}</p>
        </ReasonDialog>
      )}
    </div>
  );
}
