// Case number n of a run: always the same input for the same target and seed, so that a number is enough to see a crash again.
import { applyEdit, EDIT_KINDS, type Edit, TOKENS } from './edit.ts';
import { DEFAULT_MAX_CHARS, type FuzzTarget } from './target.ts';

const MAX_EDITS = 6;
const MAX_SPAN = 24;
/** Enough to fill the largest input with one repeated part. */
const MAX_TIMES = 2_000;
/** Of all cases: what is no edited example but noise. */
const NOISE_SHARE = 0.03;
const MAX_NOISE_CHARS = 300;

export function makeCase({ seeds, maxChars = DEFAULT_MAX_CHARS }: FuzzTarget, key: number): string {
  const random = createRandom(key);
  if (random() < NOISE_SHARE) return noise(random);
  let text = (seeds[Math.floor(random() * seeds.length)] ?? '').slice(0, maxChars);
  const edits = 1 + Math.floor(random() * MAX_EDITS);
  for (let index = 0; index < edits; index += 1) text = applyEdit(text, makeEdit(random), maxChars);
  return text;
}

type Random = () => number;

function makeEdit(random: Random): Edit {
  const kind = EDIT_KINDS[Math.floor(random() * EDIT_KINDS.length)] ?? 'remove';
  const at = random();
  const span = 1 + Math.floor(random() ** 2 * MAX_SPAN);
  switch (kind) {
    case 'insert':
      return { kind, at, text: token(random) };
    case 'replace':
      return { kind, at, span, text: token(random) };
    case 'remove':
      return { kind, at, span };
    case 'repeat':
      // Mostly a few, seldom as many as fit.
      return { kind, at, span, times: 2 + Math.floor(random() ** 6 * MAX_TIMES) };
    case 'move':
      return { kind, at, span, to: random() };
  }
}

function token(random: Random): string {
  const share = random();
  if (share < 0.2) return String.fromCharCode(Math.floor(random() * 256));
  const text = TOKENS[Math.floor(random() * TOKENS.length)] ?? '';
  return share < 0.3 ? text.repeat(1 + Math.floor(random() ** 4 * 200)) : text;
}

function noise(random: Random): string {
  const length = Math.floor(random() ** 2 * MAX_NOISE_CHARS);
  let text = '';
  for (let index = 0; index < length; index += 1)
    text += String.fromCharCode(Math.floor(random() * (random() < 0.9 ? 256 : 65_536)));
  return text;
}

/** Mulberry32 (Tommy Ettinger, public domain), its state mixed from the key by Murmur3's finaliser: 32 bits are enough here. */
function createRandom(key: number): Random {
  let state = mix(key >>> 0) ^ mix(Math.floor(key / 2 ** 32) + 1);
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let value = Math.imul(state ^ (state >>> 15), state | 1);
    value ^= value + Math.imul(value ^ (value >>> 7), value | 61);
    return ((value ^ (value >>> 14)) >>> 0) / 2 ** 32;
  };
}

function mix(key: number): number {
  let value = Math.imul(key ^ (key >>> 16), 0x85ebca6b);
  value = Math.imul(value ^ (value >>> 13), 0xc2b2ae35);
  return value ^ (value >>> 16);
}
