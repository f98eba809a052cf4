// The thread that speaks with the server: what an answer costs to parse does not hold up the main program.
import { workerData } from 'node:worker_threads';
import { move, transferableSymbol, valueSymbol } from 'piscina';
import { createAccess } from '../prometheus/access.ts';
import {
  createPrometheusClient,
  type Notice,
  type PrometheusClientOptions,
} from '../prometheus/client.ts';
import { type Grid, type Querier, QueryError } from '../prometheus/querier.ts';
import type { Answered, QueryAnswer, QueryTask } from './query-thread.ts';

const options = workerData as PrometheusClientOptions;
const ways = createAccess(options.access);

/** Never throws a QueryError: a class does not survive the way between threads. */
export async function query(task: QueryTask): Promise<QueryAnswer> {
  const notices: Notice[] = [];
  const client = createPrometheusClient(options, (_promql, notice) => notices.push(notice), ways);
  try {
    const answer = await read(client, task);
    const warnings = notices.flatMap((notice) => notice.warnings);
    return move(
      transferable({ ...answer, notice: { warnings, serverTime: notices.at(-1)?.serverTime } }),
    ) as unknown as QueryAnswer;
  } catch (error) {
    if (!(error instanceof QueryError)) throw error;
    return { failure: { kind: error.kind, message: error.message } };
  }
}

async function read(client: Querier, task: QueryTask): Promise<Omit<Answered, 'notice'>> {
  if ('grid' in task) return await readRange(client, task.promql, task.grid);
  const points = await client.instant(task.promql, task.at);
  const values = Float64Array.from(points.flatMap(({ time, value }) => [time, value]));
  return { labels: JSON.stringify(points.map(({ labels }) => labels)), values };
}

async function readRange(
  client: Querier,
  promql: string,
  grid: Grid,
): Promise<Omit<Answered, 'notice'>> {
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
