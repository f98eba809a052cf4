import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { COUNTER, COUNTER_COUNT } from './counters.ts';
import { createLedger, type Ledger, type LedgerEntry } from './ledger.ts';

const READ = COUNTER.readBytes;

function entry(pid: number, group: string, value: number): LedgerEntry {
  return { pid, startTicks: 1, group, counters: new Float64Array(COUNTER_COUNT).fill(value) };
}

const totals = (ledger: Ledger, ...entries: LedgerEntry[]) =>
  Object.fromEntries(
    [...ledger.advance(entries)].map(([group, account]) => [group, account.totals[READ]]),
  );

test('a new process brings its whole counters, later its growth', () => {
  const ledger = createLedger();
  assert.deepEqual(totals(ledger, entry(1, 'a', 100), entry(2, 'a', 5)), { a: 105 });
  assert.deepEqual(totals(ledger, entry(1, 'a', 130), entry(2, 'a', 5)), { a: 135 });
  const account = ledger.advance([entry(1, 'a', 131), entry(2, 'a', 7)]).get('a');
  assert.equal(account?.added[READ], 3);
});

test('an exit takes nothing away, and a group that comes back goes on', () => {
  const ledger = createLedger();
  totals(ledger, entry(1, 'a', 100), entry(2, 'b', 1));
  assert.deepEqual(totals(ledger, entry(2, 'b', 1)), { b: 1 });
  assert.deepEqual(totals(ledger, entry(2, 'b', 1), entry(3, 'a', 7)), { b: 1, a: 107 });
});

test('after exec only the growth goes to the new group', () => {
  const ledger = createLedger();
  totals(ledger, entry(1, 'sh', 100), entry(2, 'sh', 1));
  assert.deepEqual(totals(ledger, entry(1, 'gcc', 150), entry(2, 'sh', 1)), { gcc: 50, sh: 101 });
});

test('a pid with another start time is another process', () => {
  const ledger = createLedger();
  totals(ledger, entry(1, 'a', 100));
  assert.deepEqual(totals(ledger, { ...entry(1, 'a', 30), startTicks: 2 }), { a: 130 });
});

test('what shrinks or cannot be read adds nothing', () => {
  const ledger = createLedger();
  totals(ledger, entry(1, 'a', 100));
  assert.deepEqual(totals(ledger, entry(1, 'a', 40)), { a: 100 });
  assert.deepEqual(totals(ledger, entry(1, 'a', Number.NaN)), { a: 100 });
  assert.deepEqual(totals(ledger, entry(1, 'a', 45)), { a: 105 });
});

test('the memory of absent groups is bounded, the longest absent is forgotten', () => {
  const ledger = createLedger(2);
  for (const [index, group] of ['a', 'b', 'c'].entries()) totals(ledger, entry(index, group, 10));
  totals(ledger);
  const back = totals(ledger, entry(12, 'a', 1), entry(13, 'b', 1), entry(14, 'c', 1));
  assert.deepEqual(back, { a: 1, b: 11, c: 11 });
});

type Step =
  | { readonly kind: 'born' | 'exec'; readonly process: number; readonly group: string }
  | { readonly kind: 'dies'; readonly process: number }
  | { readonly kind: 'grows'; readonly process: number; readonly by: number }
  | { readonly kind: 'read' };

const process = fc.integer({ min: 1, max: 6 });
const group = fc.constantFrom('a', 'b', 'c', 'd');
const step: fc.Arbitrary<Step> = fc.oneof(
  fc.record({ kind: fc.constantFrom('born', 'exec'), process, group }),
  fc.record({ kind: fc.constant('dies'), process }),
  fc.record({ kind: fc.constant('grows'), process, by: fc.nat(1000) }),
  fc.record({ kind: fc.constant('read') }),
);

/** A model of a host: pids are reused, what nobody reads before the exit is lost. */
function createHost() {
  const living = new Map<number, { group: string; value: number; read: number; start: number }>();
  let births = 0;
  let conserved = 0;
  return {
    take(next: Step): void {
      if (next.kind === 'read') return;
      const one = living.get(next.process);
      if (next.kind === 'born' && one === undefined) {
        births += 1;
        living.set(next.process, { group: next.group, value: births, read: 0, start: births });
      }
      if (one === undefined) return;
      if (next.kind === 'exec') one.group = next.group;
      if (next.kind === 'grows') one.value += next.by;
      if (next.kind === 'dies') living.delete(next.process);
    },
    read(): LedgerEntry[] {
      return [...living].map(([pid, one]) => {
        conserved += one.value - one.read;
        one.read = one.value;
        return { ...entry(pid, one.group, one.value), startTicks: one.start };
      });
    },
    conserved: () => conserved,
  };
}

test('property: counters of a group never go down and no growth is lost or counted twice', () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 120 }), (steps) => {
      const host = createHost();
      const ledger = createLedger();
      const highest = new Map<string, number>();
      for (const next of [...steps, { kind: 'read' } as const]) {
        host.take(next);
        if (next.kind !== 'read') continue;
        for (const [name, account] of ledger.advance(host.read())) {
          const value = account.totals[READ]!;
          assert.ok(value >= (highest.get(name) ?? 0), `${name} went down`);
          highest.set(name, value);
        }
      }
      const sum = [...highest.values()].reduce((total, value) => total + value, 0);
      assert.equal(sum, host.conserved());
    }),
    { numRuns: 500 },
  );
});
