import assert from 'node:assert/strict';
import { resolve } from 'node:path';
import { afterEach, test } from 'node:test';
import { type StartFlags, startCommand } from './flags.ts';

const set = (name: string, value: string) => {
  process.env[name] = value;
};
afterEach(() => {
  for (const name of Object.keys(process.env)) {
    if (name.startsWith('GUARD_')) delete process.env[name];
  }
});

function parse(...argv: string[]): StartFlags {
  return startCommand()
    .exitOverride()
    .configureOutput({ writeErr: () => {} })
    .parse(argv, { from: 'user' })
    .opts<StartFlags>();
}

test('without flags everything is local and on the known ports', () => {
  assert.deepEqual(parse(), {
    'prometheus.port': 9090,
    'alertmanager.port': 9093,
    'exporter.port': 10910,
    'analyzer.port': 10911,
    'data.dir': resolve('data'),
    bind: '127.0.0.1',
  });
});

test('a flag wins over its environment variable', () => {
  set('GUARD_PROMETHEUS_PORT', '1');
  set('GUARD_ANALYZER_PORT', '2');
  const flags = parse('--prometheus.port=3', '--demo');
  assert.equal(flags['prometheus.port'], 3);
  assert.equal(flags['analyzer.port'], 2);
  assert.equal(flags.demo, true);
});

test('URLs lose their trailing slash; what is no URL, or carries a password, is refused', () => {
  assert.equal(parse('--prometheus.url=http://a:9090/p/')['prometheus.url'], 'http://a:9090/p');
  for (const wrong of ['a:9090', 'ftp://a', '', 'http://user:secret@a']) {
    assert.throws(() => parse(`--prometheus.url=${wrong}`), /URL/, wrong);
  }
});

test('wrong ports and unknown words are refused', () => {
  for (const wrong of ['65536', '-1', '9e3', 'x', '']) {
    assert.throws(() => parse(`--exporter.port=${wrong}`), /port from 0 to 65535/, wrong);
  }
  assert.throws(() => parse('surplus'), /too many arguments/);
  set('GUARD_EXPORTER_PORT', 'x');
  assert.throws(() => parse(), /GUARD_EXPORTER_PORT/);
});
