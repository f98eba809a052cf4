import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { createServer } from 'node:http';
import { type TestContext, test } from 'node:test';
import { createLogger } from '../../../service/log.ts';
import { render } from '../../promformat/render.ts';
import type { ProbePhase, ProbeReason, ProbeResult } from '../../sources/probe-result.ts';
import { closedPort, listen } from '../../sources/probe-servers.contract.ts';
import { settingsOf } from '../fixture-host.contract.ts';
import { createProbeCollector, type ProbeDeps } from './probe.ts';

const signal = new AbortController().signal;
const turn = () => new Promise((resolve) => setImmediate(resolve));
const YAML =
  "probe: {probes: [{name: shop, interval: 10s, http: {url: 'http://shop.test/a?token=secret'}}]}";

function result(reason: ProbeReason | undefined, total: number, more = {}): ProbeResult {
  return {
    failure: reason === undefined ? undefined : { reason, message: `because of ${reason}` },
    seconds: new Map<ProbePhase, number>([['total', total]]),
    statusCode: undefined,
    certificateExpirySeconds: undefined,
    ...more,
  };
}

/** A collector whose runs answer what is given, one after the other. */
function replay(t: TestContext, results: readonly ProbeResult[], deps: ProbeDeps = {}) {
  t.mock.timers.enable({ apis: ['setTimeout', 'setInterval'] });
  let next = 0;
  const collector = createProbeCollector(settingsOf(YAML).probe, {
    run: async () => results[next++] ?? result('other', 0),
    random: () => 0,
    wallClock: () => 1_700_000_000 + next,
    ...deps,
  });
  const samples = async (name: string) => {
    const families = await collector.collect(signal);
    const family = families.find((one) => one.name === name);
    return family?.samples.map(({ labels, value }) => [...Object.values(labels).slice(1), value]);
  };
  const runAgain = async () => {
    t.mock.timers.tick(10_000);
    await turn();
  };
  return { collector, samples, runAgain };
}

test('the last run is told, counters go on', async (t) => {
  const first = result(undefined, 0.25, { statusCode: 200, certificateExpirySeconds: 5 });
  const replayed = replay(t, [first, result('refused', 0.001), result('timeout', 5)]);
  const { collector, samples, runAgain } = replayed;
  collector.start?.();
  await turn();
  assert.deepEqual(await samples('guard_probe_success'), [[1]]);
  assert.deepEqual(await samples('guard_probe_http_status_code'), [[200]]);
  assert.deepEqual(await samples('guard_probe_tls_certificate_expiry_timestamp_seconds'), [[5]]);
  assert.deepEqual(await samples('guard_probe_last_run_timestamp_seconds'), [[1_700_000_001]]);
  const reasons = await samples('guard_probe_failures_total');
  assert.ok(reasons?.every(([, value]) => value === 0));
  assert.deepEqual(reasons?.map(([reason]) => reason).slice(0, 3), [
    'dns',
    'refused',
    'unreachable',
  ]);

  await runAgain();
  await runAgain();
  assert.deepEqual(await samples('guard_probe_success'), [[0]]);
  assert.deepEqual(await samples('guard_probe_duration_seconds'), [['total', 5]]);
  assert.deepEqual(await samples('guard_probe_http_status_code'), []);
  assert.deepEqual(await samples('guard_probe_runs_total'), [[3]]);
  assert.deepEqual(
    (await samples('guard_probe_failures_total'))?.filter(([, value]) => value !== 0),
    [
      ['refused', 1],
      ['timeout', 1],
    ],
  );
  const histogram = await samples('guard_probe_total_seconds');
  assert.deepEqual(histogram?.slice(-2), [[5.25], [2]], 'a refusal is no duration');
  assert.deepEqual(await samples('guard_probe_info'), [['http', 'http://shop.test/a', 1]]);
  await collector.stop?.();
});

test('before the first run there is no data', async (t) => {
  const { collector } = replay(t, [], { random: () => 0.5 });
  collector.start?.();
  await assert.rejects(collector.collect(signal), { reason: 'not_run_yet' });
  await collector.stop?.();
});

test('a state is logged when it begins, without what is secret', async (t) => {
  const lines: string[] = [];
  const log = createLogger({ name: 'test', level: 'info', format: 'json' });
  const note = (fields: object, message: string) =>
    lines.push(JSON.stringify({ ...fields, message }));
  t.mock.method(log, 'warn', note);
  t.mock.method(log, 'info', note);
  const results = [result(undefined, 1), result('dns', 1), result('dns', 1), result(undefined, 1)];
  const { collector, runAgain } = replay(t, results, { log });
  collector.start?.();
  await turn();
  for (let run = 0; run < 3; run += 1) await runAgain();
  await collector.stop?.();
  assert.deepEqual(lines, [
    '{"probe":"shop","target":"http://shop.test/a","reason":"dns","err":"because of dns","message":"probe failed"}',
    '{"probe":"shop","target":"http://shop.test/a","message":"probe works again"}',
  ]);
});

test('a run that was stopped is not counted', async (t) => {
  const stopped: ProbeDeps['run'] = (_target, _timeout, stop) =>
    new Promise((resolve) => stop.addEventListener('abort', () => resolve(result('other', 0))));
  const { collector } = replay(t, [], { run: stopped });
  collector.start?.();
  await turn();
  await collector.stop?.();
  await assert.rejects(collector.collect(signal), { reason: 'not_run_yet' });
});

test('real probes on loopback, and promtool has nothing to complain about', async (t) => {
  const port = await listen(
    t,
    createServer((_request, response) => void response.end('ok')),
  );
  const closed = await closedPort(createServer());
  const { probe } = settingsOf(`probe: {probes: [
    {name: web, http: {url: 'http://127.0.0.1:${port}/'}},
    {name: gone, tcp: {address: '127.0.0.1:${closed}'}}]}`);
  const done = Promise.withResolvers<void>();
  let runs = 0;
  const wallClock = () => {
    runs += 1;
    if (runs === 2) done.resolve();
    return 0;
  };
  const collector = createProbeCollector(probe, { random: () => 0, wallClock });
  collector.start?.();
  await done.promise;
  await turn();
  const text = render(await collector.collect(signal));
  await collector.stop?.();
  assert.match(text, /^guard_probe_success\{probe="web"\} 1$/m);
  assert.match(text, /^guard_probe_success\{probe="gone"\} 0$/m);
  assert.match(text, /^guard_probe_failures_total\{probe="gone",reason="refused"\} 1$/m);
  assert.match(text, /^guard_probe_duration_seconds\{probe="web",phase="first_byte"\} 0\.\d+$/m);
  const { status, stdout, stderr } = spawnSync('promtool', ['check', 'metrics'], {
    input: text,
    encoding: 'utf8',
  });
  assert.deepEqual([status, stdout, stderr], [0, '', '']);
});
