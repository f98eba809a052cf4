// What cannot be judged, and why: an honest absence is part of the answer.
import { useMemo } from 'react';
import type { Unavailable, UnavailableAnswer } from '../data/answers.ts';
import { useResource } from '../data/resource.ts';
import { titleOf } from '../data/text.ts';
import { Problem } from '../parts/words.tsx';

const MAX_SHOWN = 200;

export function Unjudged() {
  const { data, problem } = useResource<UnavailableAnswer>('/api/v1/unavailable', 'status');
  const groups = useMemo(() => byReason(data?.unavailable ?? []), [data]);
  if (problem !== undefined) return <Problem error={problem} />;
  if (data === undefined) return null;
  const total = data.unavailable.length;
  return (
    <section aria-labelledby="unjudged">
      <h2 id="unjudged">What cannot be judged</h2>
      {total === 0 ? (
        <p>Everything that is watched could be judged.</p>
      ) : (
        <div className="card">
          {groups.map(([reason, entries]) => (
            <details key={reason} className="unjudged">
              <summary>
                {titleOf(reason)} <span className="quiet-text">({entries.length})</span>
              </summary>
              <ul className="plain">
                {entries.slice(0, MAX_SHOWN).map(({ what, signal, detail, number }) => (
                  <li key={number}>
                    <strong>{titleOf(signal)}</strong> <span className="quiet-text">({what})</span>:{' '}
                    {detail}
                  </li>
                ))}
                {entries.length > MAX_SHOWN && <li>and {entries.length - MAX_SHOWN} more</li>}
              </ul>
            </details>
          ))}
        </div>
      )}
    </section>
  );
}

interface Numbered extends Unavailable {
  readonly number: number;
}

/** The most frequent reason first. */
function byReason(all: readonly Unavailable[]): [string, Numbered[]][] {
  const groups = new Map<string, Numbered[]>();
  for (const [number, one] of all.entries()) {
    const own = groups.get(one.reason) ?? [];
    own.push({ ...one, number });
    groups.set(one.reason, own);
  }
  return [...groups].sort(([, a], [, b]) => b.length - a.length);
}
