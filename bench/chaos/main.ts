// The chaos bench: hurts a running analyzer in every way of the list and tells how it took it. Ends by itself; exit code 1 when one failed.
import { parseArgs } from 'node:util';
import type { ChaosOutcome } from './case.ts';
import { CASES } from './list.ts';
import { runCase } from './run.ts';
import { startWorld } from './world.ts';

const { values: flags, positionals: names } = parseArgs({
  allowPositionals: true,
  options: { list: { type: 'boolean' }, times: { type: 'string', default: '1' } },
});
const chosen = CASES.filter(({ name }) => names.length === 0 || names.includes(name));
if (flags.list) {
  for (const { name, about } of chosen) process.stdout.write(`${name.padEnd(24)}${about}\n`);
} else {
  process.exitCode = (await bench(Number(flags.times))) ? 0 : 1;
}

/** @returns whether everything passed. */
async function bench(times: number): Promise<boolean> {
  const world = await startWorld();
  let failed = 0;
  try {
    for (const one of Array.from({ length: times }, () => chosen).flat()) {
      const missing = one.missing?.();
      if (missing !== undefined) {
        process.stdout.write(`not run ${one.name}: ${missing}\n`);
        continue;
      }
      const outcome = await runCase(one, world);
      if (outcome.problems.length > 0) failed += 1;
      process.stdout.write(render(outcome));
    }
  } finally {
    await world.end();
  }
  process.stdout.write(failed === 0 ? 'all passed\n' : `${failed} failed\n`);
  return failed === 0;
}

function render({ name, problems, recoveryCycles, growthBytes, said }: ChaosOutcome): string {
  const verdict = problems.length === 0 ? 'pass' : 'FAIL';
  const cycles = recoveryCycles === undefined ? 'no recovery' : `${recoveryCycles} cycles`;
  const grew = `${growthBytes < 0 ? '' : '+'}${Math.round(growthBytes / 1024 ** 2)} MiB`;
  const lines = [
    `${verdict} ${name.padEnd(24)}${cycles.padEnd(14)}${grew.padEnd(12)}${said ?? ''}`,
  ];
  return `${[...lines, ...problems.map((problem) => `     ${problem}`)].join('\n')}\n`;
}
