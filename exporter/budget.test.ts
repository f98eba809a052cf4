import assert from 'node:assert/strict';
import { beforeEach, test } from 'node:test';
import { createLogger } from '../service/log.ts';
import { type Budget, createBudget, FIRST_PAUSE_SECONDS, WINDOW_SECONDS } from './budget.ts';
import { gauge } from './promformat/family.ts';
import { createScraper } from './scrape.ts';

const log = createLogger({ name: 'test', level: 'error', format: 'json' });
log.level = 'silent';
let now = 0;
let cpu = 0;
let budget: Budget;
beforeEach(() => {
  now = 0;
  cpu = 0;
  budget = createBudget({ cpuRatio: 0.05, cpuClock: () => cpu, clock: () => now, log });
});

const COSTS = { process: 0.5, sockets: 0.3, disk: 0.1 };

/** Lets scrapes of these costs go on for a window, of which the exporter uses this share. */
function spend(ratio: number, costs: Readonly<Record<string, number>> = COSTS): void {
  for (let seconds = 0; seconds < WINDOW_SECONDS; seconds += 5) {
    now += 5;
    cpu += 5 * ratio;
    const running = Object.entries(costs).filter(([name]) => budget.pauseOf(name) === undefined);
    budget.account(new Map(running));
  }
}

const paused = () => Object.keys(COSTS).filter((name) => budget.pauseOf(name) !== undefined);

test('within the budget everything runs, and one dear scrape is no reason', () => {
  spend(0.05);
  cpu += 1;
  budget.account(new Map(Object.entries(COSTS)));
  assert.deepEqual(paused(), []);
});

test('the costliest collector pauses first, the processes last', () => {
  spend(0.2);
  assert.deepEqual(paused(), ['sockets']);
  assert.match(
    budget.pauseOf('sockets') ?? '',
    /paused for 300 s: the exporter used 20\.0 % of a CPU instead of 5\.0 %.*300 ms per scrape/,
  );
  spend(0.2);
  assert.deepEqual(paused(), ['sockets', 'disk']);
  spend(0.2);
  assert.deepEqual(paused(), ['process', 'sockets', 'disk']);
});

test('a pause ends, and the next one is twice as long', () => {
  spend(0.2);
  now += FIRST_PAUSE_SECONDS;
  assert.deepEqual(paused(), []);
  spend(0.2);
  spend(0.2);
  assert.match(budget.pauseOf('sockets') ?? '', /paused for 600 s/);
});

test('after a good while of running pauses are short again', () => {
  spend(0.2);
  now += FIRST_PAUSE_SECONDS * 3;
  spend(0.2);
  spend(0.2);
  assert.match(budget.pauseOf('sockets') ?? '', /paused for 300 s/);
});

test('a scrape says which collector pauses, and does not ask it', async () => {
  const answer = [gauge('guard_good', 'Is good.', 1)];
  let calls = 0;
  const good = {
    name: 'good',
    async collect() {
      calls += 1;
      return answer;
    },
  };
  const scrape = createScraper({ collectors: [good], timeoutMs: 1000, log, budget });
  const signal = new AbortController().signal;
  await scrape([], signal);
  now += WINDOW_SECONDS;
  cpu += WINDOW_SECONDS;
  await scrape([], signal);
  const { families } = await scrape([], signal);
  assert.equal(calls, 2);
  const unavailable = families.find(({ name }) => name === 'guard_collector_unavailable');
  assert.deepEqual(
    unavailable?.samples.map(({ labels }) => labels),
    [{ collector: 'good', reason: 'over_budget' }],
  );
});
