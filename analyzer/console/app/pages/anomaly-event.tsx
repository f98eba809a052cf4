// One open anomaly: what contributes, by how much it left its band, who agrees, and whether it was worth telling.
import { bandPlaces } from '../data/anomalies.ts';
import type { AnomalyEvent, Contribution } from '../data/answers.ts';
import {
  durationText,
  percentText,
  placeOf,
  quantityText,
  titleOf,
  unitOfName,
} from '../data/text.ts';
import { Claims } from '../parts/promql.tsx';
import { Ago, Badge, Clock, Section } from '../parts/words.tsx';
import { Fact } from './finding-detail.tsx';
import { RealOrNoise } from './real-or-noise.tsx';

export function AnomalyEventCard({ event }: { event: AnomalyEvent }) {
  const { subject, since, score, confidence, contributions, agreeing, first, evidence } = event;
  return (
    <article className="card detail">
      <header className="detail-head">
        <h2>
          {placeOf(subject)} <Badge tone="warning">unusual</Badge>
        </h2>
        <dl className="facts">
          <Fact name="Since">
            <Ago time={since} />
          </Fact>
          <Fact name="Score">{score.toFixed(2)}</Fact>
          <Fact name="Confidence">{percentText(confidence)}</Fact>
          {first !== null && (
            <Fact name="Left its band first">
              {first.name}, <Clock time={first.time} />
            </Fact>
          )}
          {agreeing.length > 0 && <Fact name="Agree">{agreeing.join(', ')}</Fact>}
        </dl>
      </header>
      <Section title="What contributes">
        <Contributions contributions={contributions} />
      </Section>
      {evidence.length > 0 && (
        <Section title="In words">
          <Claims claims={evidence} />
        </Section>
      )}
      {event.correlated.length > 0 && (
        <Section title="Moved with it">
          <ul className="plain">
            {event.correlated.map(({ name, correlation, lagSeconds }) => (
              <li key={name}>
                {name}: correlation {correlation.toFixed(2)}
                {lagSeconds !== 0 &&
                  `, ${durationText(Math.abs(lagSeconds))} ${lagSeconds > 0 ? 'later' : 'before'}`}
              </li>
            ))}
          </ul>
        </Section>
      )}
      <RealOrNoise signal="host" labels={subject} began={since} isOpen />
    </article>
  );
}

function Contributions({ contributions }: { contributions: readonly Contribution[] }) {
  return (
    <div className="scroll-x">
      <table>
        <thead>
          <tr>
            <th scope="col">Series</th>
            <th scope="col">Share</th>
            <th scope="col">Actual</th>
            <th scope="col">Usual</th>
            <th scope="col">Where it lies</th>
          </tr>
        </thead>
        <tbody>
          {contributions.map((one) => (
            <tr key={`${one.signal} ${JSON.stringify(one.labels)}`}>
              <td className="wrap">
                {titleOf(one.signal)}, {placeOf(one.labels)}
              </td>
              <td>{one.share === null ? '–' : percentText(one.share)}</td>
              <td>{quantityText(one.actual, unitOfName(one.signal))}</td>
              <td>
                {quantityText(one.lower, unitOfName(one.signal))} –{' '}
                {quantityText(one.upper, unitOfName(one.signal))}
              </td>
              <td>
                <BandBar one={one} />
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

/** The same as the two columns beside it, to see at a glance. */
export function BandBar({ one }: { one: Pick<Contribution, 'lower' | 'upper' | 'actual'> }) {
  const places = bandPlaces(one);
  if (places === undefined) return null;
  const percent = (place: number) => `${100 * place}%`;
  return (
    <span className="band" aria-hidden="true">
      <span
        className="band-usual"
        style={{ left: percent(places.from), width: percent(places.to - places.from) }}
      />
      <span className="band-actual" style={{ left: percent(places.at) }} />
    </span>
  );
}
