// What is unusual: when it was, what is open now with its reasons, and how every watched series looks.

import { useMemo } from 'react';
import { eventKey, rankScores, scoreKey } from '../data/anomalies.ts';
import type { AnomaliesAnswer, AnomalyScore } from '../data/answers.ts';
import { useChoice } from '../data/location.ts';
import { useResource } from '../data/resource.ts';
import { countText, placeOf, quantityText, titleOf, unitOfName } from '../data/text.ts';
import { SearchField } from '../parts/search-field.tsx';
import { VirtualList } from '../parts/virtual-list.tsx';
import { Badge, Clock, Empty, Loading, Problem } from '../parts/words.tsx';
import { AnomalyEventCard } from './anomaly-event.tsx';
import { AnomalySeries } from './anomaly-series.tsx';
import { Conditions } from './conditions.tsx';
import { Timeline } from './timeline.tsx';

const ROW_HEIGHT = 58;

export function AnomaliesPage() {
  const { data, problem, isLoading } = useResource<AnomaliesAnswer>(
    '/api/v1/anomalies',
    'anomalies',
  );
  return (
    <>
      <h1>What is unusual</h1>
      <Problem error={problem} />
      {isLoading && <Loading />}
      {data !== undefined && (
        <>
          <Open answer={data} />
          <Timeline />
          <Conditions conditions={data.conditions} />
          <Watched answer={data} />
        </>
      )}
    </>
  );
}

function Open({ answer }: { answer: AnomaliesAnswer }) {
  const { anomalies, scores } = answer;
  const known = scores.filter(({ score }) => score !== null).length;
  if (anomalies.length > 0)
    return (
      <section aria-label="Open anomalies">
        {anomalies.map((event) => (
          <AnomalyEventCard key={eventKey(event)} event={event} />
        ))}
      </section>
    );
  if (known === 0)
    return (
      <Empty title="Nothing can be told yet">
        <WarmingUp answer={answer} />
      </Empty>
    );
  return (
    <Empty title="Nothing is unusual">
      <p>
        {known} of {countText(scores.length, 'watched series', 'watched series')} have enough
        history to be judged.
      </p>
    </Empty>
  );
}

/** Until when: what is rare is known only of what has been seen for a while. */
function WarmingUp({ answer: { warmUp } }: { answer: AnomaliesAnswer }) {
  if (warmUp == null) return <p>A series needs some history in Prometheus before it is judged.</p>;
  const { learning, warming, nextAt, lastAt } = warmUp;
  return (
    <p>
      {countText(warming, 'series warms up', 'series warm up')}
      {learning > 0 && `, ${learning} of which still learn their past`}.
      {Number.isFinite(nextAt) && (
        <>
          {' '}
          The first is judged from <Clock time={nextAt} /> on
          {Number.isFinite(lastAt) && (
            <>
              , the last from <Clock time={lastAt} />
            </>
          )}
          .
        </>
      )}
    </p>
  );
}

function Watched({ answer: { scores } }: { answer: AnomaliesAnswer }) {
  const [search, setSearch] = useChoice('search');
  const [key, choose] = useChoice('series');
  const shown = useMemo(() => rankScores(scores, search), [scores, search]);
  if (scores.length === 0) return null;
  const current = shown.find((one) => scoreKey(one) === key) ?? shown[0];
  return (
    <section aria-labelledby="watched">
      <h2 id="watched">Watched series</h2>
      <div className="split">
        <div className="split-list">
          <div className="filters">
            <SearchField
              label="Search watched series"
              placeholder="Search signal, group, host"
              value={search}
              onChange={setSearch}
            />
          </div>
          <p className="list-count" role="status">
            {countText(shown.length, 'series', 'series')}
          </p>
          <VirtualList
            label="Watched series, the most unusual first"
            items={shown}
            keyOf={scoreKey}
            selected={current && scoreKey(current)}
            onSelect={choose}
            rowHeight={ROW_HEIGHT}
            renderRow={renderScore}
          />
        </div>
        <div className="split-detail">
          {current === undefined ? (
            <Empty title="No series matches" />
          ) : (
            <AnomalySeries key={scoreKey(current)} one={current} />
          )}
        </div>
      </div>
    </section>
  );
}

function renderScore({
  signal,
  detector,
  labels,
  score,
  isOpen,
  actual,
  conditions,
}: AnomalyScore) {
  const tone = isOpen ? 'warning' : 'quiet';
  return (
    <div className={`row ${tone}`}>
      <span className="row-head">
        <strong className="cut">
          {titleOf(signal)}
          {detector !== 'fused' && ` (${detector})`}
        </strong>
        <Badge tone={tone}>{score === null ? 'too little history' : score.toFixed(2)}</Badge>
      </span>
      <span className="row-foot">
        <span className="cut">{placeOf(labels)}</span>
        <span className="row-when">
          {conditions.map(titleOf).join(', ')} {quantityText(actual, unitOfName(signal))}
        </span>
      </span>
    </div>
  );
}
