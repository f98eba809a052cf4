// What an operator says of an alarm: real, or noise. Thresholds and the measured precision follow from it.
import { useState } from 'react';
import type { Labels } from '../data/answers.ts';
import { useLive, useViewer } from '../data/context.ts';
import { numberText } from '../data/text.ts';
import { Problem } from '../parts/words.tsx';

interface Taken {
  readonly matched: number;
  readonly factor: number;
}

export interface RealOrNoiseProps {
  readonly signal: string;
  readonly labels: Labels;
  /** Unix seconds at which it began, where that is known. */
  readonly began: number | undefined;
  /** Whether an alarm tells of it: else only a miss can be reported. */
  readonly isOpen: boolean;
}

export function RealOrNoise({ signal, labels, began, isOpen }: RealOrNoiseProps) {
  const { mayOperate, send } = useViewer();
  const { touch } = useLive();
  const [told, setTold] = useState('');
  const [problem, setProblem] = useState<Error>();
  const [isSending, setSending] = useState(false);
  if (!mayOperate) return null;
  const say = (verdict: 'real' | 'noise') => {
    setSending(true);
    setProblem(undefined);
    send<Taken>('/api/v1/anomalies/feedback', {
      ...{ signal, labels, verdict },
      ...(began === undefined ? {} : { began }),
    })
      .then((taken) => {
        setTold(thanks(verdict, taken));
        touch('anomalies');
      }, setProblem)
      .finally(() => setSending(false));
  };
  return (
    <fieldset className="feedback">
      <legend>{isOpen ? 'Was it worth telling?' : 'No alarm tells of it.'}</legend>
      <button type="button" disabled={isSending} onClick={() => say('real')}>
        {isOpen ? 'Real' : 'It should have: report a miss'}
      </button>
      {isOpen && (
        <button type="button" disabled={isSending} onClick={() => say('noise')}>
          Noise
        </button>
      )}
      <span role="status">{told}</span>
      <Problem error={problem} />
    </fieldset>
  );
}

function thanks(verdict: 'real' | 'noise', taken: Taken | undefined): string {
  const factor = taken === undefined ? '' : ` Threshold × ${numberText(taken.factor)}.`;
  return verdict === 'real' ? `Noted as real.${factor}` : `Noted as noise.${factor}`;
}
