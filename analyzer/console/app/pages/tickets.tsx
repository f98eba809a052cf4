// One click, one ticket about a finding; where one is open already it is that one.
import { useState } from 'react';
import type { Finding, Ticket, TicketSystemsAnswer } from '../data/answers.ts';
import { useLive, useViewer } from '../data/context.ts';
import { useResource } from '../data/resource.ts';
import { Problem } from '../parts/words.tsx';

const NAMES: Readonly<Record<string, string>> = {
  servicenow: 'ServiceNow',
  jira: 'Jira',
  github: 'GitHub',
};

/** Nothing where no system of tickets is configured. */
export function TicketButtons({ finding }: { finding: Finding }) {
  const { mayOperate, send } = useViewer();
  const { touch } = useLive();
  const { data } = useResource<TicketSystemsAnswer>('/api/v1/ticket-systems');
  const [ticket, setTicket] = useState<Ticket>();
  const [problem, setProblem] = useState<Error>();
  const [isSending, setSending] = useState(false);
  const systems = data?.systems ?? [];
  if (!mayOperate || systems.length === 0) return null;
  const open = (system: string) => {
    setSending(true);
    setProblem(undefined);
    send<Ticket>(`/api/v1/findings/${encodeURIComponent(finding.id)}/ticket`, { system })
      .then((opened) => {
        setTicket(opened);
        touch('actions');
      }, setProblem)
      .finally(() => setSending(false));
  };
  return (
    <div className="links">
      {systems.map((system) => (
        <button key={system} type="button" disabled={isSending} onClick={() => open(system)}>
          Ticket in {NAMES[system] ?? system}
        </button>
      ))}
      <span role="status">{ticket !== undefined && <Opened ticket={ticket} />}</span>
      <Problem error={problem} />
    </div>
  );
}

function Opened({ ticket: { id, url, isNew } }: { ticket: Ticket }) {
  const isLink = /^https?:/.test(url);
  return (
    <>
      {isNew ? 'Opened ' : 'Open already: '}
      {isLink ? (
        <a href={url} target="_blank" rel="noreferrer">
          {id}
        </a>
      ) : (
        id
      )}
    </>
  );
}
