// One action: what it would do and did, who decides, how far it is, and whether it helped.
import { useState } from 'react';
import type { ActionRecord, AuditAnswer, Playbook, PlaybooksAnswer } from '../data/answers.ts';
import { useLive, useViewer } from '../data/context.ts';
import { linkTo } from '../data/location.ts';
import { useResource } from '../data/resource.ts';
import { numberText, titleOf } from '../data/text.ts';
import { ReasonDialog } from '../parts/dialog.tsx';
import { Diff } from '../parts/diff.tsx';
import { Promql } from '../parts/promql.tsx';
import { Ago, Badge, Section } from '../parts/words.tsx';
import { ACTION_TONES, VERDICT_TONES } from './action-states.ts';
import { AuditTable } from './audit.tsx';
import { Fact } from './finding-detail.tsx';

const MAX_AUDIT = 1_000;

export function ActionDetail({ action }: { action: ActionRecord }) {
  const { id, steps, command, rollback, dryRun, output, state } = action;
  const playbooks = useResource<PlaybooksAnswer>('/api/v1/playbooks').data?.playbooks;
  const playbook = playbooks?.find(({ name }) => name === action.playbook);
  return (
    <article className="detail">
      <Head action={action} playbook={playbook} />
      {state === 'waiting' && <Decision action={action} />}
      <Proof action={action} />
      {dryRun != null && (
        <Section title="Dry run: what would change">
          <Diff text={dryRun} />
        </Section>
      )}
      {command != null && (
        <Section title="What runs">
          <Command command={command} />
          {rollback != null && (
            <details>
              <summary>Rollback, when it makes things worse</summary>
              <Command command={rollback} />
            </details>
          )}
        </Section>
      )}
      {output != null && output !== '' && (
        <Section title="Output">
          <Diff text={output} />
        </Section>
      )}
      <Section title="Steps for a person">
        <ol className="steps">
          {steps.map((step) => (
            <li key={step}>{step}</li>
          ))}
        </ol>
      </Section>
      <History id={id} />
    </article>
  );
}

function Head({ action, playbook }: { action: ActionRecord; playbook: Playbook | undefined }) {
  const { state, reason, host, labels, kind, mode, attempt, created, expires, decidedBy } = action;
  return (
    <header className="detail-head">
      <h2>
        {playbook?.title ?? titleOf(action.playbook)}{' '}
        <Badge tone={ACTION_TONES[state]}>{titleOf(state)}</Badge>
      </h2>
      {reason !== '' && <p>{reason}</p>}
      {action.waits !== undefined && <p className="note">Has not begun yet: {action.waits}</p>}
      <dl className="facts">
        <Fact name="Against">
          <a href={linkTo('now', { search: `${kind} ${labels.group ?? ''}`.trim() })}>
            {titleOf(kind)}
          </a>
        </Fact>
        {labels.group !== undefined && <Fact name="Group">{labels.group}</Fact>}
        <Fact name="Host">{host}</Fact>
        <Fact name="Playbook">{action.playbook}</Fact>
        {playbook !== undefined && <Fact name="Risk">{playbook.risk}</Fact>}
        <Fact name="Mode">{mode}</Fact>
        {attempt > 0 && <Fact name="Attempt">{attempt}</Fact>}
        <Fact name="Proposed">
          <Ago time={created} />
        </Fact>
        {state === 'waiting' && expires != null && (
          <Fact name="Expires (then denied)">
            <Ago time={expires} />
          </Fact>
        )}
        {decidedBy != null && (
          <Fact name="Decided by">
            {decidedBy}: {action.decisionReason}
          </Fact>
        )}
      </dl>
    </header>
  );
}

const DECISIONS = {
  approve: { title: 'Approve this action', confirm: 'Approve' },
  deny: { title: 'Deny this action', confirm: 'Deny' },
} as const;

function Decision({ action }: { action: ActionRecord }) {
  const [asked, setAsked] = useState<keyof typeof DECISIONS>();
  const { mayOperate, send } = useViewer();
  const { touch } = useLive();
  if (!mayOperate) return <p className="note">An operator decides: you may look, not approve.</p>;
  return (
    <div className="decision">
      <button type="button" className="primary" onClick={() => setAsked('approve')}>
        Approve …
      </button>
      <button type="button" onClick={() => setAsked('deny')}>
        Deny …
      </button>
      {asked !== undefined && (
        <ReasonDialog
          {...DECISIONS[asked]}
          onClose={() => setAsked(undefined)}
          onConfirm={async (reason) => {
            await send(`/api/v1/actions/${encodeURIComponent(action.id)}/${asked}`, { reason });
            touch('actions');
          }}
        >
          <p>
            {titleOf(action.playbook)} on <strong>{action.host}</strong>
            {asked === 'approve' && ', exactly as the dry run shows it'}
          </p>
          {asked === 'approve' && action.dryRun != null && <Diff text={action.dryRun} />}
        </ReasonDialog>
      )}
    </div>
  );
}

function Command({ command }: { command: NonNullable<ActionRecord['command']> }) {
  return (
    <dl className="facts">
      <Fact name="Executor">{command.executor}</Fact>
      {Object.entries(command.parameters).map(([name, value]) => (
        <Fact key={name} name={titleOf(name)}>
          <code>{typeof value === 'string' ? value : JSON.stringify(value)}</code>
        </Fact>
      ))}
    </dl>
  );
}

/** The same query before and after, on the target and on those that nobody touched. */
function Proof({ action: { verdict, before, after, promql, reason } }: { action: ActionRecord }) {
  if (verdict == null && before == null) return null;
  const peers = Object.keys(before?.peers ?? {});
  return (
    <Section title="Did it help?">
      {verdict == null ? (
        <p>Not known yet: what it changed is read after it has settled.</p>
      ) : (
        <p>
          <Badge tone={VERDICT_TONES[verdict]}>{titleOf(verdict)}</Badge> {reason}
        </p>
      )}
      {before != null && (
        <table>
          <thead>
            <tr>
              <th scope="col">Series</th>
              <th scope="col">Before</th>
              <th scope="col">After</th>
            </tr>
          </thead>
          <tbody>
            <tr>
              <th scope="row">Target</th>
              <td>{reading(before.target)}</td>
              <td>{reading(after?.target)}</td>
            </tr>
            {peers.map((peer) => (
              <tr key={peer}>
                <th scope="row">{peer} (untouched)</th>
                <td>{reading(before.peers[peer])}</td>
                <td>{reading(after?.peers[peer])}</td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
      {promql != null && <Promql promql={promql} about="the proof" />}
    </Section>
  );
}

function reading(value: number | null | undefined): string {
  return value == null ? '–' : numberText(value);
}

function History({ id }: { id: string }) {
  const { data } = useResource<AuditAnswer>(`/api/v1/audit?limit=${MAX_AUDIT}`, 'actions');
  const own = (data?.entries ?? []).filter(({ subject }) => subject === id).reverse();
  if (own.length === 0) return null;
  return (
    <Section title="History">
      <AuditTable entries={own} label="History of this action" />
    </Section>
  );
}
