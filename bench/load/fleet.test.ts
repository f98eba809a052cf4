import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createFleet, type FleetOptions, groupName } from './fleet.ts';

const START = 1_700_000_000;
const options: FleetOptions = {
  ...{ hosts: 3, groups: 20, churnRatio: 0.2, churnSeconds: 600 },
  start: START,
};
const fleet = createFleet(options);

function samplesOf(text: string): Map<string, number> {
  const lines = text.trimEnd().split('\n');
  const samples = lines.map((line): [string, number] => {
    assert.match(line, /^guard_[a-z0-9_]+(\{[a-z_]+="[^"]*"(,[a-z_]+="[^"]*")*\})? -?[\d.e+]+$/);
    const end = line.lastIndexOf(' ');
    return [line.slice(0, end), Number(line.slice(end + 1))];
  });
  const byName = new Map(samples);
  assert.equal(byName.size, samples.length, 'no series twice');
  return byName;
}

test('counters never go down while their group lives, broken or not', () => {
  const fault = { host: 1, group: 3, from: START + 2_000 };
  let before = new Map<string, number>();
  for (let time = START + 1_000; time < START + 4_000; time += 15) {
    const now = samplesOf(fleet.render(1, time, fault));
    for (const [name, value] of now)
      if (name.includes('_total'))
        assert.ok(value >= (before.get(name) ?? 0), `${name} at ${time}`);
    before = now;
  }
});

test('a broken host is out of CPU because of one group, a healthy one is not', () => {
  const used = (fault?: { host: number; group: number; from: number }) => {
    const [a, b] = [START + 5_000, START + 5_060].map((time) =>
      samplesOf(fleet.render(0, time, fault)),
    );
    const rise = (pattern: RegExp) =>
      [...b!].reduce(
        (sum, [name, value]) => (pattern.test(name) ? sum + value - a!.get(name)! : sum),
        0,
      );
    const idle = rise(/^guard_cpu_seconds_total.*mode="(idle|iowait)"/);
    return {
      host: 1 - idle / rise(/^guard_cpu_seconds_total/),
      group: rise(/^guard_process_cpu_seconds_total\{group="app-3"/) / 60,
    };
  };
  const healthy = used();
  const broken = used({ host: 0, group: 3, from: START + 4_900 });
  assert.ok(healthy.host < 0.6 && healthy.group < 1, JSON.stringify(healthy));
  assert.ok(broken.host > 0.9 && broken.group > 3, JSON.stringify(broken));
});

test('some groups are replaced again and again, the others stay', () => {
  const names = (time: number) =>
    Array.from({ length: 20 }, (_, group) => groupName(options, group, time));
  const [now, later] = [names(START + 10_000), names(START + 10_000 + 600)];
  assert.equal(now.filter((name, group) => name !== later[group]).length, 4);
  assert.equal(new Set(now).size, 20);
});

test('the same host at the same time has the same metrics; hosts differ', () => {
  assert.equal(fleet.render(2, START + 77), createFleet(options).render(2, START + 77));
  assert.notEqual(fleet.render(2, START + 77), fleet.render(1, START + 77));
});
