// The thread that speaks with the server: what an answer costs to parse does not hold up the main program.
import { workerData } from 'node:worker_threads';
import { move, transferableSymbol, valueSymbol } from 'piscina';
import { createPrometheusClient, type PrometheusClientOptions } from '../prometheus/client.ts';
import { type Grid, QueryError } from '../prometheus/querier.ts';
import type { Answered, QueryAnswer, QueryTask } from './query-thread.ts';

const client = createPrometheusClient(workerData as PrometheusClientOptions);

/** Never throws a QueryError: a class does not survive the way between threads. */
export async function query(task: QueryTask): Promise<QueryAnswer> {
  try {
    const answer =
      'grid' in task ? await readRange(task.promql, task.grid) : await readPoints(task);
    return move(transferable(answer)) as unknown as QueryAnswer;
  } catch (error) {
    if (!(error instanceof QueryError)) throw error;
    return { failure: { kind: error.kind, message: error.message } };
  }
}

async function readPoints({ promql, at }: { promql: string; at: number }): Promise<Answered> {
  const points = await client.instant(promql, at);
  const values = Float64Array.from(points.flatMap(({ time, value }) => [time, value]));
  return { labels: JSON.stringify(points.map(({ labels }) => labels)), values };
}

async function readRange(promql: string, grid: Grid): Promise<Answered> {
  const series = await client.range(promql, grid);
  const length = series[0]?.values.length ?? 0;
  const values = new Float64Array(series.length * length);
  for (const [index, one] of series.entries()) values.set(one.values, index * length);
  return { labels: JSON.stringify(series.map(({ labels }) => labels)), values };
}

/** Piscina's way to say which parts of an answer are moved to the other thread instead of being copied. */
function transferable(answer: Answered) {
  return { [transferableSymbol]: [answer.values.buffer], [valueSymbol]: answer };
}
