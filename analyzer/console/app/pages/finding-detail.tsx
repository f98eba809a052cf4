// One finding in full: why, who waits, what changed, what to do, and where to read on.
import { useState } from 'react';
import type { ActionsAnswer, Finding } from '../data/answers.ts';
import { isAbout } from '../data/findings.ts';
import { dashboardUrl, runbookUrl, useLinks } from '../data/links.ts';
import { linkTo } from '../data/location.ts';
import { useResource } from '../data/resource.ts';
import { durationText, hostOf, percentText, subjectOf, titleOf } from '../data/text.ts';
import { Claims, Promql } from '../parts/promql.tsx';
import { Ago, Badge, Meter, Section } from '../parts/words.tsx';
import { ACTION_TONES } from './action-states.ts';
import { SuggestionList } from './suggestions.tsx';
import { TicketButtons } from './tickets.tsx';

const MAX_CORRELATED = 5;

export function FindingDetail({ finding }: { finding: Finding }) {
  const { evidence, victims = [], changes = [], suggestions, untold = [] } = finding;
  return (
    <article className="detail">
      <Head finding={finding} />
      <Section title="Why">
        <Claims claims={evidence} />
      </Section>
      {victims.length > 0 && (
        <Section title="Who waits because of it">
          <Claims claims={victims} />
        </Section>
      )}
      {suggestions.length > 0 && (
        <Section title="What to do, best first">
          <SuggestionList finding={finding} />
        </Section>
      )}
      <Proposals finding={finding} />
      {changes.length > 0 && (
        <Section title="What changed shortly before">
          <Claims claims={changes} />
        </Section>
      )}
      <Hints finding={finding} />
      <Correlated finding={finding} />
      {untold.length > 0 && (
        <Section title="What could not be told">
          <ul className="plain">
            {untold.map((text) => (
              <li key={text}>{text}</li>
            ))}
          </ul>
        </Section>
      )}
    </article>
  );
}

function Head({ finding }: { finding: Finding }) {
  const { kind, subject, severity, state, score, confidence, since, learned } = finding;
  const links = useLinks();
  const runbook = runbookUrl(links, kind);
  const dashboard = dashboardUrl(links, subject);
  const tone = state === 'resolved' ? 'quiet' : severity;
  return (
    <header className="detail-head">
      <h2>
        {titleOf(kind)} <Badge tone={tone}>{severity}</Badge>{' '}
        <Badge tone={state === 'firing' ? tone : 'quiet'}>{state}</Badge>
      </h2>
      <dl className="facts">
        <Fact name={subject.group === undefined ? 'Subject' : 'Blamed group'}>
          <strong>{subjectOf(subject)}</strong>
        </Fact>
        <Fact name="Host">{hostOf(subject)}</Fact>
        <Fact name="Score">
          <Meter ratio={score} tone={tone} label="Score" /> {score.toFixed(2)}
        </Fact>
        <Fact name="Confidence">{percentText(confidence)}</Fact>
        <Fact name="Since">
          <Ago time={since} />
        </Fact>
        {learned !== undefined && (
          <Fact name="Learned classifier">
            {titleOf(learned.kind)}, {percentText(learned.probability)}
          </Fact>
        )}
      </dl>
      <p className="links">
        {runbook !== undefined && (
          <a href={runbook} target="_blank" rel="noreferrer">
            Runbook
          </a>
        )}
        {dashboard !== undefined && (
          <a href={dashboard} target="_blank" rel="noreferrer">
            Dashboard
          </a>
        )}
        {subject.instance !== undefined && (
          <a href={linkTo('forecasts', { search: subject.group ?? subject.instance })}>Forecasts</a>
        )}
        <LinkCopy />
      </p>
      <TicketButtons finding={finding} />
    </header>
  );
}

export function Fact({ name, children }: { name: string; children: React.ReactNode }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd>{children}</dd>
    </div>
  );
}

function LinkCopy() {
  const [told, setTold] = useState('Copy link');
  const copy = () => {
    const copied =
      navigator.clipboard?.writeText(window.location.href) ?? Promise.reject(new Error('none'));
    copied.then(
      () => setTold('Link copied'),
      () => setTold('Copy it from the address bar'),
    );
  };
  return (
    <button type="button" className="link" onClick={copy}>
      <span aria-live="polite">{told}</span>
    </button>
  );
}

/** Actions that playbooks propose for this very finding. */
function Proposals({ finding }: { finding: Finding }) {
  const { data } = useResource<ActionsAnswer>('/api/v1/actions', 'actions');
  const own = (data?.actions ?? []).filter((action) => isAbout(action, finding)).slice(0, 5);
  if (own.length === 0) return null;
  return (
    <Section title="Actions">
      <ul className="plain">
        {own.map(({ id, playbook, state, updated }) => (
          <li key={id}>
            <a href={linkTo('actions', { action: id })}>{titleOf(playbook)}</a>{' '}
            <Badge tone={ACTION_TONES[state]}>{titleOf(state)}</Badge> <Ago time={updated} />
          </li>
        ))}
      </ul>
    </Section>
  );
}

function Hints({ finding: { hints = [] } }: { finding: Finding }) {
  if (hints.length === 0) return null;
  return (
    <Section title="Looked at while it is open">
      <ul className="claims">
        {hints.map(({ about, text, promql, source, shownBy }) => (
          <li key={`${about} ${text}`}>
            <span>
              {text} <span className="quiet-text">({source})</span>
            </span>
            {promql !== '' && <Promql promql={promql} about={text} />}
            {shownBy !== undefined && <code>{shownBy}</code>}
          </li>
        ))}
      </ul>
    </Section>
  );
}

function Correlated({ finding: { correlated = [] } }: { finding: Finding }) {
  if (correlated.length === 0) return null;
  return (
    <Section title="Moves with it">
      <table>
        <thead>
          <tr>
            <th scope="col">Series</th>
            <th scope="col">Correlation</th>
            <th scope="col">When</th>
          </tr>
        </thead>
        <tbody>
          {correlated
            .slice(0, MAX_CORRELATED)
            .map(({ signal, subject, coefficient, lagSeconds }) => (
              <tr key={`${signal} ${JSON.stringify(subject)}`}>
                <td>
                  {titleOf(signal)}, {subjectOf(subject)}
                </td>
                <td>{coefficient.toFixed(2)}</td>
                <td>{lagText(lagSeconds)}</td>
              </tr>
            ))}
        </tbody>
      </table>
    </Section>
  );
}

function lagText(seconds: number): string {
  if (Math.abs(seconds) < 1) return 'at the same time';
  return `${durationText(Math.abs(seconds))} ${seconds > 0 ? 'later' : 'before'}`;
}
