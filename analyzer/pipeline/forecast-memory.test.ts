import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import type { SignalDefinitions } from '../features/signal.ts';
import type { Grid, Querier } from '../prometheus/querier.ts';
import { createForecastMemory } from './forecast-memory.ts';
import { createForecastPool } from './forecast-pool.ts';
import { createForecastRefresher } from './refresh-forecasts.ts';

const HORIZON = 600;
const NOW = 1_000_000;
const SIGNALS: SignalDefinitions = { load: { unit: 'cores', expr: 'load{$selector}', limit: 50 } };
const valueAt = (time: number) => 10 + Math.sin(time / 300) + (time - NOW) / 10_000;

/** Counts the samples that it answers. */
function countingQuerier() {
  let samples = 0;
  const querier: Querier = {
    async instant(_promql, at) {
      samples += 1;
      return [{ labels: { instance: 'a' }, time: at, value: valueAt(at) }];
    },
    async range(_promql, { from, to, step }: Grid) {
      const length = Math.floor((to - from) / step) + 1;
      samples += length;
      const values = Float64Array.from({ length }, (_, index) => valueAt(from + index * step));
      return [{ labels: { instance: 'a' }, start: from, step, values }];
    },
  };
  return { querier, samples: () => samples };
}

function folderOf(t: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), 'guard-forecasts-'));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** A program with this folder. */
function start(t: TestContext, folder: string | undefined, signals = SIGNALS) {
  const problems: string[] = [];
  const pool = createForecastPool({ maxThreads: 1 });
  t.after(() => pool.close());
  const counting = countingQuerier();
  const refresher = createForecastRefresher({
    ...{ querier: counting.querier, pool, signals, horizons: [HORIZON], maxSubjects: 10 },
    memory: createForecastMemory(folder, ({ message }) => problems.push(message)),
  });
  return { refresher, problems, pool, samples: counting.samples };
}

test('after a restart the forecast is the same, without a fit and without reading the past again', async (t) => {
  const folder = folderOf(t);
  const before = start(t, folder);
  await before.refresher.refresh(NOW, []);
  const [first] = before.refresher.forecasts();
  assert.ok(first, 'there is a forecast');
  assert.ok(before.samples() > 100, 'the past was read');
  await before.refresher.save();

  const after = start(t, folder);
  await after.refresher.refresh(NOW, []);
  assert.deepEqual(after.refresher.forecasts(), [first]);
  assert.ok(after.samples() < 10, `${after.samples()} samples read`);
  assert.equal(after.pool.cpuSeconds(), 0);
  assert.deepEqual(after.problems, []);
});

test('what was said before a restart is settled after it', async (t) => {
  const folder = folderOf(t);
  const step = HORIZON / 20;
  const before = start(t, folder);
  let now = NOW;
  for (; now < NOW + HORIZON; now += step) await before.refresher.refresh(now, []);
  await before.refresher.save();
  const after = start(t, folder);
  for (; now < NOW + 2 * HORIZON; now += step) await after.refresher.refresh(now, []);
  assert.ok((after.refresher.accuracy()[0]?.accuracy.outcomes ?? 0) >= 10);
});

test('for another definition of the signal nothing of it is used', async (t) => {
  const folder = folderOf(t);
  const before = start(t, folder);
  await before.refresher.refresh(NOW, []);
  await before.refresher.save();
  const after = start(t, folder, { load: { ...SIGNALS.load!, expr: 'other{$selector}' } });
  await after.refresher.refresh(NOW, []);
  assert.ok(after.samples() > 100);
});

test('a file that is damaged, of another version or something else is told of, and the past is read anew', async (t) => {
  const folder = folderOf(t);
  const file = join(folder, 'forecasts.state');
  const before = start(t, folder);
  await before.refresher.refresh(NOW, []);
  await before.refresher.save();
  const good = readFileSync(file);
  const damaged = Buffer.from(good);
  damaged[damaged.length - 30]! ^= 1;
  const check = async (bytes: Buffer, want: RegExp) => {
    writeFileSync(file, bytes);
    const { refresher, problems, samples } = start(t, folder);
    await refresher.refresh(NOW, []);
    assert.match(problems.join(), want);
    assert.equal(refresher.unavailable()[0]?.reason, 'state_unreadable');
    assert.ok(samples() > 100);
    assert.equal(refresher.forecasts().length, 1);
  };
  await check(damaged, /damaged: the checksum does not match: the histories are read anew/);
  await check(good.subarray(0, -7), /damaged/);
  await check(Buffer.from(good.toString('latin1').replace(' 1 ', ' 0 '), 'latin1'), /version 0/);
  await check(Buffer.from(''), /not a state/);
});

test('what cannot be written is told of, and forecasts go on', async (t) => {
  const folder = folderOf(t);
  writeFileSync(join(folder, 'file'), '');
  const { refresher, problems } = start(t, join(folder, 'file', 'below'));
  await refresher.refresh(NOW, []);
  await refresher.save();
  assert.match(problems.join(), /cannot be written: .*ENOTDIR|ENOTDIR/);
  assert.equal(refresher.forecasts().length, 1);
});
