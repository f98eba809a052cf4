// One series: its past, its expected course with intervals, its limit, and how right such forecasts were.
import { useMemo } from 'react';
import type { Crossing, HistoryAnswer, MeasuredAccuracy, SignalForecast } from '../data/answers.ts';
import { type ForecastSeries, type JoinedPaths, joinPaths } from '../data/forecasts.ts';
import { useChoice } from '../data/location.ts';
import { useResource } from '../data/resource.ts';
import { durationText, percentText, placeOf, quantityText, titleOf } from '../data/text.ts';
import { Chart, type ChartProps, type Line } from '../parts/chart.tsx';
import { Clock, Problem, Section } from '../parts/words.tsx';
import { Fact } from './finding-detail.tsx';

const MIN_PAST_SECONDS = 1_800;

export function ForecastDetail({
  series,
  accuracy,
}: {
  series: ForecastSeries;
  accuracy: readonly MeasuredAccuracy[];
}) {
  const [wanted, choose] = useChoice('horizon');
  const { horizons, signal, labels } = series;
  const one = horizons.find(({ horizon }) => String(horizon) === wanted) ?? horizons[0];
  if (one === undefined) return null;
  return (
    <article className="detail">
      <header className="detail-head">
        <h2>
          {titleOf(signal)} <span className="quiet-text">{placeOf(labels)}</span>
        </h2>
        <fieldset className="segments">
          <legend className="unseen">Horizon</legend>
          {horizons.map(({ horizon }) => (
            <label key={horizon}>
              <input
                type="radio"
                name="horizon"
                checked={horizon === one.horizon}
                onChange={() => choose(String(horizon))}
              />
              <span>{durationText(horizon)}</span>
            </label>
          ))}
        </fieldset>
      </header>
      <Crossings one={one} />
      <ForecastChart one={one} />
      <Accuracy one={one} all={accuracy} />
    </article>
  );
}

function Crossings({ one }: { one: SignalForecast }) {
  const { value, limit, unit, timeToThreshold: crossing } = one;
  return (
    <dl className="facts">
      <Fact name="Now">
        <strong>{quantityText(value, unit)}</strong>
      </Fact>
      <Fact name="Limit">{limit === null ? 'none' : quantityText(limit, unit)}</Fact>
      {limit !== null && (
        <>
          <Fact name="Reached, earliest (p10)">
            <When crossing={crossing?.p10} />
          </Fact>
          <Fact name="Reached, expected (p50)">
            <When crossing={crossing?.p50} />
          </Fact>
          <Fact name="Reached, latest (p90)">
            <When crossing={crossing?.p90} />
          </Fact>
        </>
      )}
      <Fact name="Model">{one.forecast.model}</Fact>
    </dl>
  );
}

function When({ crossing }: { crossing: Crossing | null | undefined }) {
  if (crossing == null) return <>not within the horizon</>;
  if (crossing.seconds <= 0) return <strong>now</strong>;
  return (
    <>
      <strong>in {durationText(crossing.seconds)}</strong>{' '}
      <span className="quiet-text">
        (<Clock time={Date.parse(crossing.at) / 1000} />)
      </span>
    </>
  );
}

function ForecastChart({ one }: { one: SignalForecast }) {
  const range = Math.max(MIN_PAST_SECONDS, one.horizon);
  const labels = encodeURIComponent(JSON.stringify(one.labels));
  const past = useResource<HistoryAnswer>(
    `/api/v1/history?signal=${encodeURIComponent(one.signal)}&labels=${labels}&range=${range}`,
    'forecasts',
  );
  const paths = useMemo(() => joinPaths(one, past.data), [one, past.data]);
  const chart = useMemo(() => toChart(one, paths), [one, paths]);
  return (
    <>
      <Problem error={past.problem} />
      <Chart {...chart} />
    </>
  );
}

/** The widest band lies at the bottom. */
function toChart(
  one: SignalForecast,
  { times, past, median, bands, now }: JoinedPaths,
): ChartProps {
  const { limit, unit } = one;
  const lines: Line[] = [
    { label: 'Measured', values: past, color: 'past', width: 1.5 },
    { label: 'Expected', values: median, color: 'median', width: 2 },
  ];
  if (limit !== null) {
    const values = times.map(() => limit);
    lines.push({ label: 'Limit', values, color: 'limit', width: 1.5, dash: [6, 4] });
  }
  const filled = [...bands].reverse().map(({ level, lower, upper }) => ({
    ...{ label: `${percentText(level)} interval`, lower, upper },
    color: level > 0.9 ? 'wide' : 'narrow',
  }));
  return { label: describe(one), times, lines, bands: filled, unit, now };
}

function describe(one: SignalForecast): string {
  const { signal, labels, unit, value, horizon, forecast } = one;
  const end = forecast.p50.at(-1);
  return `${titleOf(signal)} of ${placeOf(labels)}: ${quantityText(value, unit)} now, ${quantityText(end, unit)} expected in ${durationText(horizon)}. The values are in the table below.`;
}

function Accuracy({ one, all }: { one: SignalForecast; all: readonly MeasuredAccuracy[] }) {
  const own = all.find(({ signal, horizon }) => signal === one.signal && horizon === one.horizon);
  return (
    <Section title="How right such forecasts were">
      {own === undefined || own.outcomes === 0 ? (
        <p className="quiet-text">
          Not known yet: the first forecast for {durationText(one.horizon)} has to come of age.
        </p>
      ) : (
        <dl className="facts">
          <Fact name="Outcomes measured">{own.outcomes}</Fact>
          {own.coverage.map(({ level, ratio }) => (
            <Fact key={level} name={`Inside the ${percentText(level)} interval`}>
              {percentText(ratio)}
            </Fact>
          ))}
          <Fact name="Error against “stays as it is”">
            {own.mase === null ? '–' : `${own.mase.toFixed(2)} ×`}
          </Fact>
          <Fact name="Mean error">{own.mape === null ? '–' : percentText(own.mape)}</Fact>
        </dl>
      )}
    </Section>
  );
}
