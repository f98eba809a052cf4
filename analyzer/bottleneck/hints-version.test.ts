import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Series } from '../series/series.ts';
import { hintSubject } from './hint.ts';
import { compareVersions, type VersionHistory } from './hints-version.ts';

const STEP = 30;
const N = 240;
const subject = hintSubject({ job: 'j', instance: 'a', group: 'shop' });
const series = (value: (index: number) => number): Series => ({
  labels: {},
  start: 0,
  step: STEP,
  values: Float64Array.from({ length: N }, (_, index) => value(index)),
});
const MIB = 2 ** 20;
/** Identity until and from a step. */
const image = (from: number, to: number) => series((i) => (i >= from && i < to ? 1 : Number.NaN));
const steady = series(() => 1_000);

function textOf(history: VersionHistory): string | undefined {
  return compareVersions(history, subject)?.text;
}

test('growth that came with a new image is told from growth that was there before', () => {
  const identities = [image(0, 120), image(120, N)];
  const flatThenLeak = series((i) => 100 * MIB + (i < 120 ? 0 : (i - 120) * MIB));
  assert.equal(
    textOf({ memory: flatThenLeak, identities, starts: steady }),
    'before the last change of program or image (59.5 min ago) shop grew by 0 B an hour over 44.5 min, since then by 120 MiB an hour: the growth came with it',
  );
  const leakAllAlong = series((i) => 100 * MIB + (i < 120 ? i : i - 120) * MIB);
  assert.match(
    textOf({ memory: leakAllAlong, identities, starts: steady }) ?? '',
    /grew by 120 MiB an hour .* since then by 120 MiB an hour: it grew like this before/,
  );
});

test('without another identity the last restart parts the two; with one, restarts do not', () => {
  const memory = series((i) => 100 * MIB + (i < 120 ? 0 : (i - 120) * MIB));
  const starts = series((i) => (i < 120 ? 10 : 3_600));
  assert.match(
    textOf({ memory, identities: [image(0, N)], starts }) ?? '',
    /^before the last restart/,
  );
  const identities = [image(0, 60), image(60, N)];
  assert.match(textOf({ memory, identities, starts }) ?? '', /^before the last change of program/);
});

test('only the version right before counts', () => {
  const memory = series((i) => (i < 80 ? i * MIB : i < 160 ? 0 : (i - 160) * MIB));
  const identities = [image(0, 80), image(80, 160), image(160, N)];
  assert.match(
    textOf({ memory, identities, starts: steady }) ?? '',
    /grew by 0 B an hour over 29\.5 min, .*came with it/,
  );
});

test('nothing is said without a change, or with too little on either side', () => {
  const memory = series((i) => i * MIB);
  assert.equal(textOf({ memory, identities: [image(0, N)], starts: steady }), undefined);
  assert.equal(textOf({ memory, identities: [], starts: undefined }), undefined);
  assert.equal(
    textOf({ memory, identities: [image(0, 4), image(4, N)], starts: steady }),
    undefined,
  );
  assert.equal(
    textOf({ memory, identities: [image(0, N), image(N - 3, N)], starts: steady }),
    undefined,
  );
  const unread = series(() => Number.NaN);
  assert.equal(
    textOf({ memory: unread, identities: [image(0, 120), image(120, N)], starts: steady }),
    undefined,
  );
});

test('a process that ended and came back after a gap is a restart', () => {
  const memory = series((i) => (i > 100 && i < 120 ? Number.NaN : i < 120 ? MIB : (i - 120) * MIB));
  const starts = series((i) => (i > 100 && i < 120 ? Number.NaN : i < 120 ? 10 : 3_600));
  assert.match(textOf({ memory, identities: [], starts }) ?? '', /came with it/);
});
