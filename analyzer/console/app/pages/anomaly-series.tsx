// One watched series: what it was against what was usual then.
import { useMemo } from 'react';
import type { AnomalyScore, BandAnswer } from '../data/answers.ts';
import { useResource } from '../data/resource.ts';
import { placeOf, quantityText, titleOf, unitOfName } from '../data/text.ts';
import { Chart, type ChartProps } from '../parts/chart.tsx';
import { Ago, Badge, Empty, Loading, Problem } from '../parts/words.tsx';
import { BandBar } from './anomaly-event.tsx';
import { Fact } from './finding-detail.tsx';
import { RealOrNoise } from './real-or-noise.tsx';

const RANGE_SECONDS = 6 * 3_600;

export function AnomalySeries({ one }: { one: AnomalyScore }) {
  const { signal, labels, detector, score, actual, lower, upper, isOpen, since } = one;
  const unit = unitOfName(signal);
  return (
    <article className="detail">
      <header className="detail-head">
        <h3 className="detail-title">
          {titleOf(signal)} <span className="quiet-text">{placeOf(labels)}</span>{' '}
          {isOpen && <Badge tone="warning">unusual</Badge>}
        </h3>
        <dl className="facts">
          <Fact name="Score">{score === null ? 'too little history' : score.toFixed(2)}</Fact>
          <Fact name="Actual">{quantityText(actual, unit)}</Fact>
          <Fact name="Usual">
            {quantityText(lower, unit)} – {quantityText(upper, unit)} <BandBar one={one} />
          </Fact>
          {since !== null && (
            <Fact name="Since">
              <Ago time={since} />
            </Fact>
          )}
        </dl>
      </header>
      {detector === 'fused' ? (
        <BandChart one={one} unit={unit} />
      ) : (
        <p className="quiet-text">
          {detector === 'peers'
            ? 'Compared with the replicas of the group on other hosts: there is no band of its own past to draw.'
            : 'All series of the host together: there is no single value to draw.'}
        </p>
      )}
      <RealOrNoise signal={signal} labels={labels} began={since ?? undefined} isOpen={isOpen} />
    </article>
  );
}

function BandChart({ one, unit }: { one: AnomalyScore; unit: string }) {
  const { signal, labels } = one;
  const query = `signal=${encodeURIComponent(signal)}&labels=${encodeURIComponent(JSON.stringify(labels))}`;
  const { data, problem, isLoading } = useResource<BandAnswer>(
    `/api/v1/anomalies/history?${query}&range=${RANGE_SECONDS}`,
    'anomalies',
  );
  const chart = useMemo(() => data && toChart(one, data, unit), [one, data, unit]);
  if (problem !== undefined) return <Problem error={problem} />;
  if (isLoading || chart === undefined) return <Loading />;
  if (chart.times.length === 0) return <Empty title="No value was judged in the last six hours" />;
  return <Chart {...chart} />;
}

function toChart({ signal, labels }: AnomalyScore, band: BandAnswer, unit: string): ChartProps {
  const { start, step, values, lower, middle, upper } = band;
  return {
    label: `${titleOf(signal)} of ${placeOf(labels)} in the last six hours with the band of what is usual`,
    times: values.map((_value, index) => start + index * step),
    lines: [
      { label: 'Expected', values: middle, color: 'median', width: 1.5 },
      { label: 'Actual', values, color: 'past', width: 1.5 },
    ],
    bands: [{ label: 'Usual', upper, lower, color: 'narrow' }],
    unit,
  };
}
