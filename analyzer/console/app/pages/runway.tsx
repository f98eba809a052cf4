// What runs out next: signals with a limit, the soonest first, with the range in which the crossing is expected.
import type { RunwayAnswer, RunwayEntry } from '../data/answers.ts';
import { linkTo } from '../data/location.ts';
import { useResource } from '../data/resource.ts';
import { durationText, placeOf, quantityText, titleOf } from '../data/text.ts';
import { Badge, Empty, Meter, Problem, type Tone } from '../parts/words.tsx';

const MAX_SHOWN = 8;
const SOON_SECONDS = 4 * 3_600;

export function Runway() {
  const { data, problem } = useResource<RunwayAnswer>('/api/v1/runway', 'forecasts');
  const crossing = (data?.runway ?? []).filter(({ secondsP10 }) => secondsP10 !== null);
  return (
    <section aria-labelledby="runway">
      <h2 id="runway">What runs out next</h2>
      <Problem error={problem} />
      {data !== undefined && crossing.length === 0 && (
        <Empty
          title={
            data.runway.length === 0
              ? 'No signal with a limit is forecast yet'
              : 'Nothing reaches its limit within the forecast horizons'
          }
        />
      )}
      {crossing.length > 0 && (
        <div className="card scroll-x">
          <table>
            <thead>
              <tr>
                <th scope="col">Signal</th>
                <th scope="col">Of</th>
                <th scope="col">Now</th>
                <th scope="col">Limit</th>
                <th scope="col">Expected</th>
                <th scope="col">At the earliest – at the latest</th>
              </tr>
            </thead>
            <tbody>
              {crossing.slice(0, MAX_SHOWN).map((entry) => (
                <RunwayRow key={`${entry.signal} ${JSON.stringify(entry.labels)}`} entry={entry} />
              ))}
            </tbody>
          </table>
        </div>
      )}
      {crossing.length > MAX_SHOWN && (
        <p>
          <a href={linkTo('forecasts')}>{crossing.length - MAX_SHOWN} more among the forecasts</a>
        </p>
      )}
    </section>
  );
}

function RunwayRow({ entry }: { entry: RunwayEntry }) {
  const { signal, labels, unit, value, limit, secondsP10, secondsP50, secondsP90 } = entry;
  const tone = toneOf(secondsP50 ?? secondsP10);
  return (
    <tr>
      <td>
        <a href={linkTo('forecasts', { signal, of: JSON.stringify(labels) })}>{titleOf(signal)}</a>
      </td>
      <td className="wrap">{placeOf(labels)}</td>
      <td>{quantityText(value, unit)}</td>
      <td>
        {quantityText(limit, unit)}{' '}
        {limit > 0 && <Meter ratio={value / limit} tone={tone} label="Of the limit" />}
      </td>
      <td>
        <Badge tone={tone}>{expectedText(secondsP50)}</Badge>
      </td>
      <td>{rangeText(secondsP10, secondsP90)}</td>
    </tr>
  );
}

/** How urgent a crossing is. @param seconds null = not within the horizon */
export function toneOf(seconds: number | null): Tone {
  if (seconds === null) return 'info';
  if (seconds <= 0) return 'critical';
  return seconds < SOON_SECONDS ? 'warning' : 'info';
}

export function expectedText(seconds: number | null): string {
  return seconds === null ? 'possible' : inText(seconds);
}

/** An edge that is null lies beyond the horizon. */
function rangeText(early: number | null, late: number | null): string {
  if (late !== null && late <= 0) return 'over its limit';
  const until = late === null ? 'not within the horizon' : inText(late);
  return `${early === null ? '–' : inText(early)} – ${until}`;
}

function inText(seconds: number): string {
  return seconds <= 0 ? 'now' : `in ${durationText(seconds)}`;
}
