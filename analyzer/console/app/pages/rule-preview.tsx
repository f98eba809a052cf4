// What a rule would have done in the past, as it is and as it is changed.
import type { PreviewAnswer, RulePreview } from '../data/answers.ts';
import { countText, durationText, placeOf } from '../data/text.ts';
import { Badge, Clock, type Tone } from '../parts/words.tsx';

const MAX_FIRINGS = 20;
const TONES: Readonly<Record<string, Tone>> = { critical: 'critical', warning: 'warning' };

export interface PreviewTableProps {
  readonly preview: PreviewAnswer;
  /** Without the single firings. */
  readonly isShort?: boolean;
}

export function PreviewTable({ preview: { severities }, isShort = false }: PreviewTableProps) {
  return (
    <>
      <table>
        <thead>
          <tr>
            <th scope="col">Severity</th>
            <th scope="col">As it is</th>
            <th scope="col">With the change</th>
          </tr>
        </thead>
        <tbody>
          {severities.map(({ severity, now, changed }) => (
            <tr key={severity}>
              <th scope="row">
                <Badge tone={TONES[severity] ?? 'info'}>{severity}</Badge>
              </th>
              <td className="wrap">{sentenceOf(now)}</td>
              <td className="wrap">{sentenceOf(changed)}</td>
            </tr>
          ))}
        </tbody>
      </table>
      {!isShort &&
        severities.map(({ severity, changed }) => (
          <Firings key={severity} severity={severity} preview={changed} />
        ))}
    </>
  );
}

function sentenceOf({ count, subjects, firingSeconds }: RulePreview): string {
  if (count === 0) return 'would never have fired';
  const times = count === 1 ? 'once' : countText(count, 'time');
  const long = firingSeconds > 0 ? `, ${durationText(firingSeconds)} in all` : '';
  return `would have fired ${times}, on ${countText(subjects, 'subject')}${long}`;
}

function Firings({ severity, preview }: { severity: string; preview: RulePreview }) {
  const { count, firings } = preview;
  if (count === 0) return null;
  const shown = firings.slice(0, MAX_FIRINGS);
  return (
    <details>
      <summary>
        When: {severity} with the change
        {count > shown.length && `, the latest ${shown.length} of ${count}`}
      </summary>
      <ul className="plain">
        {shown.map(({ labels, from, to, isOpen }) => (
          <li key={`${from} ${JSON.stringify(labels)}`}>
            <Clock time={from} />, {placeOf(labels)},{' '}
            {isOpen ? 'still firing' : `for ${durationText(to - from)}`}
          </li>
        ))}
      </ul>
    </details>
  );
}
