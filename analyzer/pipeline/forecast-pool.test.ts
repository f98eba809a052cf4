// The pool with its real worker, and with one that misbehaves on command.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { pathToFileURL } from 'node:url';
import { forecastSeries } from '../forecast/forecast-series.ts';
import { autoregressive, seriesOf } from '../forecast/generated-series.ts';
import type { Forecast, NoForecast } from '../series/forecast.ts';
import { createForecastPool, type ForecastPoolOptions } from './forecast-pool.ts';
import { createForecastTask } from './forecast-task.ts';

const OPTIONS = { steps: 10, levels: [0.8, 0.95] };
const HISTORY = seriesOf(autoregressive(60, 0.8, 1));

/** What the misbehaving worker does for a forecast of so many steps. */
const ANSWER_THREAD = 1;
const HANG = 2;
const EXIT = 3;
const THROW = 4;
const PRINT = 5;

const folder = mkdtempSync(join(tmpdir(), 'forecast-pool-'));
after(() => rmSync(folder, { recursive: true }));
const realWorker = new URL('./forecast-worker.ts', import.meta.url);
const misbehaving = pathToFileURL(join(folder, 'worker.mjs'));
writeFileSync(
  misbehaving,
  `import '${realWorker.href}';
import { threadId } from 'node:worker_threads';
export function forecast({ options: { steps } }) {
  while (steps === ${HANG});
  if (steps === ${EXIT}) process.exit(7);
  if (steps === ${THROW}) throw new Error('out of ideas');
  if (steps === ${PRINT}) console.log('printed by the worker');
  return { reason: 'model_failed', detail: 'thread ' + threadId };
}`,
);

function createTestPool(context: { after(fn: () => Promise<void>): void }, options = {}) {
  const defaults: ForecastPoolOptions = { maxThreads: 1, worker: misbehaving };
  const pool = createForecastPool({ ...defaults, ...options });
  context.after(() => pool.close());
  return (steps: number, signal?: AbortSignal) =>
    pool.forecast(HISTORY, { ...OPTIONS, steps }, signal).then(detailOf);
}

function detailOf(answer: Forecast | NoForecast): string {
  assert.ok('reason' in answer);
  return `${answer.reason}: ${answer.detail}`;
}

test('a forecast from a worker is the one that the models give here', async (context) => {
  const pool = createForecastPool();
  context.after(() => pool.close());
  const answers = await Promise.all([
    pool.forecast(HISTORY, OPTIONS),
    pool.forecast(HISTORY, OPTIONS),
    pool.forecast(seriesOf([1, 2, 3]), OPTIONS),
  ]);
  assert.deepEqual(answers[0], forecastSeries(HISTORY, OPTIONS));
  assert.deepEqual(answers[1], answers[0]);
  assert.ok('reason' in answers[2] && answers[2].reason === 'history_too_short');
});

test('a task carries the last 2,016 values in a buffer of their own', () => {
  const values = new Float64Array(20_000).map((_, i) => i).subarray(1000);
  const { history } = createForecastTask({ ...seriesOf([]), values }, OPTIONS);
  assert.equal(history.values.buffer.byteLength, 2016 * 8);
  assert.equal(history.values.at(-1), 19_999);
  assert.equal(history.start, 1_700_000_000 + (19_000 - 2016) * 10);
});

test('a full queue is a reason', async (context) => {
  const forecast = createTestPool(context, { maxQueue: 2 });
  const details = await Promise.all([1, 2, 3, 4].map(() => forecast(ANSWER_THREAD)));
  assert.match(details[3]!, /^overloaded: the queue is full: 2 forecasts wait/);
  assert.ok(details.slice(0, 3).every((detail) => detail.startsWith('model_failed: thread')));
});

test('a worker that throws, exits or hangs costs its own task only', async (context) => {
  const forecast = createTestPool(context, { taskTimeoutMs: 1000 });
  const tasks = [ANSWER_THREAD, THROW, ANSWER_THREAD, EXIT, ANSWER_THREAD, HANG, ANSWER_THREAD];
  const details = await Promise.all(tasks.map((task) => forecast(task)));
  assert.match(details[1]!, /^model_failed: .* worker failed: out of ideas/);
  assert.match(details[3]!, /worker failed: .*7/);
  assert.match(details[5]!, /no forecast within 1000 ms/);
  for (const index of [0, 2, 4, 6]) assert.match(details[index]!, /^model_failed: thread \d+$/);
});

test('a worker that cannot be loaded is a reason', async (context) => {
  const worker = pathToFileURL(join(folder, 'missing.mjs'));
  const forecast = createTestPool(context, { worker });
  assert.match(await forecast(ANSWER_THREAD), /worker failed/);
});

test('workers are renewed after their share of tasks, and no task is lost', async (context) => {
  const forecast = createTestPool(context, { tasksPerWorker: 3 });
  const details = await Promise.all(Array.from({ length: 10 }, () => forecast(ANSWER_THREAD)));
  assert.ok(details.every((detail) => detail.startsWith('model_failed: thread')));
  assert.equal(new Set(details).size, 4);
});

test('an abort ends a task that runs, one that waits and one that comes late', async (context) => {
  const forecast = createTestPool(context);
  const controller = new AbortController();
  const running = forecast(HANG, controller.signal);
  const waiting = forecast(ANSWER_THREAD, controller.signal);
  const other = forecast(ANSWER_THREAD);
  setTimeout(() => controller.abort(), 300);
  assert.match(await running, /cancelled/);
  assert.match(await waiting, /cancelled/);
  assert.match(await other, /^model_failed: thread/);
  assert.match(await forecast(ANSWER_THREAD, controller.signal), /cancelled/);
});

test('closing answers what runs, what waits and what comes late, and may be repeated', async () => {
  const pool = createForecastPool({ maxThreads: 1, worker: misbehaving });
  const open = [HANG, ANSWER_THREAD].map((steps) => pool.forecast(HISTORY, { ...OPTIONS, steps }));
  await new Promise((resolve) => setTimeout(resolve, 300));
  await Promise.all([pool.close(), pool.close()]);
  const late = pool.forecast(HISTORY, OPTIONS);
  for (const answer of await Promise.all([...open, late]))
    assert.match(detailOf(answer), /^cancelled: .* pool is closed/);
});

test('a closed pool lets the process end, and workers print nothing to its output', async () => {
  const script = join(folder, 'main.mts');
  writeFileSync(
    script,
    `import { createForecastPool } from '${new URL('./forecast-pool.ts', import.meta.url).href}';
const pool = createForecastPool({ worker: new URL('${misbehaving.href}') });
const history = { labels: {}, start: 0, step: 1, values: new Float64Array(20) };
await pool.forecast(history, { steps: ${PRINT}, levels: [0.8] });
await pool.close();
process.stdout.write('end');`,
  );
  const child = spawn(process.execPath, [script], { stdio: ['ignore', 'pipe', 'pipe'] });
  const deadline = setTimeout(() => child.kill('SIGKILL'), 20_000);
  let [output, errors] = ['', ''];
  child.stdout.on('data', (chunk) => (output += chunk));
  child.stderr.on('data', (chunk) => (errors += chunk));
  const code = await new Promise((resolve) => child.on('close', resolve));
  clearTimeout(deadline);
  assert.equal(code, 0, errors);
  assert.equal(output, 'end');
});
