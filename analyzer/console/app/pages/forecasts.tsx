// What is expected: every signal with its forecast, and when it reaches its limit.

import { useMemo } from 'react';
import type { ForecastsAnswer } from '../data/answers.ts';
import {
  type ForecastSeries,
  filterSeries,
  seriesKey,
  toForecastSeries,
} from '../data/forecasts.ts';
import { linkTo, useChoice } from '../data/location.ts';
import { useResource } from '../data/resource.ts';
import { countText, placeOf, quantityText, titleOf } from '../data/text.ts';
import { SearchField } from '../parts/search-field.tsx';
import { VirtualList } from '../parts/virtual-list.tsx';
import { Badge, Empty, Loading, Problem } from '../parts/words.tsx';
import { ForecastDetail } from './forecast-detail.tsx';
import { expectedText, toneOf } from './runway.tsx';

const ROW_HEIGHT = 58;
const MAX_FORECASTS = 1_000;

export function ForecastsPage() {
  const { data, problem, isLoading } = useResource<ForecastsAnswer>(
    `/api/v1/forecasts?max=${MAX_FORECASTS}`,
    'forecasts',
  );
  return (
    <>
      <h1>What is expected</h1>
      <Problem error={problem} />
      {isLoading && <Loading />}
      {data !== undefined && <Forecasts answer={data} />}
    </>
  );
}

function Forecasts({ answer }: { answer: ForecastsAnswer }) {
  const [search, setSearch] = useChoice('search');
  const [signal] = useChoice('signal');
  const [of] = useChoice('of');
  const [key, choose] = useChoice('series');
  const all = useMemo(() => toForecastSeries(answer.forecasts), [answer]);
  const shown = useMemo(() => filterSeries(all, search), [all, search]);
  if (all.length === 0)
    return (
      <Empty title="No forecast yet">
        <p>
          A signal needs some minutes of history in Prometheus first;{' '}
          <a href={linkTo('now')}>what cannot be judged</a> tells more.
        </p>
      </Empty>
    );
  const wanted = key === '' ? linkedKey(signal, of) : key;
  const current = all.find((one) => one.key === wanted) ?? shown[0];
  return (
    <section aria-label="Forecasts" className="split">
      <div className="split-list">
        <div className="filters">
          <SearchField
            label="Search forecasts"
            placeholder="Search signal, group, host"
            value={search}
            onChange={setSearch}
          />
        </div>
        <p className="list-count" role="status">
          {countText(shown.length, 'series', 'series')}
          {answer.total > answer.forecasts.length &&
            `, of ${answer.total} forecasts the first ${answer.forecasts.length} are here`}
        </p>
        <VirtualList
          label="Forecasts, the soonest crossing first"
          items={shown}
          keyOf={keyOf}
          selected={current?.key}
          onSelect={choose}
          rowHeight={ROW_HEIGHT}
          renderRow={renderSeries}
        />
      </div>
      <div className="split-detail">
        {current === undefined ? (
          <Empty title="No forecast matches" />
        ) : (
          <ForecastDetail key={current.key} series={current} accuracy={answer.accuracy} />
        )}
      </div>
    </section>
  );
}

/** Other pages link to signal and labels, since they do not know how this list names its rows. */
function linkedKey(signal: string, of: string): string | undefined {
  try {
    return seriesKey(signal, JSON.parse(of) as Record<string, string>);
  } catch {
    return undefined;
  }
}

const keyOf = ({ key }: ForecastSeries) => key;

function renderSeries({ signal, labels, unit, value, limit, p50, p10 }: ForecastSeries) {
  const crosses = p50 !== null || p10 !== null;
  const tone = crosses ? toneOf(p50) : 'quiet';
  return (
    <div className={`row ${tone}`}>
      <span className="row-head">
        <strong className="cut">{titleOf(signal)}</strong>
        {limit !== null && <Badge tone={tone}>{crosses ? expectedText(p50) : 'holds'}</Badge>}
      </span>
      <span className="row-foot">
        <span className="cut">{placeOf(labels)}</span>
        <span className="row-when">
          {quantityText(value, unit)}
          {limit !== null && ` of ${quantityText(limit, unit)}`}
        </span>
      </span>
    </div>
  );
}
