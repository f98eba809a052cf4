import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createDecreaseWatch } from './decrease-watch.contract.ts';

const sample = (value: number | string, group = 'a') =>
  `# TYPE guard_process_cpu_seconds_total counter\nguard_process_cpu_seconds_total{group="${group}",mode="user"} ${value}\n`;

test('growth, standstill and a new group are no decrease', () => {
  const watch = createDecreaseWatch();
  for (const text of [sample(1), sample(1), sample(1.5), sample('2e3') + sample(0, 'b')])
    watch.look(text);
  assert.deepEqual([watch.series(), watch.decreases], [2, []]);
});

test('a decrease is told each time, also after an absence', () => {
  const watch = createDecreaseWatch();
  for (const text of [sample(7), '', sample(5), sample(6)]) watch.look(text);
  const series = 'guard_process_cpu_seconds_total{group="a",mode="user"}';
  assert.deepEqual(watch.decreases, [`${series}: 5 after 7`, `${series}: 6 after 7`]);
});

test('gauges and other counters are not looked at', () => {
  const watch = createDecreaseWatch();
  watch.look('guard_process_threads{group="a"} 5\nguard_forks_total 7\n');
  assert.equal(watch.series(), 0);
});
