import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { test } from 'node:test';
import fc from 'fast-check';
import { counter, gauge, type MetricFamily, type Sample } from './family.ts';
import { createHistogram } from './histogram.ts';
import { formatValue, render } from './render.ts';
import { parseText } from './text-parser.contract.ts';

test('families come by name with help and type, families without samples are left out', () => {
  const text = render([
    gauge('guard_b', 'Second.', 1.5),
    gauge('guard_none', 'Nothing.', undefined),
    counter('guard_a_total', 'First \\ "one"\nof two.', [{ labels: { x: 'a"\\\n' }, value: 3 }]),
  ]);
  assert.equal(
    text,
    [
      '# HELP guard_a_total First \\\\ "one"\\nof two.',
      '# TYPE guard_a_total counter',
      'guard_a_total{x="a\\"\\\\\\n"} 3',
      '# HELP guard_b Second.',
      '# TYPE guard_b gauge',
      'guard_b 1.5',
      '',
    ].join('\n'),
  );
});

test('numbers are written as Prometheus reads them', () => {
  const check = (value: number, want: string) => assert.equal(formatValue(value), want);
  check(0, '0');
  check(-0, '0');
  check(123_456_789_012_345_680, '123456789012345680');
  check(0.1 + 0.2, '0.30000000000000004');
  check(1e-9, '1e-9');
  check(Number.NaN, 'NaN');
  check(Number.POSITIVE_INFINITY, '+Inf');
  check(Number.NEGATIVE_INFINITY, '-Inf');
});

test('NUL and lone surrogates cannot break the scrape', () => {
  const text = render([gauge('guard_a', 'A.', [{ labels: { x: 'a\0b\uD800' }, value: 1 }])]);
  assert.deepEqual(parseText(text)[0]?.samples[0]?.labels, { x: 'a\uFFFDb\uFFFD' });
});

const metricName = fc.stringMatching(/^[a-z][a-z0-9_]{0,12}$/).map((name) => `guard_${name}`);
const labelName = fc
  .stringMatching(/^[a-z][a-z0-9_]{0,8}$/)
  .filter((name) => name !== 'le' && name !== '__proto__');
const labelValue = fc
  .string({ unit: 'grapheme', maxLength: 20 })
  .map((text) => text.replaceAll('\0', '').toWellFormed());
const labelSet = fc.dictionary(labelName, labelValue, { maxKeys: 4, noNullPrototype: true });
const plain = fc.record({
  name: metricName,
  help: fc.string(),
  type: fc.constantFrom('counter' as const, 'gauge' as const),
  samples: fc.uniqueArray(fc.record({ labels: labelSet, value: fc.double() }), {
    selector: ({ labels }) => JSON.stringify(Object.entries(labels).sort()),
    minLength: 1,
    maxLength: 5,
  }),
});
const histogram = fc
  .record({ name: metricName, help: fc.string(), labels: labelSet, seen: fc.array(fc.double()) })
  .map(({ name, help, labels, seen }): MetricFamily => {
    const counts = createHistogram([0.001, 1, 10]);
    for (const value of seen) counts.observe(value);
    return { name, help, type: 'histogram', samples: counts.samples(labels) };
  });
const someFamilies = fc.uniqueArray(fc.oneof(plain, histogram), {
  selector: (family) => family.name,
  maxLength: 5,
});

test('any families are read back by a strict reader as they were', () => {
  fc.assert(
    fc.property(someFamilies, (families) => {
      const want = families
        .toSorted((a, b) => (a.name < b.name ? -1 : 1))
        .map((family) => ({
          ...family,
          samples: family.samples.map(({ labels, value, suffix }: Sample) => ({
            name: family.name + (suffix ?? ''),
            labels: { ...labels },
            value: value === 0 ? 0 : value,
          })),
        }));
      assert.deepEqual(parseText(render(families)), want);
    }),
    { numRuns: 300 },
  );
});

test('promtool reads the hard cases too', () => {
  const hard = gauge('guard_hard', 'Quote " backslash \\ line\nfeed.', [
    { labels: { x: 'quote " backslash \\ line\nfeed \r tab \t ü 🙂 {}=,#' }, value: Number.NaN },
    { labels: { x: '' }, value: Number.NEGATIVE_INFINITY },
    { labels: { x: 'a\0b' }, value: 5e-324 },
    { labels: { x: 'big' }, value: 1.7e308 },
  ]);
  const { status, stdout, stderr } = spawnSync('promtool', ['check', 'metrics'], {
    input: render([hard]),
    encoding: 'utf8',
  });
  assert.deepEqual([status, stdout, stderr], [0, '', '']);
});

test('the strict reader of these tests can refuse', () => {
  const head = '# HELP a A\n# TYPE a gauge\n';
  const check = (text: string, want: RegExp) => assert.throws(() => parseText(text), want);
  check(`${head}a 1`, /no line feed/);
  check(`${head}a{x="1"} 1\na{x="1"} 2\n`, /repeated/);
  check(`${head}b 1\n`, /not of family/);
  check(`${head}a{x="\\t"} 1\n`, /bad label/);
  check(`${head}a one\n`, /not a sample/);
  check(head + head, /repeated/);
});
