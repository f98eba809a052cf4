import assert from 'node:assert/strict';
import { test } from 'node:test';
import { dependencySlow } from './dependency-slow.ts';
import { GUILTY } from './guilty.contract.ts';
import { type FeatureValues, judgeWith, ruleContract, subjectWith } from './rule.contract.ts';

const SLOW = GUILTY.dependency_slow;
const judge = (values: FeatureValues) =>
  judgeWith(dependencySlow, subjectWith(dependencySlow, values))!;

ruleContract(dependencySlow, subjectWith(dependencySlow, SLOW));

test('a dependency that got slower is named with the phase that takes the time', () => {
  const text = judge(SLOW)
    .evidence.map((one) => one.text)
    .join('\n');
  assert.match(text, /pay takes 900 ms to answer/);
  assert.match(text, /phase first_byte: 880 ms/);
});

test('failures are found whatever they took, and all of them are critical', () => {
  const quick = { ...SLOW, probe_duration_seconds: 0.02 };
  assert.ok(judge({ ...quick, probe_failure_ratio: 0.3 }).score > 0.5);
  assert.equal(judge({ ...quick, probe_failure_ratio: 1 }).severity, 'critical');
});

test('without a past the absolute limit counts', () => {
  const { probe_duration_seconds_baseline, ...unknown } = SLOW;
  assert.ok(judge({ ...unknown, probe_duration_seconds: 2 }).score > 0.5);
  assert.ok(judge({ ...unknown, probe_duration_seconds: 0.3 }).score < 0.5);
});

test('look-alikes are silent', () => {
  const silent: Record<string, FeatureValues> = {
    'a dependency that always takes long': { ...SLOW, probe_duration_seconds_baseline: 0.85 },
    'from 1 ms to 8 ms': {
      ...SLOW,
      probe_duration_seconds: 0.008,
      probe_duration_seconds_baseline: 0.001,
    },
    'one failure in fifty runs': {
      ...SLOW,
      probe_duration_seconds: 0.02,
      probe_failure_ratio: 0.02,
    },
  };
  for (const [name, values] of Object.entries(silent)) assert.ok(judge(values).score < 0.5, name);
});

test('on a full host the probe itself is late: only too slow by any measure counts, and is doubtful', () => {
  const full = { ...SLOW, host_cpu_used_ratio: 1 };
  assert.ok(judge({ ...full, probe_duration_seconds: 0.7 }).score < 0.5);
  const long = judge({ ...full, probe_duration_seconds: 2 });
  assert.ok(long.score >= 0.5 && long.confidence < judge(SLOW).confidence);
  assert.ok(judge({ ...full, probe_duration_seconds: 0.7, probe_failure_ratio: 0.5 }).score >= 0.5);
});
