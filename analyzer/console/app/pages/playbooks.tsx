// The playbooks: what each is for, the steps for a person, and what may run.

import type { Playbook, PlaybooksAnswer } from '../data/answers.ts';
import { useChoice } from '../data/location.ts';
import { useResource } from '../data/resource.ts';
import { countText, durationText, titleOf } from '../data/text.ts';
import { SearchField } from '../parts/search-field.tsx';
import { Badge, Empty, Loading, Problem, type Tone } from '../parts/words.tsx';
import { Fact } from './finding-detail.tsx';

const MODE_TONES: Readonly<Record<Playbook['mode'], Tone>> = {
  off: 'quiet',
  suggest: 'info',
  approve: 'warning',
  auto: 'critical',
};

export function Playbooks() {
  const { data, problem, isLoading } = useResource<PlaybooksAnswer>('/api/v1/playbooks');
  const [search, setSearch] = useChoice('search');
  const shown = (data?.playbooks ?? []).filter(({ name, title, match }) =>
    `${name} ${title} ${match.kinds.join(' ')}`.toLowerCase().includes(search.toLowerCase()),
  );
  return (
    <section aria-label="Playbooks">
      <Problem error={problem} />
      {isLoading && <Loading />}
      <div className="filters">
        <SearchField
          label="Search playbooks"
          placeholder="Search name, kind"
          value={search}
          onChange={setSearch}
        />
        <p className="list-count" role="status">
          {countText(shown.length, 'playbook')}, the first that matches is taken
        </p>
      </div>
      {data !== undefined && shown.length === 0 && <Empty title="No playbook matches" />}
      {shown.map((playbook) => (
        <PlaybookCard key={playbook.name} playbook={playbook} />
      ))}
    </section>
  );
}

function PlaybookCard({ playbook }: { playbook: Playbook }) {
  const { name, title, mode, steps, action, rollback, match, risk, limits, verify } = playbook;
  const labels = Object.entries(match.labels).map(([label, glob]) => `${label}=${glob}`);
  return (
    <details className="card playbook">
      <summary>
        <strong>{title}</strong> <span className="quiet-text">{name}</span>
        <Badge tone={MODE_TONES[mode]}>{mode}</Badge>
      </summary>
      <dl className="facts">
        <Fact name="Against">{[...match.kinds.map(titleOf), ...labels].join(', ')}</Fact>
        <Fact name="Risk">{risk}</Fact>
        <Fact name="Acts">{action === undefined ? 'a person does' : `by ${action.executor}`}</Fact>
        {action !== undefined && (
          <>
            <Fact name="Rollback">
              {rollback === undefined ? 'none' : `by ${rollback.executor}`}
            </Fact>
            {limits.cooldown !== undefined && (
              <Fact name="Cool-down of a host">{durationText(limits.cooldown)}</Fact>
            )}
            {limits.rate !== undefined && (
              <Fact name="At most">
                {limits.rate.count} in {durationText(limits.rate.per)}
              </Fact>
            )}
            {limits.attempts !== undefined && <Fact name="Attempts">{limits.attempts}</Fact>}
            <Fact name="Approval expires after">{durationText(limits.approval_expires)}</Fact>
            <Fact name="Proof after">{durationText(verify.settle)}</Fact>
          </>
        )}
      </dl>
      <h3>Steps</h3>
      <ol className="steps">
        {steps.map((step) => (
          <li key={step}>{step}</li>
        ))}
      </ol>
      {action !== undefined && (
        <>
          <h3>What runs</h3>
          <pre className="diff">{JSON.stringify(action.parameters, null, 2)}</pre>
        </>
      )}
    </details>
  );
}
