// Who did what and when, and whether the chain of hashes still holds.
import type { AuditAnswer, AuditEntry, VerificationAnswer } from '../data/answers.ts';
import { linkTo } from '../data/location.ts';
import { useResource } from '../data/resource.ts';
import { countText, titleOf } from '../data/text.ts';
import { Ago, Badge, Clock, Empty, Loading, Problem } from '../parts/words.tsx';
import { Fact } from './finding-detail.tsx';

const MAX_ENTRIES = 500;

export function AuditLog() {
  const log = useResource<AuditAnswer>(`/api/v1/audit?limit=${MAX_ENTRIES}`, 'actions');
  const verified = useResource<VerificationAnswer>('/api/v1/audit/verification', 'actions');
  const entries = log.data?.entries ?? [];
  return (
    <section aria-label="Audit log">
      <Problem error={log.problem ?? verified.problem} />
      {log.isLoading && <Loading />}
      {verified.data !== undefined && <Verification verified={verified.data} />}
      {log.data !== undefined && entries.length === 0 && <Empty title="Nothing has happened yet" />}
      {entries.length > 0 && (
        <div className="card scroll-x">
          <AuditTable entries={entries} label="Audit log, the newest first" withSubject />
        </div>
      )}
      {entries.length === MAX_ENTRIES && (
        <p className="quiet-text">The newest {MAX_ENTRIES}; all of them by GET /api/v1/audit.</p>
      )}
    </section>
  );
}

function Verification({ verified }: { verified: VerificationAnswer }) {
  const { entries, head, problem, checked } = verified;
  return (
    <p className={problem === null ? 'note good' : 'note critical'} role="status">
      <Badge tone={problem === null ? 'good' : 'critical'}>
        {problem === null ? 'Chain holds' : 'Chain broken'}
      </Badge>{' '}
      {problem ?? countText(entries, 'entry', 'entries')}, checked <Ago time={checked} />. Head{' '}
      <code title={head}>{head.slice(0, 16)}…</code>
    </p>
  );
}

export interface AuditTableProps {
  readonly entries: readonly AuditEntry[];
  readonly label: string;
  readonly withSubject?: boolean;
}

export function AuditTable({ entries, label, withSubject = false }: AuditTableProps) {
  return (
    <table aria-label={label}>
      <thead>
        <tr>
          <th scope="col">When</th>
          <th scope="col">What</th>
          {withSubject && <th scope="col">About</th>}
          <th scope="col">Details</th>
        </tr>
      </thead>
      <tbody>
        {entries.map(({ seq, time, event, subject, detail }) => (
          <tr key={seq}>
            <td>
              <Clock time={time} withSeconds />
            </td>
            <td>{titleOf(event)}</td>
            {withSubject && (
              <td>
                {subject === 'kill_switch' ? (
                  titleOf(subject)
                ) : (
                  <a href={linkTo('actions', { action: subject })}>{subject.slice(0, 8)}</a>
                )}
              </td>
            )}
            <td className="wrap">
              <Details detail={detail} />
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

/** What a reader asks first; everything else on demand. */
const FIRST = ['by', 'reason', 'from', 'playbook', 'host', 'verdict'] as const;

function Details({ detail }: { detail: AuditEntry['detail'] }) {
  const isTold = (value: unknown) => value !== null && value !== undefined && value !== '';
  const first = FIRST.filter((name) => isTold(detail[name]));
  const others = Object.entries(detail).filter(
    ([name, value]) => isTold(value) && !first.some((one) => one === name),
  );
  return (
    <>
      {first.map((name) => (
        <span key={name} className="audit-fact">
          <span className="quiet-text">{name}</span> {valueText(detail[name])}
        </span>
      ))}
      {others.length > 0 && (
        <details>
          <summary className="quiet-text">{countText(others.length, 'more detail')}</summary>
          <dl className="facts">
            {others.map(([name, value]) => (
              <Fact key={name} name={titleOf(name)}>
                {valueText(value)}
              </Fact>
            ))}
          </dl>
        </details>
      )}
    </>
  );
}

function valueText(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
}
