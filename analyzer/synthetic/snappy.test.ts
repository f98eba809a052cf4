import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { compress } from 'snappyjs';
import { uncompressSnappy } from './snappy.ts';

const MAX = 1_000_000;
const hex = (text: string) => Uint8Array.from(Buffer.from(text, 'hex'));
const read = (text: string) => Buffer.from(uncompressSnappy(hex(text), MAX)).toString();

test('what snappy writes comes back', () => {
  const text = fc.oneof(
    fc.uint8Array({ maxLength: 300 }),
    fc
      .tuple(fc.uint8Array({ minLength: 1, maxLength: 9 }), fc.nat(9_000))
      .map(([part, times]) => Uint8Array.from(new Array(times).fill([...part]).flat())),
  );
  fc.assert(
    fc.property(text, (bytes) => {
      const back = uncompressSnappy(Uint8Array.from(compress(bytes)), MAX);
      return Buffer.compare(back, bytes) === 0;
    }),
    { numRuns: 100, seed: 1 },
  );
});

test('every kind of element, as the format describes them', () => {
  assert.equal(read('00'), '');
  assert.equal(read('0308616263'), 'abc');
  assert.equal(read('03f002616263'), 'abc', 'length of a literal in one byte');
  assert.equal(read('03fc02000000616263'), 'abc', 'in four');
  assert.equal(read('0708616263' + '0103'), 'abcabca', 'a copy of 4 to 11 bytes');
  assert.equal(read('0508616263' + '060300'), 'abcab', 'a copy with two bytes of offset');
  assert.equal(read('0508616263' + '0703000000'), 'abcab', 'with four');
  assert.equal(read('0900' + '61' + '1101'), 'aaaaaaaaa', 'a copy out of itself');
});

const BROKEN: readonly (readonly [what: string, block: string, want: RegExp])[] = [
  ['nothing', '', /ends early/],
  ['a length without an end', 'ffffffffff01', /no end/],
  ['a length beyond the bound', 'ffffff7f', /too big/],
  ['less than announced', '0408616263', /3 bytes where 4 were announced/],
  ['more than announced', '0208616263', /literal of 3 bytes does not fit/],
  ['a literal that is cut', '030861', /literal of 3 bytes does not fit/],
  ['a literal of 4 GiB', '03fcffffffff616263', /literal of 4294967296 bytes does not fit/],
  ['a literal of 2 GiB, which went backwards for ever', '10fc000000f0616263', /does not fit/],
  ['a copy from before the start', '0708616263' + '0104', /from 4 back does not fit/],
  ['a copy from nowhere', '0708616263' + '0100', /from 0 back does not fit/],
  ['a copy beyond the end', '0408616263' + '0103', /copy of 4 bytes/],
  ['a copy that is cut', '0708616263' + '0603', /ends early/],
  ['a copy from 2 GiB back', '0708616263' + '0f00000080', /does not fit/],
];
for (const [what, block, want] of BROKEN)
  test(`refused: ${what}`, () => {
    assert.throws(() => uncompressSnappy(hex(block), MAX), want);
  });
