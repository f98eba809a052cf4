// What every member of the multivariate ensemble has to hold, whatever its method.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fitBaseline } from './multivariate-baseline.ts';
import { framesOf } from './multivariate-frames.ts';
import { change, generateHost } from './multivariate-generated.ts';
import type { Member } from './multivariate-member.ts';
import { historyOf } from './multivariate-training.ts';

const past = historyOf(generateHost(1500, 1));
const baseline = fitBaseline(past.rows, past.times);
const frames = framesOf(baseline, past.rows, past.times);
const framesAfter = (moments: ReturnType<typeof generateHost>) => {
  const { rows, times } = historyOf(moments);
  return framesOf(baseline, rows, times);
};

/**
 * Cuts lie between the extremes that were seen, so that one far series alone ends where the largest seen value ends, and is hardly told
 * from it.
 * Its strength is several series that are a little off.
 */
const LEAST_SHARE: Readonly<Record<string, number>> = { 'isolation-forest': 0.8 };

export function holdsMemberContract(member: Member): void {
  const parameters = member.fit(frames, 5)!;

  test(`${member.name}: a series far off scores above the past and gets the largest part`, () => {
    const broken = framesAfter(
      change(generateHost(400, 2), { column: 3, from: 390, by: (value) => value + 2 }),
    ).at(-1)!;
    const score = member.score(parameters, broken);
    const lower = frames.filter((frame) => member.score(parameters, frame) < score);
    const least = (LEAST_SHARE[member.name] ?? 0.99) * frames.length;
    assert.ok(lower.length > least, `${lower.length} of ${frames.length}`);
    const parts = member.contributions(parameters, broken);
    assert.equal(parts.length, 6);
    assert.ok(parts.every((part) => part >= 0));
    if (member.name in LEAST_SHARE) return;
    assert.equal(parts.indexOf(Math.max(...parts)), 3);
  });

  test(`${member.name}: the same seed gives the same parameters, and stored ones the same scores`, () => {
    assert.deepEqual(member.fit(frames, 5), parameters);
    const stored = structuredClone(parameters);
    for (const frame of frames.slice(0, 20))
      assert.equal(member.score(stored, frame), member.score(parameters, frame));
  });

  test(`${member.name}: scores are finite and positive, for constant series too`, () => {
    const flat = historyOf(
      Array.from({ length: 100 }, (_, i) => ({ time: i * 60, row: new Float64Array(3).fill(4) })),
    );
    const flatFrames = framesOf(fitBaseline(flat.rows, flat.times), flat.rows, flat.times);
    const fitted = member.fit(flatFrames, 1);
    for (const frame of fitted === undefined ? [] : flatFrames)
      assert.ok(Number.isFinite(member.score(fitted!, frame)));
    for (const frame of frames) assert.ok(member.score(parameters, frame) >= 0);
  });
}
