import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { ConfigError, loadConfig, parseConfig } from '../service/config.ts';
import { COLLECTOR_NAMES } from './collectors/list.ts';
import { configSchema } from './config.ts';

const EXAMPLE = join(import.meta.dirname, 'exporter.yml');

function problemsOf(text: string): readonly string[] {
  try {
    parseConfig(configSchema, text, 'exporter.yml');
  } catch (error) {
    assert.ok(error instanceof ConfigError);
    return error.problems;
  }
  return [];
}

test('the example is valid and shows the defaults', () => {
  assert.deepEqual(loadConfig(configSchema, EXAMPLE), parseConfig(configSchema, '', 'defaults'));
});

test('the example names every collector', () => {
  const named = /# Any of: (.*)\./.exec(readFileSync(EXAMPLE, 'utf8'))?.[1]?.split(', ');
  assert.deepEqual(named?.sort(), [...COLLECTOR_NAMES].sort());
});

test('mistakes are all told at once with their place', () => {
  const problems = problemsOf(
    [
      'collectors: {disabled: [gpu]}',
      'timeouts: {collector: 0s}',
      'ping: {targets: ["-f"], count: 3}',
      'network: {ignored_devices: "("}',
      'procces: {}',
    ].join('\n'),
  ).join('\n');
  assert.match(problems, /exporter\.yml:1: collectors\.disabled\[0\]: expected cpu, memory/);
  assert.match(problems, /exporter\.yml:2: timeouts\.collector: "0s" is out of range/);
  assert.match(problems, /exporter\.yml:3: ping\.targets\[0\]: expected a host name or an address/);
  assert.match(problems, /exporter\.yml:3: ping\.count: unknown key/);
  assert.match(
    problems,
    /exporter\.yml:4: network\.ignored_devices: expected a regular expression/,
  );
  assert.match(problems, /exporter\.yml:5: procces: unknown key/);
});
