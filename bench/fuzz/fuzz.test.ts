// A short, repeatable part of what `node bench/fuzz/main.ts` does for hours.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { runCampaign } from './campaign.ts';
import { applyEdit, EDIT_KINDS, type Edit, TOKENS } from './edit.ts';
import { makeCase } from './made-case.ts';
import { HangError, runInThread } from './supervise.ts';
import { DEFAULT_MAX_CHARS, type FuzzTarget, tryCase } from './target.ts';
import { TARGETS } from './targets/list.ts';

const RUNS = 60;
/** Checked with every run, so that it is the same one that failed. */
const SEED = 20_261_120;
const CAMPAIGN_CASES = 150;

const share = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true });
const span = fc.integer({ min: 1, max: 24 });
const text = fc.oneof(fc.constantFrom(...TOKENS), fc.string({ unit: 'binary', maxLength: 8 }));
const edit: fc.Arbitrary<Edit> = fc.oneof(
  fc.record({ kind: fc.constant('insert' as const), at: share, text }),
  fc.record({ kind: fc.constant('replace' as const), at: share, span, text }),
  fc.record({ kind: fc.constant('remove' as const), at: share, span }),
  fc.record({ kind: fc.constant('repeat' as const), at: share, span, times: fc.nat(300) }),
  fc.record({ kind: fc.constant('move' as const), at: share, span, to: share }),
);

/** Examples with changes, shrunk to the fewest changes that still fail; and any text at all. */
function inputsOf({ seeds, maxChars = DEFAULT_MAX_CHARS }: FuzzTarget): fc.Arbitrary<string> {
  const edited = fc
    .tuple(fc.constantFrom(...seeds), fc.array(edit, { maxLength: 6 }))
    .map(([seed, edits]) =>
      edits.reduce((before, one) => applyEdit(before, one, maxChars), seed.slice(0, maxChars)),
    );
  return fc.oneof({ weight: 9, arbitrary: edited }, fc.string({ unit: 'binary', maxLength: 200 }));
}

for (const target of TARGETS)
  test(`${target.name}: nothing that comes crashes it or is misread`, () => {
    for (const seed of target.seeds) assert.equal(tryCase(target, seed), undefined, seed);
    const holds = fc.property(inputsOf(target), (input) => tryCase(target, input) === undefined);
    fc.assert(holds, { numRuns: RUNS, seed: SEED });
    const { findings } = runCampaign(target, { from: 0, cases: CAMPAIGN_CASES });
    assert.deepEqual(
      findings.filter(({ problem }) => !problem.startsWith('took ')),
      [],
    );
  });

test('targets have names of their own, and examples', () => {
  assert.equal(new Set(TARGETS.map(({ name }) => name)).size, TARGETS.length);
  assert.ok(TARGETS.every(({ seeds }) => seeds.length > 0));
});

const broken = (run: FuzzTarget['run']): FuzzTarget => ({ name: 'x', seeds: ['a(b)'], run });
const problemOf = (run: FuzzTarget['run']) => tryCase(broken(run), 'a');

test('a crash is told apart from a refusal', () => {
  assert.equal(
    problemOf(() => {
      throw new Error('no such file');
    }),
    undefined,
  );
  const nothing: unknown = undefined;
  assert.match(problemOf(() => (nothing as { a: number }).a) ?? '', /^TypeError: /);
  assert.match(
    problemOf(() => {
      throw 'text';
    }) ?? '',
    /no Error: text/,
  );
  const names: Record<string, string> = {};
  assert.match(problemOf(() => ({ deep: [names.constructor] })) ?? '', /holds Object/);
  assert.equal(tryCase({ ...broken(() => 3), judge: () => 'not 4' }, 'a'), 'not 4');
});

test('a case is known by its number alone', () => {
  const target = broken(() => 1);
  const made = Array.from({ length: 500 }, (_, key) => makeCase(target, key));
  assert.deepEqual(
    made,
    Array.from({ length: 500 }, (_, key) => makeCase(target, key)),
  );
  assert.ok(new Set(made).size > 300, 'they differ');
  assert.ok(made.every((input) => input.length <= DEFAULT_MAX_CHARS));
  assert.notEqual(makeCase(target, 7), makeCase(target, 7 + 2 ** 32), 'beyond 32 bits too');
});

test('a campaign finds what is wrong with one input of many', () => {
  const campaign = runCampaign(
    broken((input) => {
      if (input.startsWith('a((')) throw new TypeError(`at ${input.length}`);
    }),
    { from: 0, cases: 5_000 },
  );
  assert.ok(campaign.failures > 1);
  assert.equal(campaign.findings.length, 1, 'the same mistake is told once');
  const [found] = campaign.findings;
  assert.ok(found?.input.startsWith('a(('));
  assert.equal(
    makeCase(
      broken(() => 1),
      found?.key ?? -1,
    ),
    found?.input,
  );
});

test('a thread answers for the target that it is given', async () => {
  const { cases, failures } = await runInThread({ name: 'ping', from: 0, cases: 300 });
  assert.deepEqual([cases, failures], [300, 0]);
  await assert.rejects(runInThread({ name: 'nothing', from: 0, cases: 1 }), (error) => {
    assert.ok(!(error instanceof HangError));
    return /There is no target nothing/.test(String(error));
  });
});

test('every kind of change changes something', () => {
  const [at, to, times] = [0.4, 0.9, 3];
  for (const kind of EDIT_KINDS) {
    const changed = applyEdit('0123456789', { kind, at, to, times, span: 2, text: 'x' }, 100);
    assert.notEqual(changed, '0123456789', kind);
  }
  const long = { kind: 'repeat', at: 0, span: 5, times: 1_000 } as const;
  assert.equal(applyEdit('abcde', long, 64).length, 64);
});
