// A fault on purpose: keeps 50 MB more per minute under the name demo-memory-leak, up to 600 MB, then ends.
import { randomFillSync } from 'node:crypto';
import { Command, InvalidArgumentError } from 'commander';

const MEGABYTE = 1_000_000;
/** Small steps, so that the growth looks like a leak and not like a staircase. */
const STEP_BYTES = MEGABYTE / 4;
const MAX_MEGABYTES = 8_000;

const { rate, limit } = new Command('memory-leak')
  .description('Keeps more and more memory under the process name demo-memory-leak')
  .option('--rate <megabytes>', 'growth per minute', megabytes, 50)
  .option('--limit <megabytes>', 'ends when this much is kept', megabytes, 600)
  .parse()
  .opts<{ rate: number; limit: number }>();

process.title = 'demo-memory-leak';
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
  process.once(signal, () => process.exit(0));
}

const kept: Uint8Array[] = [];
const started = performance.now();
setInterval(leak, (STEP_BYTES / (rate * MEGABYTE)) * 60_000);

/** Catches up with the clock: on a busy machine timers come late, the growth must not. */
function leak(): void {
  const dueBytes = ((performance.now() - started) / 60_000) * rate * MEGABYTE;
  while (kept.length * STEP_BYTES < Math.min(dueBytes, limit * MEGABYTE)) {
    // Random content: a page of zeros need not exist, and equal pages can be merged.
    kept.push(randomFillSync(new Uint8Array(STEP_BYTES)));
  }
  if (kept.length * STEP_BYTES >= limit * MEGABYTE) process.exit(0);
}

function megabytes(text: string): number {
  const value = Number(text);
  if (Number.isFinite(value) && value > 0 && value <= MAX_MEGABYTES) return value;
  throw new InvalidArgumentError(`expected megabytes above 0, at most ${MAX_MEGABYTES}`);
}
