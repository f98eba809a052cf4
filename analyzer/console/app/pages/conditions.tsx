// What is no question of rarity: lines that went flat, series that are gone, counters that began again.
import { useMemo } from 'react';
import type { AnomaliesAnswer } from '../data/answers.ts';
import { labelsOfPlace, placeOf, titleOf } from '../data/text.ts';
import { Claims } from '../parts/promql.tsx';

const MAX_SHOWN = 100;

type Condition = AnomaliesAnswer['conditions'][number];

export function Conditions({ conditions }: { conditions: readonly Condition[] }) {
  const groups = useMemo(() => bySubject(conditions), [conditions]);
  if (groups.length === 0) return null;
  return (
    <section aria-labelledby="conditions">
      <h2 id="conditions">Gone, flat or begun again</h2>
      <div className="card">
        {groups.slice(0, MAX_SHOWN).map(([name, own]) => (
          <details key={name} className="unjudged">
            <summary>
              {name} <span className="quiet-text">({own.length})</span>
            </summary>
            <Claims claims={own} />
          </details>
        ))}
        {groups.length > MAX_SHOWN && <p>and {groups.length - MAX_SHOWN} more</p>}
      </div>
    </section>
  );
}

/** A program that ends takes all its series along: that is told once. The newest first. */
function bySubject(conditions: readonly Condition[]): [string, Condition[]][] {
  const groups = new Map<string, Condition[]>();
  for (const one of [...conditions].sort((a, b) => b.since - a.since)) {
    const name = `${titleOf(one.kind)}: ${placeOf(labelsOfPlace(one.labels))}`;
    const own = groups.get(name) ?? [];
    own.push(one);
    groups.set(name, own);
  }
  return [...groups];
}
