import assert from 'node:assert/strict';
import { test } from 'node:test';
import protobuf from 'protobufjs';
import { compress, uncompress } from 'snappyjs';
import { type CurveSource, selectCurves } from './curve.ts';
import { decodeReadRequest, encodeReadResponse, type Matcher } from './remote-read.ts';

const source: CurveSource = {
  signal: 'host_cpu',
  labels: { instance: 'a:10910' },
  horizon: 600,
  step: 10,
  end: 1_000,
  forecast: {
    model: 'arima',
    median: Float64Array.of(1, 2, 3),
    intervals: [{ level: 0.8, lower: Float64Array.of(0, 1, 2), upper: Float64Array.of(2, 3, 4) }],
  },
  timeToThreshold: undefined,
};
const select = (matchers: Matcher[], startMs = 0, endMs = 2_000_000) =>
  selectCurves([source], { startMs, endMs, matchers });
const equal = (name: string, value: string): Matcher => ({ kind: 'equal', name, value });

test('a forecast is one curve per quantile, its samples in the future of its history', () => {
  const curves = select([equal('__name__', 'guard_forecast_curve')]);
  assert.deepEqual(
    curves.map(({ labels }) => labels.quantile),
    ['0.1', '0.5', '0.9'],
  );
  assert.deepEqual(curves[1]?.samples, [
    { timeMs: 1_010_000, value: 1 },
    { timeMs: 1_020_000, value: 2 },
    { timeMs: 1_030_000, value: 3 },
  ]);
});

test('matchers and the time range select', () => {
  const count = (matchers: Matcher[], startMs?: number, endMs?: number) =>
    select(matchers, startMs, endMs).length;
  assert.equal(count([equal('quantile', '0.5')]), 1);
  assert.equal(count([{ kind: 'not_equal', name: 'quantile', value: '0.5' }]), 2);
  assert.equal(count([{ kind: 'regex', name: 'quantile', value: '0.1|0.9' }]), 2);
  assert.equal(count([{ kind: 'regex', name: 'instance', value: 'a' }]), 0, 'anchored');
  assert.equal(count([{ kind: 'not_regex', name: 'instance', value: 'b.*' }]), 3);
  assert.equal(count([equal('absent', '')]), 3, 'a label that is not there is empty');
  assert.equal(count([equal('__name__', 'up')]), 0);
  assert.equal(count([], 1_015_000, 1_025_000), 3);
  assert.equal(select([equal('quantile', '0.5')], 1_015_000, 1_025_000)[0]?.samples.length, 1);
  assert.equal(count([], 0, 1_000_000), 0, 'nothing of a forecast lies in the past');
});

test('an expression that would backtrack for ever is stopped', () => {
  const hostile = { ...source, labels: { instance: `${'a'.repeat(60)}!` } };
  const query = {
    startMs: 0,
    endMs: 2_000_000,
    matchers: [{ kind: 'regex', name: 'instance', value: '(a+)+' } as const],
  };
  assert.throws(() => selectCurves([hostile], query), /timed out/);
});

test('what every object has is no label', () => {
  for (const name of ['constructor', 'toString', '__proto__']) {
    assert.deepEqual(select([{ kind: 'regex', name, value: '.*function.*' }]), []);
    assert.ok(select([{ kind: 'equal', name, value: '' }]).length > 0, 'as any that is not there');
  }
});

/** Prometheus' own definition of the messages, parsed by the library. */
const proto = protobuf.parse(`
syntax = "proto3";
message ReadRequest { repeated Query queries = 1; repeated int32 accepted_response_types = 2; }
message Query { int64 start_timestamp_ms = 1; int64 end_timestamp_ms = 2; repeated LabelMatcher matchers = 3; ReadHints hints = 4; }
message ReadHints { int64 step_ms = 1; string func = 2; }
message LabelMatcher { enum Type { EQ = 0; NEQ = 1; RE = 2; NRE = 3; } Type type = 1; string name = 2; string value = 3; }
message ReadResponse { repeated QueryResult results = 1; }
message QueryResult { repeated TimeSeries timeseries = 1; }
message TimeSeries { repeated Label labels = 1; repeated Sample samples = 2; }
message Label { string name = 1; string value = 2; }
message Sample { double value = 1; int64 timestamp = 2; }
`).root;

test('a request as Prometheus writes it is understood', () => {
  const Request = proto.lookupType('ReadRequest');
  const body = Request.encode(
    Request.fromObject({
      queries: [
        {
          startTimestampMs: 1_700_000_000_000,
          endTimestampMs: 1_700_000_600_000,
          matchers: [{ type: 'NRE', name: 'quantile', value: '0.5' }],
          hints: { stepMs: 5000, func: 'rate' },
        },
      ],
      acceptedResponseTypes: [1, 0],
    }),
  ).finish();
  assert.deepEqual(decodeReadRequest(compress(body)), [
    {
      startMs: 1_700_000_000_000,
      endMs: 1_700_000_600_000,
      matchers: [{ kind: 'not_regex', name: 'quantile', value: '0.5' }],
    },
  ]);
});

test('the response is what Prometheus reads, labels sorted', () => {
  const body = encodeReadResponse([select([equal('quantile', '0.5')]), []]);
  const Response = proto.lookupType('ReadResponse');
  const decoded = Response.toObject(Response.decode(uncompress(body)), {
    longs: Number,
    arrays: true,
  });
  assert.equal(decoded.results.length, 2);
  const [series] = decoded.results[0].timeseries;
  assert.deepEqual(
    series.labels.map(({ name }: { name: string }) => name),
    ['__name__', 'horizon', 'instance', 'quantile', 'signal'],
  );
  assert.deepEqual(series.samples[0], { value: 1, timestamp: 1_010_000 });
});

test('what is no request is refused', () => {
  assert.throws(() => decodeReadRequest(Uint8Array.of(255, 255, 255, 255, 255, 255)));
  assert.throws(() => decodeReadRequest(compress(Uint8Array.of(10, 250))));
  assert.throws(() => decodeReadRequest(compress(new Uint8Array(2_000_000))), /too big/);
  const Request = proto.lookupType('ReadRequest');
  const check = (queries: object[], want: RegExp) => {
    const body = compress(Request.encode(Request.fromObject({ queries })).finish());
    assert.throws(() => decodeReadRequest(body), want);
  };
  check(new Array(9).fill({}), /9 queries in one request, at most 8/);
  const matcher = { type: 'RE', name: 'instance', value: 'a.*' };
  check(
    [{ matchers: new Array(17).fill(matcher) }],
    /17 label matchers in one request, at most 16/,
  );
});
