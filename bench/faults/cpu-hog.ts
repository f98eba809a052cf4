// A fault on purpose: keeps every CPU busy for three minutes under the name demo-cpu-hog, then ends by itself.
import { availableParallelism } from 'node:os';
import { Worker } from 'node:worker_threads';
import { Command, InvalidArgumentError } from 'commander';

const MAX_SECONDS = 3600;
const MAX_THREADS = 512;

const { threads, seconds, title } = new Command('cpu-hog')
  .description('Keeps CPUs busy under the process name demo-cpu-hog')
  .option('--threads <count>', 'busy threads', upTo(MAX_THREADS), availableParallelism())
  .option('--seconds <count>', 'ends by itself after', upTo(MAX_SECONDS), 180)
  .option('--title <name>', 'process name, and so the process group', 'demo-cpu-hog')
  .parse()
  .opts<{ threads: number; seconds: number; title: string }>();

process.title = title;
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
  process.once(signal, () => process.exit(0));
}
setTimeout(() => process.exit(0), seconds * 1000);
for (let index = 0; index < threads; index += 1) new Worker('for (;;);', { eval: true });

function upTo(max: number): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (Number.isFinite(value) && value > 0 && value <= max) return value;
    throw new InvalidArgumentError(`expected a number above 0, at most ${max}`);
  };
}
