// What is proposed and done about it: proposals with their dry run, playbooks, and the audit log.
import { useMemo } from 'react';
import type { ActionRecord, ActionsAnswer } from '../data/answers.ts';
import { linkTo, useChoice, usePlace } from '../data/location.ts';
import { useResource } from '../data/resource.ts';
import { countText, titleOf } from '../data/text.ts';
import { VirtualList } from '../parts/virtual-list.tsx';
import { Ago, Badge, Empty, Loading, Problem } from '../parts/words.tsx';
import { ActionDetail } from './action-detail.tsx';
import { ACTION_TONES, isOpenState, VERDICT_TONES } from './action-states.ts';
import { AuditLog } from './audit.tsx';
import { Playbooks } from './playbooks.tsx';

const ROW_HEIGHT = 74;
const MAX_ACTIONS = 1_000;
const PARTS = [
  ['actions', 'Proposals'],
  ['actions/playbooks', 'Playbooks'],
  ['actions/audit', 'Audit log'],
] as const;

export function ActionsPage() {
  const { page } = usePlace();
  return (
    <>
      <h1>What is done about it</h1>
      <nav aria-label="Parts of this page" className="tabs">
        <ul>
          {PARTS.map(([name, title]) => (
            <li key={name}>
              <a href={linkTo(name)} aria-current={name === page ? 'page' : undefined}>
                {title}
              </a>
            </li>
          ))}
        </ul>
      </nav>
      {page === 'actions/playbooks' ? (
        <Playbooks />
      ) : page === 'actions/audit' ? (
        <AuditLog />
      ) : (
        <Proposals />
      )}
    </>
  );
}

function Proposals() {
  const { data, problem, isLoading } = useResource<ActionsAnswer>(
    `/api/v1/actions?limit=${MAX_ACTIONS}`,
    'actions',
  );
  return (
    <>
      <Problem error={problem} />
      {isLoading && <Loading />}
      {data !== undefined && <ProposalList actions={data.actions} />}
    </>
  );
}

const KINDS = { open: 'Still open', all: 'All' } as const;

function ProposalList({ actions }: { actions: readonly ActionRecord[] }) {
  const [chosen, choose] = useChoice('action');
  const [which, setWhich] = useChoice('show');
  const shown = useMemo(() => rank(actions, which === 'open'), [actions, which]);
  if (actions.length === 0)
    return (
      <Empty title="Nothing was proposed yet">
        <p>
          A finding that a playbook matches becomes a proposal with its dry run; see{' '}
          <a href={linkTo('actions/playbooks')}>the playbooks</a>.
        </p>
      </Empty>
    );
  const current = actions.find(({ id }) => id === chosen) ?? shown[0];
  return (
    <section aria-label="Proposals" className="split">
      <div className="split-list">
        <div className="filters">
          <select
            aria-label="Which proposals"
            value={which === 'open' ? 'open' : 'all'}
            onChange={({ target }) => setWhich(target.value)}
          >
            {Object.entries(KINDS).map(([name, title]) => (
              <option key={name} value={name}>
                {title}
              </option>
            ))}
          </select>
        </div>
        <p className="list-count" role="status">
          {countText(shown.length, 'proposal')}
        </p>
        <VirtualList
          label="Proposals, those that wait for a decision first"
          items={shown}
          keyOf={idOf}
          selected={current?.id}
          onSelect={choose}
          rowHeight={ROW_HEIGHT}
          renderRow={renderAction}
        />
      </div>
      <div className="split-detail">
        {current === undefined ? (
          <Empty title="No proposal is open" />
        ) : (
          <ActionDetail key={current.id} action={current} />
        )}
      </div>
    </section>
  );
}

/** What waits for a person comes first, then what still moves, then the newest. */
function rank(actions: readonly ActionRecord[], onlyOpen: boolean): ActionRecord[] {
  const order = ({ state }: ActionRecord) => (state === 'waiting' ? 0 : isOpenState(state) ? 1 : 2);
  return actions
    .filter(({ state }) => !onlyOpen || isOpenState(state))
    .sort((a, b) => order(a) - order(b) || b.updated - a.updated);
}

const idOf = ({ id }: ActionRecord) => id;

function renderAction({ playbook, kind, host, state, verdict, updated, labels }: ActionRecord) {
  const tone = ACTION_TONES[state];
  return (
    <div className={`row ${tone}`}>
      <span className="row-head">
        <strong className="cut">{titleOf(playbook)}</strong>
        {verdict != null && <Badge tone={VERDICT_TONES[verdict]}>{titleOf(verdict)}</Badge>}
        <Badge tone={tone}>{titleOf(state)}</Badge>
      </span>
      <span className="row-place cut">
        {labels.group === undefined ? host : `${labels.group} on ${host}`}
      </span>
      <span className="row-foot">
        <span className="cut">against {titleOf(kind)}</span>
        <span className="row-when">
          <Ago time={updated} />
        </span>
      </span>
    </div>
  );
}
