// When it was unusual: a lane for each series with the episodes of the chosen time, as Prometheus has kept them.
import { laneName } from '../data/anomalies.ts';
import type { EpisodesAnswer } from '../data/answers.ts';
import { useChoice } from '../data/location.ts';
import { useResource } from '../data/resource.ts';
import { clockText, countText, durationText } from '../data/text.ts';
import { Empty, Problem } from '../parts/words.tsx';

const RANGES = [
  ['3600', '1 h'],
  ['21600', '6 h'],
  ['86400', '24 h'],
  ['604800', '7 d'],
] as const;
const DEFAULT_RANGE = RANGES[2];
const MAX_LANES = 40;
const TICKS = 6;

export function Timeline() {
  const [wanted, choose] = useChoice('range');
  const [range, rangeText] = RANGES.find(([seconds]) => seconds === wanted) ?? DEFAULT_RANGE;
  const { data, problem } = useResource<EpisodesAnswer>(
    `/api/v1/anomalies/episodes?range=${range}`,
    'anomalies',
  );
  return (
    <section aria-labelledby="timeline">
      <div className="title-row">
        <h2 id="timeline">Timeline</h2>
        <fieldset className="segments">
          <legend className="unseen">How far back</legend>
          {RANGES.map(([seconds, text]) => (
            <label key={seconds}>
              <input
                type="radio"
                name="range"
                checked={seconds === range}
                onChange={() => choose(seconds)}
              />
              <span>{text}</span>
            </label>
          ))}
        </fieldset>
      </div>
      <Problem error={problem} />
      {data !== undefined && data.lanes.length === 0 && (
        <Empty title={`No anomaly in the last ${rangeText}`} />
      )}
      {data !== undefined && data.lanes.length > 0 && <Lanes answer={data} />}
    </section>
  );
}

function Lanes({ answer: { from, to, lanes } }: { answer: EpisodesAnswer }) {
  const place = (time: number) => `${(100 * (time - from)) / (to - from)}%`;
  const now = Date.now() / 1000;
  const ticks = Array.from({ length: TICKS }, (_, index) => from + ((to - from) * index) / TICKS);
  return (
    <div className="card timeline">
      <ul>
        {lanes.slice(0, MAX_LANES).map(({ labels, episodes }) => {
          const name = laneName(labels);
          return (
            <li key={JSON.stringify(labels)}>
              <span className="lane-name cut" title={name}>
                {name}
                <span className="unseen">: {episodesText(episodes, now)}</span>
              </span>
              <span className="lane" aria-hidden="true">
                {episodes.map(([begin, end]) => (
                  <span
                    key={begin}
                    className="episode"
                    title={episodesText([[begin, end]], now)}
                    style={{
                      left: place(begin),
                      width: `max(4px, calc(${place(end)} - ${place(begin)}))`,
                    }}
                  />
                ))}
              </span>
            </li>
          );
        })}
      </ul>
      <div className="ticks" aria-hidden="true">
        {ticks.map((time) => (
          <span key={time} style={{ left: place(time) }}>
            {clockText(time, now)}
          </span>
        ))}
      </div>
      {lanes.length > MAX_LANES && (
        <p className="quiet-text">
          {countText(lanes.length - MAX_LANES, 'more series', 'more series')} with earlier episodes
        </p>
      )}
    </div>
  );
}

function episodesText(episodes: EpisodesAnswer['lanes'][number]['episodes'], now: number): string {
  return episodes
    .map(([begin, end]) => `${clockText(begin, now)}, for ${durationText(end - begin)}`)
    .join('; ');
}
