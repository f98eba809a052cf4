import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseListenAddress, type ServiceFlags, serviceCommand } from './flags.ts';

test('listen addresses are read as Prometheus reads them', () => {
  assert.deepEqual(parseListenAddress(':10910'), { host: '0.0.0.0', port: 10910 });
  assert.deepEqual(parseListenAddress('127.0.0.1:0'), { host: '127.0.0.1', port: 0 });
  assert.deepEqual(parseListenAddress('[::1]:9090'), { host: '::1', port: 9090 });
  for (const wrong of ['10910', 'host:', 'host:99999', '::1:9090', 'http://host:1']) {
    assert.throws(() => parseListenAddress(wrong), /expected host:port/, wrong);
  }
});

test('flags keep their dotted names and defaults', () => {
  const command = serviceCommand('exporter', 'test', 10910).exitOverride();
  const flags = command.parse(['--log.level=debug'], { from: 'user' }).opts<ServiceFlags>();
  assert.equal(flags['log.level'], 'debug');
  assert.deepEqual(flags['web.listenAddress'], { host: '0.0.0.0', port: 10910 });
  assert.equal(flags['config.file'], undefined);
});

test('an unknown flag or value is refused', () => {
  const parse =
    (...argv: string[]) =>
    () =>
      serviceCommand('exporter', 'test', 1)
        .exitOverride()
        .configureOutput({ writeErr: () => {} })
        .parse(argv, { from: 'user' });
  assert.throws(parse('--web.listen=:1'), /unknown option/);
  assert.throws(parse('--log.level=loud'), /Allowed choices/);
  assert.throws(parse('surplus'), /too many arguments/);
});
