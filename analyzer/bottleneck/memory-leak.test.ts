import assert from 'node:assert/strict';
import { test } from 'node:test';
import { memoryLeak } from './memory-leak.ts';
import {
  type FeatureValues,
  groupWith,
  hostWith,
  judgeWith,
  NOW,
  ruleContract,
  type Surroundings,
} from './rule.contract.ts';

const MB = 1e6;
const HOST: FeatureValues = {
  host_memory_total_bytes: 16e9,
  host_memory_available_bytes: 8e9,
  group_anonymous_memory_bytes: 500 * MB,
  group_start_time_seconds: NOW - 86_400,
};
/** `n` values at 15 s with a little deterministic noise. */
const history = (n: number, value: (index: number) => number) =>
  Array.from({ length: n }, (_, index) => value(index) + ((index * 7919) % 13) * 20_000);
const leak = history(60, (i) => 100 * MB + i * 12 * MB);
const scoreOf = (values: readonly number[], features: FeatureValues = {}) =>
  judgeWith(memoryLeak, groupWith({ ...HOST, ...features }, values))?.score ?? 0;

ruleContract(memoryLeak, groupWith(HOST, leak));

test('steady growth is found, with its rate and the time that is left', () => {
  const judgement = judgeWith(memoryLeak, groupWith(HOST, leak));
  const text = judgement!.evidence.map((one) => one.text).join('\n');
  assert.match(text, /grew by \d+ MiB in 14.8 min/);
  assert.match(text, /grows by 45.\d MiB a minute/);
  assert.match(text, /used up in 2.7\d h/);
  assert.equal(judgement!.severity, 'warning');
});

test('a host that is full within the hour is critical', () => {
  const full = groupWith({ ...HOST, host_memory_available_bytes: 2e9 }, leak);
  assert.equal(judgeWith(memoryLeak, full)!.severity, 'critical');
});

test('look-alikes are silent', () => {
  const silent: Record<string, number[]> = {
    flat: history(60, () => 300 * MB),
    'warm-up that levels off': history(60, (i) => 100 * MB + 300 * MB * (1 - Math.exp(-i / 8))),
    'saw-tooth of a collector': history(60, (i) => 100 * MB + (i % 12) * 10 * MB),
    'growth that is over': history(60, (i) => 100 * MB + Math.min(i, 30) * 12 * MB),
    'slow growth of a small process': history(60, (i) => 10 * MB + i * 0.1 * MB),
    shrinking: history(60, (i) => 900 * MB - i * 10 * MB),
    'too short to tell': history(8, (i) => 100 * MB + i * 12 * MB),
    gone: history(60, () => Number.NaN),
  };
  for (const [name, values] of Object.entries(silent)) {
    assert.ok(scoreOf(values) < 0.5, `${name}: ${scoreOf(values)}`);
  }
});

test('only what came after the last restart counts', () => {
  assert.ok(scoreOf(leak, { group_start_time_seconds: NOW - 60 }) < 0.5);
  const restarted = history(60, (i) => (i < 50 ? 800 * MB : 100 * MB + (i - 50) * 12 * MB));
  assert.ok(scoreOf(restarted) < 0.5, 'ten points after the restart are too few');
});

test('without the available memory there is no date, rather than an invented one', () => {
  const { host_memory_available_bytes, ...rest } = HOST;
  const judgement = judgeWith(memoryLeak, groupWith(rest, leak));
  assert.equal(judgement!.evidence.length, 2);
  assert.equal(judgement!.severity, 'warning');
});

const GROUP_HOST = { ...HOST, host_memory_total_bytes: 16e9 };
const judgeAround = (around: Surroundings, features: FeatureValues = {}) =>
  judgeWith(memoryLeak, hostWith({ ...GROUP_HOST, ...features }, around).groups[0]!);
const scoreAround = (around: Surroundings, features: FeatureValues = {}) =>
  judgeAround(around, features)?.score ?? 0;
/** Deterministic noise in [-0.5, 0.5). */
const noise = (index: number) => ((index * 7919 + 104_729) % 1009) / 1009 - 0.5;

test('50 MB a minute is found within five minutes, on a small host and on a large one', () => {
  const minutes = (n: number) => history(n * 4 + 1, (i) => 60 * MB + (i / 4) * 50 * MB);
  for (const total of [2e9, 16e9, 256e9]) {
    const features = { host_memory_total_bytes: total, group_start_time_seconds: NOW - 300 };
    assert.ok(scoreAround({ history: minutes(5) }, features) >= 0.5, `${total} bytes`);
  }
});

test('12 MB a day is found in days of data, under a daily course and noise', () => {
  const days = (n: number, perDay: number) =>
    Array.from({ length: n * 24 + 1 }, (_, hour) => {
      const daily = 3 * MB * Math.sin((hour * 2 * Math.PI) / 24);
      return 150 * MB + (hour / 24) * perDay * MB + daily + noise(hour) * 2 * MB;
    });
  const old = { group_start_time_seconds: NOW - 30 * 86_400 };
  const found = judgeAround({ trend: days(5, 12) }, old);
  assert.ok(found !== undefined && found.score >= 0.5, `${found?.score}`);
  assert.equal(found.severity, 'info', 'the host is full in two years');
  assert.match(found.evidence[1]!.text, /grows by 1[0-3](.\d)? MiB a day/);
  assert.ok(scoreAround({ trend: days(1, 12) }, old) < 0.5, 'a day is too short to tell');
  assert.ok(scoreAround({ trend: days(7, 0) }, old) < 0.5, 'a daily course alone');
  assert.ok(scoreAround({ trend: days(7, 0.5) }, old) < 0.5, 'too little to matter');
});

test('a slow leak survives restarts in its history: what the running process does counts', () => {
  const before = Array.from({ length: 96 }, (_, i) => (180 + i / 2) * MB);
  const since = Array.from({ length: 73 }, (_, i) => (100 + i) * MB);
  const started = { group_start_time_seconds: NOW - 72 * 3600 };
  assert.ok(scoreAround({ trend: [...before, ...since] }, started) >= 0.5);
});

test('a young process that warms up slowly is silent, a young leak is not', () => {
  const young = { group_start_time_seconds: NOW - 300 };
  const warmUp = history(21, (i) => 100 * MB + 900 * MB * (1 - Math.exp(-i / 40)));
  assert.ok(scoreAround({ history: warmUp }, young) < 0.5);
});

test('growth that traffic or more processes explain is no leak', () => {
  const features = { group_start_time_seconds: NOW - 86_400 };
  assert.ok(scoreAround({ history: leak }, features) >= 0.5);
  const doubled = history(60, (i) => (200 + (i * 200) / 59) * MB);
  assert.ok(scoreAround({ history: doubled }, features) >= 0.5);
  for (const cause of ['group_processes_growth_ratio', 'group_network_growth_ratio']) {
    assert.ok(scoreAround({ history: doubled }, { ...features, [cause]: 2 }) < 0.5, cause);
  }
});

test('processes that come and go may be larger than the one that stays, but not without bounds', () => {
  const eightfold = history(20, (i) => (100 + (i * 700) / 19) * MB);
  const around = (processes: number) =>
    scoreAround(
      { history: eightfold },
      { group_start_time_seconds: NOW - 86_400, group_processes_growth_ratio: processes },
    );
  assert.ok(around(1) >= 0.5);
  assert.ok(around(4) < 0.5);
  assert.ok(around(1.5) >= 0.5);
});

test('cron-like lifetimes, saw-teeth of every length and noise are silent', () => {
  const silent: Record<string, number[]> = {
    'a job of two minutes again and again': history(240, (i) => (i % 8) * 100 * MB),
    'a slow saw-tooth': history(240, (i) => 200 * MB + (i % 100) * 8 * MB),
    'a saw-tooth that falls by a third': history(240, (i) => 400 * MB + (i % 20) * 10 * MB),
    noise: history(240, (i) => 500 * MB + noise(i) * 300 * MB),
    'a step': history(240, (i) => (i < 120 ? 300 : 700) * MB),
    'load that comes and goes': history(240, (i) => (500 + 200 * Math.sin(i / 12)) * MB),
  };
  for (const [name, values] of Object.entries(silent)) {
    assert.ok(
      scoreAround({ history: values }) < 0.5,
      `${name}: ${scoreAround({ history: values })}`,
    );
  }
});
