// The answers of broken servers, proxies and networks that the chaos bench also gives to a whole analyzer.
import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import {
  type Answer,
  drips,
  floods,
  hangs,
  NONSENSE,
  redirects,
  resets,
  says,
  startFront,
  status,
  truncates,
} from '../../bench/chaos/front.ts';
import type { Series } from '../series/series.ts';
import { createPrometheusClient } from './client.ts';
import { type Grid, QueryError, type QueryErrorKind } from './querier.ts';
import { readInParts } from './split-range.ts';

async function kindOf(
  t: TestContext,
  answer: Answer,
  timeoutMs = 30_000,
): Promise<QueryErrorKind | 'none'> {
  const front = await startFront('http://127.0.0.1:1');
  t.after(() => front.close());
  front.break(answer);
  const client = createPrometheusClient({ url: front.url, timeoutMs });
  try {
    await client.instant('up', 1);
    return 'none';
  } catch (error) {
    assert.ok(error instanceof QueryError, String(error));
    return error.kind;
  }
}

test('every way of a server to be broken has its kind', async (t) => {
  const page = says('<html>502</html>', 'text/html');
  const cases: readonly (readonly [string, Answer, QueryErrorKind, number?])[] = [
    ['500', status(500), 'unavailable'],
    ['502 of a proxy, a page', status(502, '<html>Bad Gateway</html>'), 'unavailable'],
    ['429', status(429, ''), 'unavailable'],
    ['401', status(401, ''), 'unavailable'],
    ['404', status(404, '404 page not found'), 'unavailable'],
    ['a page', page, 'malformed'],
    ['cut off', truncates, 'unavailable'],
    ['reset', resets, 'unavailable'],
    ['a redirect to itself', redirects, 'unavailable'],
    ['silence', hangs, 'timeout', 300],
    ['a byte now and then', drips, 'timeout', 500],
  ];
  for (const [name, answer, want, timeoutMs] of cases)
    assert.equal(await kindOf(t, answer, timeoutMs), want, name);
});

test('an answer without an end is given up at its bound, compressed or not', async (t) => {
  assert.equal(await kindOf(t, floods(80)), 'malformed');
  assert.equal(await kindOf(t, floods(80, true)), 'malformed');
});

test('JSON of the right outline with something impossible in it is malformed, and nothing else', async (t) => {
  for (const body of NONSENSE) assert.equal(await kindOf(t, says(body)), 'malformed', body);
});

const GRID: Grid = { from: 1_000, to: 1_090, step: 10 };
const seriesOf = ({ from, to, step }: Grid): Series[] => {
  const length = Math.floor((to - from) / step) + 1;
  const values = Float64Array.from({ length }, (_, index) => from + index * step);
  return [{ labels: { a: 'b' }, start: from, step, values }];
};

test('a range that is too much for the server comes in parts, and is whole', async () => {
  const asked: number[] = [];
  const series = await readInParts(GRID, async (part) => {
    const [one] = seriesOf(part);
    asked.push(one!.values.length);
    if (one!.values.length > 3)
      throw new QueryError(
        'rejected',
        'query processing would load too many samples into memory in query execution',
      );
    return [one!];
  });
  assert.deepEqual(series, seriesOf(GRID));
  assert.deepEqual(asked, [10, 5, 3, 2, 5, 3, 2]);
});

test('limits of other servers count, other refusals and failures do not', async () => {
  const partsOf = async (message: string, kind: QueryErrorKind = 'rejected') => {
    let asked = 0;
    const read = async () => {
      asked += 1;
      throw new QueryError(kind, message);
    };
    await assert.rejects(readInParts(GRID, read), { message });
    return asked;
  };
  for (const message of [
    'the query exceeded the maximum number of chunks (limit: 2000000 chunks) (err-mimir-max-chunks-per-query)',
    'cannot select more than -search.maxSamplesPerQuery=1000000000 samples',
    'exceeded samples limit: limit 10 violated',
    'the answer is too large: maxContentLength size of 1 exceeded',
  ])
    assert.equal(await partsOf(message), 5, message);
  assert.equal(await partsOf('parse error: unexpected character'), 1);
  assert.equal(await partsOf('connect ECONNREFUSED', 'unavailable'), 1);
});

test('an empty answer in one part is no gap in another series', async () => {
  let refused = false;
  const series = await readInParts(GRID, async (part) => {
    if (!refused) {
      refused = true;
      throw new QueryError('rejected', 'exceeded sample limit');
    }
    return part.from === GRID.from ? [] : seriesOf(part);
  });
  assert.deepEqual([...series[0]!.values.slice(4, 7)], [NaN, 1_050, 1_060]);
});
