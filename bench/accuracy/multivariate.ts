// Scores every row of a labelled set by the rows before it, with one setting for all, in the format of the scorer.
import { learn, observe, startStream } from '../../analyzer/anomaly/multivariate-stream.ts';
import { readCloudMetrics, readMachines, type Watched } from './labelled-series.ts';

export const LABELLED_SETS = ['smd', 'asd', 'cloudmon'] as const;
export type LabelledSet = (typeof LABELLED_SETS)[number];

const SEED = 1;

export interface Scored {
  readonly csv: string;
  /** Wall-clock milliseconds per series: learning, judging every row, and learning anew in between. */
  readonly milliseconds: readonly number[];
}

/** @param folder holds a folder per set. The labels in it are never opened. */
export function scoreLabelled(folder: string, set: LabelledSet): Scored {
  const watched = set === 'cloudmon' ? readCloudMetrics(folder) : readMachines(folder, set);
  const lines = ['series,index,score,alert'];
  const milliseconds: number[] = [];
  for (const series of watched) {
    const started = performance.now();
    for (const line of scoreOne(series)) lines.push(line);
    milliseconds.push(performance.now() - started);
  }
  return { csv: `${lines.join('\n')}\n`, milliseconds };
}

function scoreOne({ name, columns, past, moments }: Watched): string[] {
  const stream = startStream(columns, SEED);
  if (past.length > 0) learn(stream, past);
  return moments.map((moment, index) => {
    const { judgement, alarmSince } = observe(stream, moment);
    const alert = alarmSince === undefined ? 0 : 1;
    return `${name},${index},${(judgement?.score ?? 0).toFixed(5)},${alert}`;
  });
}
